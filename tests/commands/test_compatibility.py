from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from kyozo_gql.api import export_schema
from kyozo_gql.cli import app
from kyozo_gql.commands.compatibility import breaking_changes, unannounced

EARLIER = "type Query { a(x: Int): Int  b: E } enum E { A B }"
LATER = "type Query { a(x: String!): Int } enum E { A C }"
CHANGES = [
    "Argument Query.a(x:) has changed type from Int to String!.",
    "Enum value E.B was removed.",
    "Field Query.b was removed.",
]


def test_what_breaks_clients():
    assert breaking_changes(EARLIER, LATER) == CHANGES
    assert breaking_changes(EARLIER, EARLIER.replace("B }", "B C }")) == []


def test_the_newest_section_of_the_changelog_announces():
    newest = "# Changelog\n\n## Unreleased\n\n- `Field Query.b was\n  removed`: use `c`.\n"
    assert unannounced(CHANGES, newest) == CHANGES[:2]
    assert unannounced(CHANGES, newest + "\n## 1.0.0\n\n" + "\n".join(CHANGES)) == CHANGES[:2]
    assert unannounced(CHANGES, "") == CHANGES


def test_the_command_fails_for_what_breaks(tmp_path: Path):
    earlier, changelog = tmp_path / "earlier.graphql", tmp_path / "CHANGELOG.md"
    earlier.write_text(export_schema())
    same = CliRunner().invoke(app, ["schema", "--against", str(earlier)])
    assert (same.exit_code, same.output) == (0, "nothing breaks\n")
    earlier.write_text(export_schema().replace("type Query {", "type Query {\n  gone: Int\n", 1))
    broken = CliRunner().invoke(app, ["schema", "--against", str(earlier)])
    assert (broken.exit_code, broken.output) == (1, "Field Query.gone was removed.\n")
    changelog.write_text("## Unreleased\n\n- Field Query.gone was removed.\n")
    told = CliRunner().invoke(app, ["schema", "--against", str(earlier), "--changelog", str(changelog)])
    assert (told.exit_code, told.output) == (0, "nothing breaks\n")
