"""The command line: ``kyozo-gql``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import kyozo_gql

if TYPE_CHECKING:  # each command loads what it needs: analyze is called once for every tree, and starts at once
    import asyncio

    from kyozo_gql.settings import Settings
    from kyozo_gql.topology.bounds import Bounds

app = typer.Typer(help="A folder is a deployment.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
token_app = typer.Typer(help="API tokens.", no_args_is_help=True)
workspace_app = typer.Typer(help="Workspaces.", no_args_is_help=True)
app.add_typer(token_app, name="token")
app.add_typer(workspace_app, name="workspace")

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65_535)]
State = Annotated[Path, typer.Option(help="Where everything is kept: databases, workspaces, the token.")]


@app.command()
def dev(host: Host = "127.0.0.1", port: Port = 8000, state: State = Path(".kyozo")) -> None:
    """Serve API and worker with embedded PostgreSQL and Valkey, for development."""
    from kyozo_gql.commands.dev import dev_server

    async def run(stop: asyncio.Event) -> None:
        async with dev_server(host, port, state) as server:
            print(f"ready {server.url}", flush=True)
            print(f"GraphiQL {server.graphiql_url}, engine {server.settings.engine.value}, token in {state / 'token'}", flush=True)
            await stop.wait()

    _run(run)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="A folder of folders, each a service.", exists=True, file_okay=False)],
    host: Host = "127.0.0.1",
    port: Port = 8000,
    state: State = Path(".kyozo/demo"),
    once: Annotated[bool, typer.Option("--once", help="End once every URL answered.")] = False,
) -> None:
    """Deploy every folder of a folder and show what happens, live."""
    from kyozo_gql.commands.demo import run_demo

    async def run(stop: asyncio.Event) -> None:
        if not await run_demo(folder, host, port, state, once=once, stop=stop):
            raise typer.Exit(1)

    _run(run)


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the API alone, with the servers that DATABASE_URL and REDIS_URL name."""
    from kyozo_gql.api import create_app, serving

    settings = _settings()

    async def run(stop: asyncio.Event) -> None:
        async with serving(create_app(settings), host, port) as bound:
            print(f"ready http://{host}:{bound}/graphql", flush=True)
            await stop.wait()

    _run(run)


@app.command()
def worker(
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True, help="End when standard input is closed.")] = False,
) -> None:
    """Run the worker: builds, containers, health checks, analyses."""
    from kyozo_gql.worker import run_worker

    settings = _settings()

    async def run(stop: asyncio.Event) -> None:
        if with_parent:
            await _stop_with_parent(stop)
        await run_worker(settings, stop)

    _run(run)


@app.command()
def migrate() -> None:
    """Bring the tables of DATABASE_URL up to date; safe when several start at once."""
    import asyncio

    from kyozo_gql.core.database import migrate as apply

    applied = asyncio.run(_explained(apply(_settings().database_url)))
    print("\n".join(applied) or "nothing to do")


