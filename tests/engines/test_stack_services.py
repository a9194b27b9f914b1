"""What Compose services ask of an engine besides what every service does."""

from __future__ import annotations

import pytest

from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.core.ids import new_id
from tests.engines.bench import BASE_IMAGE, STEADY, Bench

STAGES = f"FROM {BASE_IMAGE} AS first\nRUN echo one > /which\nFROM {BASE_IMAGE} AS second\nRUN echo two > /which\n"
_STAY = "trap 'exit 0' TERM; while :; do sleep 0.05; done"


async def test_a_build_ends_with_the_stage_that_is_asked_for(container_bench: Bench) -> None:
    bench = container_bench
    spec = bench.build_spec(dockerfile=STAGES, target="first")
    await bench.engine.build(spec, bench.on_line)
    replica = await bench.run(STEADY, image=spec.image)
    if not bench.is_simulated:
        assert (await bench.engine.execute(replica.container_id, ("cat", "/which"), 10)).output == "one\n"


async def test_a_stage_that_is_not_there_is_a_configuration_error(container_bench: Bench) -> None:
    spec = container_bench.build_spec(dockerfile=STAGES, target="third")
    with pytest.raises(ConfigurationError, match="third"):
        await container_bench.engine.build(spec, container_bench.on_line)
    assert not await container_bench.engine.has_image(spec.image)


@pytest.mark.docker
async def test_entry_point_user_and_folder_take_the_place_of_the_images(docker_bench: Bench) -> None:
    bench = docker_bench
    spec = bench.build_spec(dockerfile=f'FROM {BASE_IMAGE}\nENTRYPOINT ["false"]\nCMD ["never"]\n')
    await bench.engine.build(spec, bench.on_line)
    replica = await bench.run(
        STEADY,
        image=spec.image,
        entrypoint=("/bin/sh", "-c"),
        command=(f"id -u > /tmp/id; pwd > /tmp/place; {_STAY}",),
        user="1234:1234",
        working_dir="/home",
    )
    script = "until [ -s /tmp/place ]; do sleep 0.05; done; cat /tmp/id /tmp/place"
    assert (await bench.engine.execute(replica.container_id, ("sh", "-c", script), 10)).output == "1234\n/home\n"


@pytest.mark.docker
async def test_an_empty_entry_point_leaves_the_command_alone(docker_bench: Bench) -> None:
    bench = docker_bench
    spec = bench.build_spec(dockerfile=f'FROM {BASE_IMAGE}\nENTRYPOINT ["false"]\n')
    await bench.engine.build(spec, bench.on_line)
    command = ("sh", "-c", f"echo up > /tmp/up; {_STAY}")
    replica = await bench.run(STEADY, image=spec.image, entrypoint=(), command=command)
    script = "until [ -s /tmp/up ]; do sleep 0.05; done; cat /tmp/up"
    assert (await bench.engine.execute(replica.container_id, ("sh", "-c", script), 10)).output == "up\n"


@pytest.mark.docker
async def test_siblings_are_found_by_all_their_names(docker_bench: Bench) -> None:
    bench = docker_bench
    stack = new_id()
    name = f"kyozo-test-{bench.service_id}"
    await bench.run(STEADY, name=f"{name}-db", alias="shop-db", stack_id=stack, stack_alias="db", stack_aliases=("database", "pg"))
    client = await bench.run(STEADY, name=f"{name}-client", alias="shop-client", stack_id=stack, stack_alias="client")
    for known in ("db", "database", "pg"):
        result = await bench.engine.execute(client.container_id, ("nslookup", known), 20)
        assert result.exit_code == 0, result.output


@pytest.mark.docker
async def test_secrets_are_files_of_the_container_alone(docker_bench: Bench) -> None:
    bench = docker_bench
    secrets = {"/run/secrets/key": "rose", "/etc/other": "thorn"}
    replica = await bench.run(STEADY, secret_files=secrets, user="1234:1234")
    words = ("cat", "/run/secrets/key", "/etc/other")
    assert (await bench.engine.execute(replica.container_id, words, 10)).output == "rosethorn"
    await bench.engine.stop(replica.container_id, 1)
    await bench.engine.start(replica.container_id)
    assert (await bench.engine.execute(replica.container_id, words, 10)).output == "rosethorn"
