"""A server that ends lets go of every socket, and of all that stands behind it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers import logs as container_logs
from kyozo_gql.containers.lifecycle import deploy_service
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.sessions import Sessions
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.sockets import CONTENT, SIZE, address_of, followers, protocols, socket_to, until
from tests.schema.test_socket import settled

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
async def service(workspace: Workspace, owner: Viewer, client: Client, app: Starlette, settings: Settings) -> ServiceInstance:
    """A service that runs and writes to its log."""
    id = encode_id("Workspace", workspace.id)
    await client.do("writeFile", "__typename", workspaceId=id, path="api/Dockerfile", content='FROM scratch\nCMD ["/serve"]\n')
    environment = [{"name": "SIMULATE_LOG", "value": "first"}]
    await client.do(
        "createServiceInstance", "__typename", workspaceId=id, folderPath="api", environmentVariables=environment,
        healthCheckConfig={"kind": "NONE"},
    )  # fmt: skip
    service = await ServiceInstance.get(name="api")
    await deploy_service(owner, service.id)
    await settled(service, app, settings)
    return service


def log_readers() -> int:
    """How many tasks read the log of a replica."""
    readers = container_logs._follow.__code__
    return sum(getattr(task.get_coro(), "cr_code", None) is readers for task in asyncio.all_tasks())


def narrow(address: str) -> socket.socket:
    """A connection that holds little of what nobody reads, so that little has to be sent to fill it."""
    to, url = socket.socket(), urlsplit(address)
    to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    to.connect((url.hostname, url.port))
    return to


async def test_a_server_that_ends_lets_go_of_everything(
    app: Starlette, client: Client, service: ServiceInstance, sessions: Sessions, much: str
):
    broker, id = app.state.resources.broker, encode_id("ServiceInstance", service.id)
    async with AsyncExitStack() as sockets:
        async with address_of(app) as address:
            deaf = await sockets.enter_async_context(
                socket_to(
                    address,
                    sock=narrow(address),
                    max_queue=1,
                    max_size=2 * SIZE,
                    ping_interval=None,
                    compression=None,
                    close_timeout=0.1,
                )
            )
            follower = await sockets.enter_async_context(socket_to(address))
            for one in (deaf, follower):
                await one.start(client.token)
            unread = protocols()
            await follower.subscribe("subscription($id: ID!) { serviceLogs(serviceInstanceId: $id) { message } }", "logs", id=id)
            await follower.subscribe(
                "subscription($id: ID!) { serviceStatusChanged(serviceInstanceId: $id) { status } }", "s", id=id
            )
            await follower.subscribe("subscription($id: ID!) { deploymentEvents(serviceInstanceId: $id) { cursor } }", "e", id=id)
            await until(lambda: log_readers() == 1 and followers(broker) == 2)
            for number in range(12):
                await deaf.subscribe(CONTENT, str(number), id=much)
            await until(lambda: any(not one.writable.is_set() for one in unread))
            stranger = await sockets.enter_async_context(socket_to(address))  # late: it is closed for its silence after a while
        # The server has ended: nothing of it goes on.
        assert (log_readers(), followers(broker), len(sessions)) == (0, 0, 0)
        assert [await one.closed() for one in (stranger, follower)] == [1012, 1012]
