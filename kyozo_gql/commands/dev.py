"""``kyozo-gql dev``: everything on one machine, in one folder, with one command.

This process serves the API and looks after the rest: PostgreSQL and Valkey from wheels, and a worker as a child process, which is
started again when it dies and ends by itself when this process does.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from kyozo_gql.accounts.members import bootstrap_owner
from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.tokens import create_token
from kyozo_gql.accounts.viewer import authenticate, viewer_of
from kyozo_gql.api import create_app, serving
from kyozo_gql.core.database import migrate, open_database
from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.core.installation import installation_id
from kyozo_gql.embedded import EmbeddedServers
from kyozo_gql.engines.choice import open_engine
from kyozo_gql.engines.process import ProcessEngine
from kyozo_gql.settings import EngineChoice, Settings

log = structlog.get_logger(__name__)

OWNER_EMAIL = "owner@localhost"
RESPAWN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class DevServer:
    """A running development server: where it is, and the token of its owner."""

    host: str
    port: int
    token: str
    settings: Settings

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://{self.host}:{self.port}/graphql"

    @property
    def graphiql_url(self) -> str:
        """Where GraphiQL is."""
        return f"http://{self.host}:{self.port}/graphiql"


@asynccontextmanager
async def dev_server(host: str, port: int, state_dir: Path, **overrides: Any) -> AsyncIterator[DevServer]:
    """A development server that serves within; what runs as local processes ends with it, containers stay. Raises EmbeddedError."""
    state_dir = state_dir.absolute()
    state_dir.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        servers = await EmbeddedServers.start(state_dir / "servers")
        stack.push_async_callback(servers.stop)
        settings = _settings(state_dir, servers, overrides)
        await migrate(settings.database_url)
        settings, engine = await _choose_engine(settings)
        token = await _owner_token(settings, state_dir / "token")
        stack.push_async_callback(_stop_processes, settings)
        await stack.enter_async_context(_worker(settings))
        await stack.enter_async_context(serving(create_app(settings, token), host, port))
        log.info("engine_in_force", engine=engine)
        yield DevServer(host, port, token, settings)


def _settings(state_dir: Path, servers: EmbeddedServers, overrides: dict[str, Any]) -> Settings:
    given: dict[str, Any] = {
        "database_url": servers.database_url,
        "redis_url": servers.redis_url,
        "state_dir": state_dir,
        **overrides,
    }
    if "WORKSPACE_ROOT" not in os.environ:
        given.setdefault("workspace_root", state_dir / "workspaces")
    if "KYOZO_SECRET_KEY" not in os.environ:
        given["secret_key"] = _kept(state_dir / "secret")
    return Settings(**given)


async def _choose_engine(settings: Settings) -> tuple[Settings, str]:
    """Settles which engine it is, so that the API and the worker agree."""
    async with open_database(settings.database_url, 1):
        engine = await open_engine(settings, await installation_id())
        await engine.close()
    return settings.model_copy(update={"engine": EngineChoice(engine.kind.value)}), engine.kind.value


async def _stop_processes(settings: Settings) -> None:
    """A laptop is left as it was found; the next start brings the services up again."""
    if settings.engine is EngineChoice.PROCESS:
        await ProcessEngine(settings.state_dir / "processes").stop_all()


async def _owner_token(settings: Settings, path: Path) -> str:
    """The token of the development owner: the one that is kept while it holds, else a new one (mode 0600)."""
    with using_settings(settings):
        async with open_database(settings.database_url, 1):
            user, team = await bootstrap_owner(OWNER_EMAIL, "Owner", "Development")
            if path.is_file():
                with suppress(Unauthenticated):
                    await authenticate(path.read_text().strip())
                    return path.read_text().strip()
            _, secret = await create_token(await viewer_of(user), team.id, "development", Role.OWNER, None)
    _write_private(path, secret)
    return secret


def _kept(path: Path) -> str:
    if not path.is_file():
        _write_private(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{text}\n")


@asynccontextmanager
async def _worker(settings: Settings) -> AsyncIterator[None]:
    keeper = asyncio.create_task(_keep_worker(settings), name="worker-keeper")
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep_worker(settings: Settings) -> None:
    """Runs the worker as a child; one that dies is started again."""
    while True:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kyozo_gql.cli", "worker", "--with-parent",
            env=_environment(settings), stdin=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
            await child.wait()
            raise
        log.warning("worker_died", exit_code=code)
        await asyncio.sleep(RESPAWN_SECONDS)


def _environment(settings: Settings) -> dict[str, str]:
    """The environment that gives a child the same settings."""
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "KYOZO_STATE_DIR": str(settings.state_dir),
        "WORKSPACE_ROOT": str(settings.workspace_root),
        "KYOZO_SECRET_KEY": settings.secret_key.get_secret_value(),
        "KYOZO_ENGINE": settings.engine.value,
        "ENABLE_MOCK_DEPLOYMENT": "false",
        "KYOZO_LOG_LEVEL": settings.log_level,
        "KYOZO_LOG_FORMAT": settings.log_format,
    }
