"""Asks a development server for what nobody would ask it for, and fails for every answer that nobody meant.

usage: python -m tests.fuzz.run [EXAMPLES]     about so many operations (default: 2000), over all fields of Query and Mutation alike

schemathesis makes the operations out of the server's own schema, with ids that exist and ids that do not. An answer that nobody
meant has a status of 500 or above, is no JSON, or has an error with the code INTERNAL_SERVER_ERROR.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis.core.result import Ok

from tests.end_to_end.server import DevServer, dev_server
from tests.fuzz.likely import likely
from tests.fuzz.scalars import SCALARS

EXAMPLES: Final = 2_000
_SECONDS: Final = 60  # for an answer
_INTERNAL: Final = "INTERNAL_SERVER_ERROR"
_SHOWN: Final = 20


@dataclass
class Tally:
    """What was asked for, what came of it, and what nobody meant."""

    operations: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def take_in(self, label: str, document: str, response: Any) -> None:
        """Counts an answer."""
        self.operations[label] += 1
        try:
            answer = response.json()
        except ValueError:
            answer = {"errors": [{"message": f"no JSON: {response.text[:200]}", "extensions": {"code": _INTERNAL}}]}
        codes = [(error.get("extensions") or {}).get("code", "(none)") for error in answer.get("errors", ())]
        self.outcomes.update(codes or _types_in(answer))
        if response.status_code >= 500 or _INTERNAL in codes or "(none)" in codes:
            fault = f"{response.status_code} {answer.get('errors')}"
            self.faults.setdefault(f"{label}: {codes}", f"{document}\n{fault}")

    def print_out(self) -> None:
        """For people."""
        print(f"{self.operations.total()} operations on {len(self.operations)} fields")
        for outcome, times in self.outcomes.most_common(_SHOWN):
            print(f"  {times:6} {outcome}")
        for label, fault in self.faults.items():
            print(f"\nUNEXPECTED {label}\n{fault}")
        print(f"\n{len(self.faults)} kinds of unexpected errors")


def _types_in(answer: dict[str, Any]) -> list[str]:
    """The types of a mutation's answers; "data" for a query."""
    types = [value.get("__typename") for value in (answer.get("data") or {}).values() if isinstance(value, dict)]
    return [name for name in types if name] or ["data"]


class Seeds:
    """Things that are there, for operations to find."""

    def __init__(self, server: DevServer) -> None:
        self._server = server
        self._made = 0

    async def make(self) -> dict[str, str]:
        """The ids of a new workspace, a service of it that is deployed, a token …, by the names of arguments that take them."""
        self._made += 1
        team = (await self._server.ask("{ viewer { memberships { team { id } } } }"))["viewer"]["memberships"][0]["team"]["id"]
        workspace = await self._do("createWorkspace", "workspace { id }", teamId=team, name=f"fuzz-{self._made}")
        await self._do("writeFile", "file { id }", workspaceId=workspace, path="app/main.py", content="import flask\n")
        await self._do("writeFile", "file { id }", workspaceId=workspace, path="app/requirements.txt", content="flask==3.1\n")
        detection = await self._do("analyzeTopology", "topologyDetection { id }", workspaceId=workspace, folderPath="app")
        service = await self._do("createServiceInstance", "serviceInstance { id }", workspaceId=workspace, folderPath="app")
        deployment = await self._do("deployService", "deployment { id }", serviceInstanceId=service)
        # Never the token in use: it would be ended.
        token = await self._do("createApiToken", "apiToken { id }", teamId=team, name="fuzz", role="VIEWER")
        user = (await self._server.ask("{ viewer { user { id } } }"))["viewer"]["user"]["id"]
        ids = {
            "team": team,
            "workspace": workspace,
            "topologyDetection": detection,
            "serviceInstance": service,
            "deployment": deployment,
            "apiToken": token,
            "user": user,
        }
        return ids | {f"{name}Id": id for name, id in ids.items()} | {"node": service}

    async def _do(self, name: str, fields: str, /, **input: Any) -> str:
        title = name[0].upper() + name[1:]
        document = f"""mutation($i: {title}Input!) {{
          {name}(input: $i) {{ ... on {title}Payload {{ {fields} }} ... on UserError {{ code message }} }}
        }}"""
        answer = (await self._server.ask(document, i=input))[name]
        found: str = answer[fields.split(maxsplit=1)[0]]["id"]
        return found


def _ids(known: dict[str, str]) -> st.SearchStrategy[Any]:
    """Ids that exist, most of the time; ids of other things; no ids."""
    real = st.sampled_from(sorted(set(known.values())))
    broken = real.map(lambda whole: whole[:-2])
    return st.one_of(real, real, real, broken, st.text(max_size=20)).map(nodes.String)


async def fuzz(examples: int) -> Tally:
    """About so many operations against a server of its own."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="kyozo-fuzz-") as folder:
        Path(folder).chmod(0o711)  # for root, who starts PostgreSQL as another user: that one has to get through
        async with dev_server(Path(folder) / "state") as server:
            seeds = Seeds(server)
            headers = {"Authorization": f"Bearer {server.token}"}
            schema = await asyncio.to_thread(schemathesis.graphql.from_url, server.url, headers=headers)
            fields: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
            for operation in fields:
                known = await seeds.make()
                print(f"{operation.label} …", flush=True)
                await asyncio.to_thread(_fuzz_field, operation, known, -(-examples // len(fields)), headers, tally)
    return tally


def _fuzz_field(operation: Any, known: dict[str, str], examples: int, headers: dict[str, str], tally: Tally) -> None:
    for name, strategy in SCALARS.items():
        schemathesis.graphql.scalar(name, strategy)
    schemathesis.graphql.scalar("ID", _ids(known))

    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(operation.as_strategy(), st.randoms(use_true_random=False))
    def ask(case: Any, random: Random) -> None:
        case.body = likely(case.body, known, random)
        response = case.call(headers=headers, timeout=_SECONDS)
        tally.take_in(operation.label, case.body, response)

    ask()


def main() -> None:
    """Prints a summary; the exit code is 1 where an answer was not meant."""
    tally = asyncio.run(fuzz(int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES))
    tally.print_out()
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    main()
