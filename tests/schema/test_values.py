"""Ids, scalars, negotiation, JSON: what needs no server."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strawberry.exceptions import StrawberryInputCoercionError

from kyozo_gql.core.errors import NotFound, Unauthenticated
from kyozo_gql.schema.credentials import bearer_of, secret_in
from kyozo_gql.schema.errors import client_path
from kyozo_gql.schema.ids import BadId, GlobalId, encode_id, key_of
from kyozo_gql.schema.json import read_json
from kyozo_gql.schema.negotiation import GRAPHQL, JSON, negotiate
from kyozo_gql.schema.scalars import SCALARS, Quantity

KEY = UUID("018f0000-0000-7000-8000-000000000001")


@given(st.uuids(), st.sampled_from(["Workspace", "ServiceInstance"]))
def test_ids_go_round(key: UUID, name: str):
    assert GlobalId.parse(encode_id(name, key)) == GlobalId(name, key)


@given(st.text())
def test_any_text_is_no_id(text: str):
    with pytest.raises(BadId):
        GlobalId.parse(text)


def test_an_id_is_written_in_one_way_only():
    id = encode_id("Workspace", KEY)
    upper = base64.urlsafe_b64encode(f"Workspace:{str(KEY).upper()}".encode()).decode().rstrip("=")
    for other in (id + "=", f" {id}", upper if upper != id else "x"):
        with pytest.raises(BadId):
            GlobalId.parse(other)


def test_an_id_of_another_type_is_not_found():
    with pytest.raises(NotFound) as caught:
        key_of(encode_id("Workspace", KEY), "ServiceInstance")
    assert caught.value.id == encode_id("Workspace", KEY)
    assert str(caught.value) == "service instance not found"


def test_moments_are_written_in_utc():
    write = SCALARS[datetime].serialize
    assert write is not None
    assert write(datetime(2026, 1, 31, 13, 0, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-31T12:00:00.000000Z"


def test_moments_are_read_with_their_offset():
    read = SCALARS[datetime].parse_value
    assert read is not None
    assert read("2026-01-31T13:00:00+01:00") == datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    for wrong in ("2026-01-31", "2026-01-31T12:00:00", "x", "", 5, None, "0001-01-01T00:00:00+23:59", "2026-02-30T00:00:00Z"):
        with pytest.raises(StrawberryInputCoercionError):
            read(wrong)


def test_quantities_are_texts_or_numbers():
    read = SCALARS[Quantity].parse_value
    assert read is not None
    assert [read(value) for value in ("512Mi", 0.5, 2)] == ["512Mi", "0.5", "2"]
    for wrong in (True, [1], {"a": 1}, float("inf"), float("nan"), "9" * 100):
        with pytest.raises(StrawberryInputCoercionError):
            read(wrong)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("name", "name"),
        ("port_mappings.0.host_port", "portMappings.0.hostPort"),
        ("deployment_config.build_args.MY_arg_x", "deploymentConfig.buildArgs.MY_arg_x"),
        ("expiresAt", "expiresAt"),
    ],
)
def test_paths_are_spelled_as_clients_do(ours: str, theirs: str):
    assert client_path(ours) == theirs


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, application/json", JSON),
        (f"application/json, {GRAPHQL}", GRAPHQL),
        (f"application/json;q=0, {GRAPHQL}", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
        ("APPLICATION/JSON; charset=utf-8", JSON),
    ],
)
def test_media_types(accept: str | None, media_type: str | None):
    assert negotiate(accept) == media_type


@pytest.mark.parametrize("text", ['{"a": NaN}', "[" * 100_000, '"\\ud800"', b"\xff", "", "{", "1" * 5_000])
def test_json_that_is_none(text: str | bytes):
    with pytest.raises(json.JSONDecodeError):
        read_json(text)


def test_json_that_is():
    assert read_json(b'{"a": ["\\u00e4\\ud83d\\ude00", 1.5, null]}') == {"a": ["ä😀", 1.5, None]}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic x", "x", 5, ["Bearer x"]])
def test_no_token(header: Any):
    with pytest.raises(Unauthenticated):
        bearer_of(header)


def test_where_a_socket_puts_its_token():
    assert secret_in({"Authorization": "Bearer x"}) == "x"
    assert secret_in({"authorization": "bearer x"}) == "x"
    assert secret_in({"token": "x"}) == "x"
    for wrong in (None, {}, {"token": 5}, {"token": ""}, {"Authorization": {"a": 1}}):
        with pytest.raises(Unauthenticated):
            secret_in(wrong)
