"""A few hundred operations out of the schema, against the app: no answer may be one that nobody meant. `make fuzz` asks more."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes

from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.models import Workspace
from tests.fuzz.likely import likely
from tests.fuzz.scalars import SCALARS
from tests.schema.conftest import Client
from tests.schema.rows import make_service

SCHEMA = build_schema()._schema
OPERATIONS = 200


async def test_no_operation_has_an_answer_that_nobody_meant(client: Client, workspace: Workspace):
    service = await make_service(workspace, "fuzzed")
    kinds = {"workspace": workspace.id, "serviceInstance": service.id, "team": workspace.team_id}
    known = {name: encode_id(name[0].upper() + name[1:], key) for name, key in kinds.items()}
    known |= {f"{name}Id": id for name, id in known.items()}
    for document in await asyncio.to_thread(documents_with, known):
        answer: dict[str, Any] = (await client.post(document)).json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert "INTERNAL_SERVER_ERROR" not in codes, f"{document}\n{answer}"


def documents_with(known: dict[str, str]) -> list[str]:
    found: list[str] = []
    ids = st.one_of(st.sampled_from(sorted(known.values())), st.text(max_size=20)).map(nodes.String)

    @hypothesis.settings(
        max_examples=OPERATIONS,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(from_schema(SCHEMA, custom_scalars=SCALARS | {"ID": ids}), st.randoms(use_true_random=False))
    def gather(document: str, random: Random) -> None:
        found.append(likely(document, known, random))

    gather()
    return found
