from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.schema.negotiation import GRAPHQL, JSON, negotiate, preferred
from kyozo_gql.schema.streams import EventStream, MultipartStream

APOLLO = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{GRAPHQL};q=0, {JSON}", JSON),
        (f"{GRAPHQL.upper()} ; charset=utf-8", GRAPHQL),
        (f"text/html, {GRAPHQL};q=0.1", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{JSON};q=nan", None),
        ("text/event-stream", None),
    ],
)
def test_one_answer(accept: str | None, answer: str | None):
    assert negotiate(accept) == answer


@pytest.mark.parametrize(
    ("accept", "events", "parts"),
    [
        ("text/event-stream", True, False),
        ("text/event-stream, application/json", True, False),
        ("text/event-stream, multipart/mixed", True, False),
        ("application/json;q=0.9, text/event-stream", True, False),
        ("application/json, text/event-stream", False, False),
        ("text/event-stream;q=0", False, False),
        (f"{APOLLO},{GRAPHQL},{JSON};q=0.9", False, True),
        (f'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",{JSON}', False, True),
        ("multipart/mixed;subscriptionSpec=1.0", False, True),
        ("multipart/mixed;boundary=-;subscriptionSpec=1.0", False, False),
        ("multipart/mixed;deferSpec=20220824, application/json", False, False),
        ("multipart/mixed", False, False),
        (f"{JSON},{APOLLO}", False, False),
        ("*/*", False, False),
        ("", False, False),
    ],
)
def test_streams_for_whoever_prefers_them(accept: str, events: bool, parts: bool):
    assert (EventStream().accepts(accept), MultipartStream().accepts(accept)) == (events, parts)


@given(st.text(alphabet=st.sampled_from("aq/*;=,. \"'01-+"), max_size=60))
def test_whatever_a_client_accepts(accept: str):
    assert negotiate(accept) in (GRAPHQL, JSON, None)
    wanted = preferred(accept)
    assert wanted is None or 0 < wanted.weight <= 1
