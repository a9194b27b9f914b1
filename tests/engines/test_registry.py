"""Pushing what was built, to a real registry and to none."""

from __future__ import annotations

import httpx
import pytest

from kyozo_gql.core.errors import BuildFailed
from kyozo_gql.core.ids import new_id
from tests.engines.bench import Bench, free_port


@pytest.mark.docker
async def test_what_is_built_is_in_the_registry_afterwards(docker_bench: Bench, registry: str) -> None:
    repository = f"kyozo/{docker_bench.service_id.hex}"
    spec = docker_bench.build_spec(("echo", str(new_id())), image=f"{registry}/{repository}:1")
    await docker_bench.engine.build(spec, docker_bench.on_line)
    docker_bench.lines.clear()
    await docker_bench.engine.push(spec.image, docker_bench.on_line)
    assert docker_bench.messages()[-1].startswith(f"pushed {spec.image}, sha256:")
    assert any(text.endswith(": Pushed") for text in docker_bench.messages())
    assert not any("Pushing" in text or "Preparing" in text for text in docker_bench.messages())
    async with httpx.AsyncClient(base_url=f"http://{registry}/v2", trust_env=False) as client:
        assert repository in (await client.get("/_catalog")).json()["repositories"]
        assert (await client.get(f"/{repository}/tags/list")).json()["tags"] == ["1"]
    docker_bench.lines.clear()
    await docker_bench.engine.push(spec.image, docker_bench.on_line)
    assert not any(text.endswith(": Pushed") for text in docker_bench.messages())
    # The reference is that of the engine too: the image is found, and removed, under it.
    assert await docker_bench.engine.remove_images(docker_bench.service_id, frozenset()) == (spec.image,)
    assert not await docker_bench.engine.has_image(spec.image)
    await docker_bench.engine.pull(spec.image, docker_bench.on_line)
    assert await docker_bench.engine.has_image(spec.image)


@pytest.mark.docker
async def test_a_registry_that_does_not_answer(docker_bench: Bench) -> None:
    host = f"127.0.0.1:{free_port()}"
    spec = docker_bench.build_spec(image=f"{host}/kyozo/{docker_bench.service_id.hex}:1")
    await docker_bench.engine.build(spec, docker_bench.on_line)
    with pytest.raises(BuildFailed, match=f"{host}.*connection refused"):
        await docker_bench.engine.push(spec.image, docker_bench.on_line)


@pytest.mark.docker
async def test_a_registry_that_refuses_is_quoted(docker_bench: Bench, read_only_registry: str) -> None:
    spec = docker_bench.build_spec(image=f"{read_only_registry}/kyozo/{docker_bench.service_id.hex}:1")
    await docker_bench.engine.build(spec, docker_bench.on_line)
    with pytest.raises(BuildFailed, match=f"{read_only_registry}.*405"):
        await docker_bench.engine.push(spec.image, docker_bench.on_line)


async def test_an_image_that_is_not_there_can_not_be_pushed(container_bench: Bench) -> None:
    with pytest.raises(BuildFailed, match="kyozo/nothing"):
        await container_bench.engine.push("127.0.0.1:9/kyozo/nothing:1", container_bench.on_line)


async def test_a_push_says_what_it_pushed(container_bench: Bench, request: pytest.FixtureRequest) -> None:
    host = "127.0.0.1:9" if container_bench.is_simulated else request.getfixturevalue("registry")
    spec = container_bench.build_spec(image=f"{host}/kyozo/{container_bench.service_id.hex}:1")
    await container_bench.engine.build(spec, container_bench.on_line)
    await container_bench.engine.push(spec.image, container_bench.on_line)
    assert container_bench.messages()[-1].startswith(f"pushed {spec.image}")


async def test_without_images_there_is_nothing_to_push(process_bench: Bench) -> None:
    spec = process_bench.build_spec(image="127.0.0.1:9/kyozo/nothing:1")
    await process_bench.engine.build(spec, process_bench.on_line)
    process_bench.lines.clear()
    await process_bench.engine.push(spec.image, process_bench.on_line)
    assert process_bench.lines == []
    assert await process_bench.engine.has_image(spec.image)