@app.command()
def schema(
    against: Annotated[
        Path | None, typer.Option(help="An earlier schema: print what breaks its clients instead.", exists=True, dir_okay=False)
    ] = None,
    changelog: Annotated[
        Path | None, typer.Option(help="Leave out what the newest section of this changelog names.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Print the GraphQL schema; with --against, what in it breaks clients of an earlier one (exit code 1: something does)."""
    from kyozo_gql.api import export_schema
    from kyozo_gql.commands.compatibility import breaking_changes, unannounced

    if against is None:
        print(export_schema(), end="")
        return
    changes = breaking_changes(against.read_text(), export_schema())
    if changelog is not None:
        changes = unannounced(changes, changelog.read_text())
    print("\n".join(changes) or "nothing breaks")
    raise typer.Exit(1 if changes else 0)


@app.command()
def doctor() -> None:
    """Print the settings in force, and whether each server answers."""
    import asyncio

    from kyozo_gql.commands.doctor import examine

    if not asyncio.run(examine(_settings())):
        raise typer.Exit(1)


@app.command()
def analyze(
    path: Annotated[Path, typer.Argument(help="The folder to look at.", exists=True, file_okay=False, readable=True)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, a list of objects.")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="What needs what, as a flowchart in Mermaid's language.")] = False,
    evidence: Annotated[bool, typer.Option(help="Whether to say why. JSON always does.")] = True,
) -> None:
    """Say what the folders of a tree are; needs no server."""
    from kyozo_gql.commands import analyze as command

    if as_json and mermaid:
        raise typer.BadParameter("not together with --json", param_hint="--mermaid")
    base_images, bounds = _analysis_settings()
    try:
        analysis = command.look_at(path, base_images, bounds)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    if as_json:
        command.print_json(analysis)
    elif mermaid:
        command.print_diagram(analysis)
    else:
        command.print_tree(path, analysis, evidence=evidence)


@token_app.command("create")
def token_create(
    email: Annotated[str, typer.Option(help="Whose token; the user is made where there is none.")] = "owner@localhost",
    team: Annotated[str, typer.Option(help="For which of the user's teams; it is made where there is none.")] = "Default",
    name: Annotated[str, typer.Option(help="What the token is called.")] = "cli",
    role: Annotated[str, typer.Option(help="owner, admin, member or viewer.")] = "owner",
) -> None:
    """Make an API token and print its secret, this once."""
    import asyncio

    from kyozo_gql.accounts.models import Role
    from kyozo_gql.commands.administration import make_token

    if role not in [one.value for one in Role]:
        raise typer.BadParameter("owner, admin, member or viewer", param_hint="--role")
    print(asyncio.run(_explained(make_token(_settings(), email, team, name, Role(role)))))


@workspace_app.command("import")
def workspace_import(
    directory: Annotated[Path, typer.Argument(help="The directory to copy.", exists=True, file_okay=False)],
    name: Annotated[str | None, typer.Option(help="The workspace's name; the directory's by default.")] = None,
    email: Annotated[str, typer.Option(help="In whose name.")] = "owner@localhost",
    team: Annotated[str, typer.Option(help="For which of the user's teams.")] = "Default",
) -> None:
    """Make a workspace out of a directory, or bring the one of that name up to date."""
    import asyncio

    from kyozo_gql.commands.administration import import_workspace

    print(asyncio.run(_explained(import_workspace(_settings(), directory, name or directory.resolve().name, email, team))))


@app.command()
def version() -> None:
    """Print the version."""
    print(kyozo_gql.__version__)


_ANALYSIS_SETTINGS = ("KYOZO_ANALYSIS_", "KYOZO_BASE_IMAGES", "KYOZO_TOOL_VERSIONS")


def _analysis_settings() -> tuple[Mapping[str, str], Bounds]:
    """The base images and the bounds in force: the defaults, without a look at any setting, where no variable speaks of them."""
    from kyozo_gql.topology.bounds import Bounds
    from kyozo_gql.workspaces.bounds import bounds_of

    if not any(name.upper().startswith(_ANALYSIS_SETTINGS) for name in os.environ):
        return {}, Bounds()
    settings = _settings()
    return settings.generated_bases, bounds_of(settings)


def _settings() -> Settings:
    from pydantic import ValidationError

    from kyozo_gql.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors():
            print(f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}", file=sys.stderr)
        raise typer.Exit(2) from None


def _run(work: Any) -> None:
    """Runs until it ends, or SIGINT or SIGTERM asks it to."""
    import asyncio

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await _explained(work(stop))

    from kyozo_gql.core.logging import configure_logging

    configure_logging(_settings())
    asyncio.run(run())


async def _explained(work: Awaitable[Any]) -> Any:
    """Errors that are meant for people are shown as such."""
    from kyozo_gql.core.errors import KyozoError

    try:
        return await work
    except (KyozoError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


async def _stop_with_parent(stop: asyncio.Event) -> None:
    """Standard input is a pipe that the parent holds: its end is the parent's."""
    import asyncio

    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def wait() -> None:
        await reader.read()
        stop.set()

    _background.add(asyncio.create_task(wait()))


_background: set[asyncio.Task[None]] = set()


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
