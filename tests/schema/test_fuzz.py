"""Operations out of the schema, against the app: no answer may be one that nobody meant. `make fuzz` asks for more."""

from __future__ import annotations

import asyncio
import itertools
from random import Random
from typing import Any

import hypothesis
import pytest
from graphql import get_named_type, is_enum_type, is_input_object_type, is_list_type, is_non_null_type
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
OPERATIONS = 100


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


HOSTILE = ["\x00", "a" * 10_000, "../../etc/passwd", "", "\u202e\ufeff\U0001f600", "9" * 400]
NUMBERS = itertools.cycle([2**31 - 1, -(2**31), 0])


def hostile_value(type_: Any, text: str, known: dict[str, str], name: str) -> Any:
    """A value of an input type that is as bad as the type allows."""
    bare = type_.of_type if is_non_null_type(type_) else type_
    if is_list_type(bare):
        return [hostile_value(bare.of_type, text, known, name)] * 2
    if is_enum_type(bare):
        return next(iter(bare.values))
    if is_input_object_type(bare):
        return {one: hostile_value(field.type, text, known, one) for one, field in bare.fields.items()}
    if bare.name == "DateTime":
        return "9999-12-31T23:59:59.999999+00:00"
    values = {"Int": next(NUMBERS), "Float": 1e308, "Boolean": True, "ID": known.get(name, text), "JSON": {text: [text]}}
    return values.get(bare.name, text)


def takes_files(field: Any) -> bool:
    return any("archive" in getattr(get_named_type(argument.type), "fields", {}) for argument in field.args.values())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_text_is_too_bad(client: Client, workspace: Workspace, text: str):
    for kind, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            if takes_files(field):
                continue
            service = await make_service(workspace, f"fuzzed-{name}-{len(text)}")
            ids = {"workspace": workspace.id, "serviceInstance": service.id, "team": workspace.team_id}
            known = {f"{one}Id": encode_id(one[0].upper() + one[1:], key) for one, key in ids.items()} | {
                "id": encode_id("ServiceInstance", service.id)
            }
            values = {one: hostile_value(argument.type, text, known, one) for one, argument in field.args.items()}
            values = {one: value for one, value in values.items() if one not in ("first", "last", "after", "before")}
            declared = ", ".join(f"${one}: {field.args[one].type}" for one in values)
            passed = ", ".join(f"{one}: ${one}" for one in values)
            header, given = (f"({declared})", f"({passed})") if values else ("", "")
            answer = (await client.post(f"{kind}{header} {{ {name}{given} {{ __typename }} }}", **values)).json()
            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            assert "INTERNAL_SERVER_ERROR" not in codes, f"{name}: {answer}"
