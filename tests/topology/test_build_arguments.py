"""Which arguments of a build a generated Dockerfile asks for, and where."""

from kyozo_gql.topology.build_arguments import ask_for_arguments

DOCKERFILE = "FROM node:24 AS build\nWORKDIR /app\nARG VITE_API\nRUN npm ci\n\nFROM caddy:2\nCOPY --from=build /app /site\n"


def test_the_stage_that_builds_asks_the_one_that_runs_does_not():
    first, second = ask_for_arguments(DOCKERFILE, ["PIP_INDEX_URL", "GOPROXY"]).split("\n\n")
    assert first.splitlines()[:3] == ["FROM node:24 AS build", "ARG GOPROXY", "ARG PIP_INDEX_URL"]
    assert second == "FROM caddy:2\nCOPY --from=build /app /site\n"


def test_what_is_asked_for_already_or_known_to_all_is_left():
    assert ask_for_arguments(DOCKERFILE, ["VITE_API", "HTTPS_PROXY", "no_proxy"]) == DOCKERFILE
