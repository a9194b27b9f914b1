"""``kyozo-gql demo``: the main job, done and shown as any client of the API would do it."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from rich.console import Console
from rich.markup import escape

from kyozo_gql.commands.dev import DevServer, dev_server
from kyozo_gql.settings import EngineChoice

WORKSPACE = "examples"
PATIENCE_SECONDS = 300.0
_LARGEST_FILE = 1_000_000
_NO_IMAGE = "can't be pulled"
_COLOURS = {"RUNNING": "green", "ERROR": "red", "DEPLOYING": "yellow", "STOPPED": "dim"}

console = Console(highlight=False, soft_wrap=True)

_CREATE_WORKSPACE = """
mutation ($teamId: ID!, $name: String!) {
  createWorkspace(input: {teamId: $teamId, name: $name, containerEnabled: true}) {
    ... on CreateWorkspacePayload { workspace { id } }
    ... on UserError { message }
  }
}"""
_WORKSPACES = "query ($name: String!) { workspaces(filter: {search: $name}) { edges { node { id name } } } }"
_WRITE = """
mutation ($id: ID!, $path: String!, $content: String!) {
  writeFile(input: {workspaceId: $id, path: $path, content: $content}) { ... on UserError { message } }
}"""
_ANALYZE = """
mutation ($id: ID!) { analyzeWorkspaceTopology(input: {workspaceId: $id}) { ... on UserError { message } } }"""
_TOPOLOGY = """
query ($id: ID!) {
  workspace(id: $id) {
    serviceTopology { analyzedAt services { folderPath serviceType confidenceScore } }
    serviceInstances(first: 100) { edges { node { id name folderPath } } }
  }
}"""
_CREATE_SERVICE = """
mutation ($id: ID!, $folderPath: String!) {
  createServiceInstance(input: {workspaceId: $id, folderPath: $folderPath}) {
    ... on CreateServiceInstancePayload { serviceInstance { id name } }
    ... on UserError { message }
  }
}"""
_DEPLOY = """
mutation ($id: ID!) {
  deployService(input: {serviceInstanceId: $id}) {
    ... on DeployServicePayload { deployment { id number } }
    ... on UserError { message }
  }
}"""
_DELETE = "mutation ($id: ID!) { deleteServiceInstance(input: {serviceInstanceId: $id}) { ... on UserError { message } } }"
_STATE = """
query ($id: ID!) {
  workspace(id: $id) {
    serviceInstances(first: 100) {
      edges { node { id name status statusReason healthStatus serviceType endpoints desiredStatus } }
    }
  }
}"""
_STATUSES = """
subscription ($id: ID!) {
  workspaceServiceStatusChanged(workspaceId: $id) {
    previousStatus status healthStatus reason serviceInstance { name }
  }
}"""
_EVENTS = """
subscription ($id: ID!) {
  deploymentEvents(workspaceId: $id) { node { eventType durationMs errorMessage serviceInstance { name } } }
}"""
_BUILD = "subscription ($id: ID!) { buildLogs(deploymentId: $id) { message } }"


class Demo:
    """One run through the main job against a server."""

    def __init__(self, server: DevServer) -> None:
        headers = {"Authorization": f"Bearer {server.token}"}
        self.server = server
        self._started = time.monotonic()
        self._http = HTTPXAsyncTransport(url=server.url, headers=headers, timeout=60)
        self._socket = WebsocketsTransport(
            url=server.url.replace("http", "ws", 1),
            init_payload=headers,
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        self._followers: list[asyncio.Task[None]] = []
        self.workspace_id = ""
        self.deployed: set[str] = set()
        self.lacks_images = False

    async def run(self, folder: Path) -> bool:
        """Deploys every folder; answers whether each one that was accepted runs and answers."""
        async with Client(transport=self._http) as self._api, Client(transport=self._socket) as self._live:
            try:
                await self._make_workspace(folder)
                services = await self._make_services(await self._analyze())
                self._follow(_STATUSES, self.workspace_id, self._show_status)
                self._follow(_EVENTS, self.workspace_id, self._show_event)
                await self._deploy(services)
                return await self._wait_and_ask()
            finally:
                for follower in self._followers:
                    follower.cancel()
                await asyncio.gather(*self._followers, return_exceptions=True)

    async def clean_up(self) -> None:
        """Deletes the services, with everything that runs for them."""
        if not self.workspace_id:
            return
        async with Client(transport=self._http) as self._api:
            services = await self._services()
            for service in services:
                await self._ask(_DELETE, id=service["id"])

    async def _make_workspace(self, folder: Path) -> None:
        viewer = await self._ask("{ viewer { memberships { team { id name } } } }")
        team = viewer["viewer"]["memberships"][0]["team"]
        found = await self._ask(_WORKSPACES, name=WORKSPACE)
        ids = [edge["node"]["id"] for edge in found["workspaces"]["edges"] if edge["node"]["name"] == WORKSPACE]
        if not ids:
            made = await self._ask(_CREATE_WORKSPACE, teamId=team["id"], name=WORKSPACE)
            ids = [made["createWorkspace"]["workspace"]["id"]]
        self.workspace_id = ids[0]
        files = [path for path in sorted(folder.rglob("*")) if _is_worth_sending(path, folder)]
        for path in files:
            await self._ask(_WRITE, id=self.workspace_id, path=path.relative_to(folder).as_posix(), content=path.read_text())
        self._say(f"[bold]workspace[/bold] {WORKSPACE} of team {team['name']}: {len(files)} files written")

    async def _analyze(self) -> list[dict[str, Any]]:
        before = (await self._ask(_TOPOLOGY, id=self.workspace_id))["workspace"]["serviceTopology"]["analyzedAt"]
        await self._ask(_ANALYZE, id=self.workspace_id)
        while True:
            topology = (await self._ask(_TOPOLOGY, id=self.workspace_id))["workspace"]["serviceTopology"]
            if topology["analyzedAt"] != before:
                break
            self._check_patience("the analysis")
            await asyncio.sleep(0.1)
        for found in topology["services"]:
            self._say(f"[bold]found[/bold] {found['folderPath']}: {found['serviceType']} ({found['confidenceScore']:.0%} sure)")
        return list(topology["services"])

    async def _make_services(self, found: list[dict[str, Any]]) -> dict[str, str]:
        answer = await self._ask(_TOPOLOGY, id=self.workspace_id)
        there = {edge["node"]["folderPath"]: edge["node"] for edge in answer["workspace"]["serviceInstances"]["edges"]}
        services = {}
        for one in found:
            path = one["folderPath"]
            node = there.get(path)
            if node is None:
                made = (await self._ask(_CREATE_SERVICE, id=self.workspace_id, folderPath=path))["createServiceInstance"]
                node = made["serviceInstance"]
            services[node["name"]] = node["id"]
        return services

    async def _deploy(self, services: dict[str, str]) -> None:
        for name, id in services.items():
            answer = (await self._ask(_DEPLOY, id=id))["deployService"]
            if "deployment" in answer:
                self.deployed.add(name)
                self._follow(_BUILD, answer["deployment"]["id"], lambda data, name=name: self._show_line(name, data))
            else:
                self._say(f"[dim]{name} is left out: {escape(answer['message'])}[/dim]")

    async def _wait_and_ask(self) -> bool:
        while True:
            services = await self._services()
            if all(one["status"] in ("RUNNING", "ERROR") for one in services if one["name"] in self.deployed):
                break
            self._check_patience("the deployments")
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.3)  # the last news are on their way
        answers = [await self._get(one["name"], url) for one in services for url in one["endpoints"]]
        broken = [one["name"] for one in services if one["status"] == "ERROR" and not self._is_excused(one)]
        return bool(answers) and all(answers) and not broken

    def _is_excused(self, service: dict[str, Any]) -> bool:
        """On a machine without a network a base image can't be had: that is said, and no fault of the service."""
        self.lacks_images = self.lacks_images or _NO_IMAGE in str(service["statusReason"])
        return _NO_IMAGE in str(service["statusReason"])

    async def _get(self, name: str, url: str) -> bool:
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                response = await client.get(url)
        except httpx.HTTPError as error:
            self._say(f"[red]{name} does not answer at {url}: {error}[/red]")
            return False
        self._say(f"[bold green]{name} answers[/bold green] {url} → {response.status_code} {escape(response.text.strip()[:100])!s}")
        return response.status_code < 400  # noqa: PLR2004 — HTTP: what is below is no error

    async def _services(self) -> list[dict[str, Any]]:
        answer = await self._ask(_STATE, id=self.workspace_id)
        return [edge["node"] for edge in answer["workspace"]["serviceInstances"]["edges"]]

    async def _ask(self, document: str, **variables: Any) -> dict[str, Any]:
        request = gql(document)
        request.variable_values = variables
        answer: dict[str, Any] = await self._api.execute(request)
        return answer

    def _follow(self, document: str, id: str, show: Any) -> None:
        async def follow() -> None:
            request = gql(document)
            request.variable_values = {"id": id}
            async for data in self._live.subscribe(request):
                show(data)

        self._followers.append(asyncio.create_task(follow()))

    def _show_status(self, data: dict[str, Any]) -> None:
        change = data["workspaceServiceStatusChanged"]
        colour = _COLOURS.get(change["status"], "cyan")
        reason = f" – {escape(change['reason'])}" if change["reason"] else ""
        self._say(
            f"{change['serviceInstance']['name']} is [{colour}]{change['status']}[/{colour}] {change['healthStatus']}{reason}"
        )

    def _show_event(self, data: dict[str, Any]) -> None:
        event = data["deploymentEvents"]["node"]
        took = f" after {event['durationMs']} ms" if event["durationMs"] is not None else ""
        said = f": {escape(event['errorMessage'])}" if event["errorMessage"] else ""
        self._say(f"[blue]event[/blue] {event['serviceInstance']['name']} {event['eventType']}{took}{said}")

    def _show_line(self, name: str, data: dict[str, Any]) -> None:
        self._say(f"[dim]build {name} | {escape(data['buildLogs']['message'])}[/dim]")

    def _say(self, text: str) -> None:
        console.print(f"[dim]{time.monotonic() - self._started:6.2f}[/dim] {text}")

    def _check_patience(self, what: str) -> None:
        if time.monotonic() - self._started > PATIENCE_SECONDS:
            raise TimeoutError(f"{what} took longer than {PATIENCE_SECONDS:g} seconds")


