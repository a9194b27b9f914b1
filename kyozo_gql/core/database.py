"""The one database: opening and closing it, and bringing its tables up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from aerich import Command
from aerich.migrate import Migrate
from tortoise import Tortoise, connections
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError

import kyozo_gql

APP = "kyozo"
MODELS = ["kyozo_gql.accounts.models", "kyozo_gql.workspaces.models", "kyozo_gql.containers.models", "aerich.models"]
_MIGRATION_LOCK = 0x6B796F7A6F  # any constant that is ours: the letters "kyozo"


def tortoise_config(database_url: str, pool_size: int = 10) -> dict[str, Any]:
    """What Tortoise and aerich are configured with."""
    connection = expand_db_url(database_url)
    connection["credentials"] |= {"minsize": 1, "maxsize": pool_size, "server_settings": {"application_name": "kyozo-gql"}}
    return {
        "connections": {"default": connection},
        "apps": {APP: {"models": MODELS, "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


# What the aerich command line of the Makefile reads. Making migrations needs no server.
TORTOISE_ORM = tortoise_config("postgres://kyozo@127.0.0.1:5432/kyozo")


@asynccontextmanager
async def open_database(database_url: str, pool_size: int = 10) -> AsyncIterator[None]:
    """The models answer within. Raises what asyncpg raises where the server does not."""
    await Tortoise.init(config=tortoise_config(database_url, pool_size), _enable_global_fallback=True)
    try:
        await connections.get("default").execute_query("SELECT 1")
        yield
    finally:
        await Tortoise.close_connections()


def migrations_folder() -> Path:
    """Where the migrations are: beside the package in a checkout, inside it when installed."""
    package = Path(kyozo_gql.__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


async def migrate(database_url: str) -> list[str]:
    """Brings the tables up to date and answers which migrations were applied. Safe when several start at once."""
    async with _migration_lock(database_url), open_command(database_url) as command:
        return await command.upgrade(run_in_transaction=True)


async def pending_migrations(database_url: str) -> list[str]:
    """The migrations that the database lacks, oldest first."""
    async with open_command(database_url) as command:
        try:
            return await command.heads()
        except OperationalError:  # never migrated: there is not even the table that would say so
            return Migrate.get_all_version_files()


@asynccontextmanager
async def open_command(database_url: str) -> AsyncIterator[Command]:
    """aerich, in a context of its own: without one it takes over, and closes, that of whoever called."""
    with TortoiseContext():
        async with Command(tortoise_config(database_url), app=APP, location=str(migrations_folder())) as command:
            yield command


@asynccontextmanager
async def _migration_lock(database_url: str) -> AsyncIterator[None]:
    """Concurrent upgrades crash one another: they take turns, on a connection of its own."""
    credentials = expand_db_url(database_url)["credentials"]
    connection = await asyncpg.connect(**credentials)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        yield
    finally:
        await connection.close()
