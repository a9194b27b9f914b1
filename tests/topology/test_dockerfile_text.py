"""Dockerfiles are read as the builder reads them."""

import pytest

from kyozo_gql.core.spec import HealthCheckKind
from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.dockerfile_images import read_image
from kyozo_gql.topology.dockerfile_text import parse_dockerfile
from kyozo_gql.topology.tree import DiskTree

ESCAPES = "# escape=`\nFROM a\nRUN one `\n two\nCMD run C:\\x\n"
HEREDOCS = "FROM a\nRUN <<-ONE cat <<TWO\n\tEXPOSE 1\n\tONE\nEXPOSE 2\nTWO\nEXPOSE 3\n"


def ports(text: str, **arguments: str) -> list[int]:
    return [mapping.container_port for mapping in parse_dockerfile(text, arguments=arguments).ports]


def test_the_escape_directive_changes_what_continues_a_line():
    parsed = parse_dockerfile(ESCAPES)
    assert (parsed.known, parsed.unknown, parsed.line) == (3, [], "run C:\\x")


def test_comments_and_empty_lines_within_a_line_are_left_out():
    assert ports("FROM a\nEXPOSE 1 \\\n# no\n\n 2\n") == [1, 2]


def test_here_documents_are_no_instructions():
    assert ports(HEREDOCS) == [3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nARG P=80\nEXPOSE $P", [80]),
        ("FROM a\nARG P\nEXPOSE ${P:-81}", [81]),
        ("FROM a\nARG P=80\nENV P=82\nEXPOSE $P", [82]),
        ("FROM a\nARG P\nEXPOSE ${P:+1}", []),
        ("ARG P=80\nFROM a\nEXPOSE $P", []),  # an argument from before FROM has to be asked for
        ("ARG P=80\nFROM a\nARG P\nEXPOSE $P", [80]),
        ("FROM a\nENV P 83\nEXPOSE $P/tcp", [83]),
        ("FROM a\nEXPOSE 8000-8002 53/udp", [8000, 8001, 8002, 53]),
        ("FROM a\nEXPOSE 9-1 99999 x", []),
        ("FROM a AS b\nEXPOSE 1\nFROM c\nEXPOSE 2", [2]),
        ("FROM a AS b\nEXPOSE 1\nFROM b\nEXPOSE 2", [1, 2]),
        ("FROM a\nONBUILD EXPOSE 1\n", []),
    ],
)
def test_ports(text, expected):
    assert ports(text) == expected


def test_arguments_of_the_build_go_before_defaults():
    assert ports("FROM a\nARG P=80\nEXPOSE $P", P="81") == [81]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('FROM a\nCMD ["a", "b c"]', "a 'b c'"),
        ("FROM a\nCMD a && b", "a && b"),
        ('FROM a\nENTRYPOINT ["e"]\nCMD ["c"]', "e c"),
        ('FROM a\nCMD ["c"]\nENTRYPOINT ["e"]', "e c"),
        ("FROM a\nENTRYPOINT e\nCMD c", "e"),
        ('FROM a AS b\nCMD ["c"]\nFROM b\nENTRYPOINT ["e"]', "e"),  # the entry point takes the place of the command of the base
        ("FROM a", None),
    ],
)
def test_what_the_container_runs(text, line):
    assert parse_dockerfile(text).line == line


def test_a_target_is_a_stage_by_name():
    text = 'FROM a AS one\nCMD ["1"]\nFROM b AS two\nCMD ["2"]'
    assert (parse_dockerfile(text, "ONE").line, parse_dockerfile(text).line, parse_dockerfile(text).images) == (
        "1",
        "2",
        ("a", "b"),
    )


@pytest.mark.parametrize(
    ("reference", "language", "version"),
    [
        ("node:20-alpine", "javascript", "20"),
        ("registry.local:5000/library/python:3.12.1-slim@sha256:aa", "python", "3.12.1"),
        ("gcr.io/distroless/nodejs22-debian12", "javascript", "22"),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "python", "3.12"),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", "csharp", "8.0"),
        ("golang", "go", None),
        ("rust:latest", "rust", None),
        ("ubuntu:24.04", None, None),
    ],
)
def test_images(reference, language, version):
    image = read_image(reference)
    assert (image.language, image.version) == (language, version)


def test_times_of_a_health_check(tmp_path):
    (tmp_path / "Dockerfile").write_text(
        'FROM python:3.12\nEXPOSE 80\nHEALTHCHECK --interval=1m30s --timeout=500ms --start-period=5s --retries=2 CMD ["check"]\n'
    )
    advice = analyze_folder(DiskTree(tmp_path), "").recommendation
    assert advice is not None
    check = advice.health_check
    assert (check.kind, check.command) == (HealthCheckKind.COMMAND, ("check",))
    assert (check.interval_seconds, check.timeout_seconds, check.start_period_seconds, check.retries) == (90, 1, 5, 2)


@pytest.mark.parametrize("piece", ["ENV A=B ", "EXPOSE $", "${A:-", "<<A ", "ARG A=", "\\\n", "FROM a AS b\n", 'CMD ["', " "])
def test_hostile_text_is_read_to_its_end(piece):
    """A pattern that goes back and forth would meet the time limit of every test."""
    assert parse_dockerfile("FROM a\nENV " + piece * (200_000 // len(piece))).known >= 2