async def run_demo(folder: Path, host: str, port: int, state_dir: Path, *, once: bool, stop: asyncio.Event) -> bool:
    """Runs the demo; answers whether every URL answered. Ends at ``stop``, or with ``once`` when all is shown."""
    well, fall_back = await _run_once(folder, host, _free_port(host, port), state_dir, {}, once=once, stop=stop)
    if fall_back and not stop.is_set():
        console.print("[yellow]Docker answers here but can't get the base images: once more, with local processes[/yellow]")
        overrides = {"engine": EngineChoice.PROCESS}
        well, _ = await _run_once(folder, host, _free_port(host, port), state_dir, overrides, once=once, stop=stop)
    return well


async def _run_once(
    folder: Path, host: str, port: int, state_dir: Path, overrides: dict[str, Any], *, once: bool, stop: asyncio.Event
) -> tuple[bool, bool]:
    async with dev_server(host, port, state_dir, **overrides) as server:
        console.print(f"[bold]ready[/bold] {server.url}, engine: [bold]{server.settings.engine.value}[/bold]")
        demo = Demo(server)
        run = asyncio.create_task(demo.run(folder))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({run, stopping}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if not run.done():
                return False, False
            well = run.result()
            if not well and demo.lacks_images and server.settings.engine is EngineChoice.DOCKER:
                return False, True
            if not once:
                console.print(f"GraphiQL: [bold]{server.graphiql_url}[/bold]  token: {server.token}\nCtrl-C stops everything.")
                await stopping
            return well, False
        finally:
            run.cancel()
            stopping.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await run
            await demo.clean_up()


def _is_worth_sending(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith(".") or part in ("node_modules", "__pycache__", "target") for part in parts)
    return path.is_file() and not hidden and path.stat().st_size < _LARGEST_FILE


def _free_port(host: str, port: int) -> int:
    """The port, or another one where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            probe.bind((host, 0))
        return int(probe.getsockname()[1])
