"""What measuring documents costs, as a ratio to parsing and validating the same documents in the same run.

usage: python bench/cost.py [ROUNDS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from graphql import DocumentNode, get_introspection_query, parse, specified_rules

from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.limits import find_errors, find_extent, find_fault
from kyozo_gql.settings import Settings

EXAMPLES = Path(__file__).parents[1] / "graphiql" / "src" / "examples"
SETTINGS = Settings()
SCHEMA = build_schema()._schema  # noqa: SLF001 — Strawberry offers no other way to the schema of graphql-core


def repeated(times: int, levels: int) -> str:
    """A field that stands so many times in each of so many levels: what validation finds hardest."""
    return "id" if levels == 0 else " ".join([f"parentService {{ {repeated(times, levels - 1)} }}"] * times)


def documents() -> dict[str, str]:
    """What people ask, what tools ask, and the worst of what is let through."""
    return {
        "examples": "\n".join(path.read_text() for path in sorted(EXAMPLES.glob("*.graphql"))),
        "introspection": get_introspection_query(specified_by_url=True, input_value_deprecation=True),
        "repeated 4^3": f'{{ serviceInstance(id: "x") {{ {repeated(4, 3)} }} }}',
        "aliases": '{ serviceInstance(id: "x") {' + " ".join(f"a{n}: parentService {{ id name }}" for n in range(100)) + "} }",
        "fragments": '{ serviceInstance(id: "x") {'
        + " ".join(f"...F{n}" for n in range(50))
        + "} }"
        + " ".join(f"fragment F{n} on ServiceInstance {{ a{n}: id b{n}: name }}" for n in range(50)),
    }


def measured(document: DocumentNode) -> bool:
    """Whether a document is within the bounds."""
    return find_fault(document, find_extent(document, SCHEMA), None, SETTINGS) is None


def best(work: Callable[[], object], rounds: int) -> float:
    """The shortest of some rounds, in milliseconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times) * 1_000


def main() -> None:
    """Prints a line for each document."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for name, source in documents().items():
        document = parse(source)
        measuring = best(lambda: measured(document), rounds)  # noqa: B023 — it is called at once
        parsing = best(lambda: parse(source), rounds)  # noqa: B023
        validating = best(lambda: find_errors(SCHEMA, document, specified_rules, SETTINGS.max_errors), rounds)  # noqa: B023
        within = "" if measured(document) else ", beyond the bounds"
        print(
            f"{name}: measuring costs {measuring / (parsing + validating):.2f} times parsing and validating "
            f"({measuring:.1f} ms to {parsing:.1f} + {validating:.1f} ms{within})"
        )


if __name__ == "__main__":
    main()
