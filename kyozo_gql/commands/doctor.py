"""``kyozo-gql doctor``: what is in force, and whether it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table
from tortoise import connections

from kyozo_gql.core.database import open_database, pending_migrations
from kyozo_gql.core.installation import installation_id
from kyozo_gql.engines.choice import open_engine
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.manifest import load_manifest
from kyozo_gql.settings import Settings

_console = Console(highlight=False, soft_wrap=True)


async def examine(settings: Settings) -> bool:
    """Prints the settings (secrets masked) and the state of each server; answers whether all are well."""
    _print_settings(settings)
    checks: dict[str, Callable[[Settings], Awaitable[str]]] = {
        "PostgreSQL": _postgres,
        "migrations": _migrations,
        "Redis": _redis,
        "engine": _engine,
    }
    if settings.operations_manifest is not None:
        checks["operations"] = _operations
    well = [await _check(name, check, settings) for name, check in checks.items()]
    return all(well)


def _print_settings(settings: Settings) -> None:
    table = Table("setting", "value", box=None)
    for name, value in settings.model_dump().items():
        table.add_row(name, str(value))
    _console.print(table)


async def _check(name: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> bool:
    try:
        said = await check(settings)
    except Exception as error:  # noqa: BLE001 — whatever is wrong is what the doctor is asked for
        _console.print(f"[red]✗[/red] {name}: {str(error) or type(error).__name__}")
        return False
    _console.print(f"[green]✓[/green] {name}: {said}")
    return True


async def _postgres(settings: Settings) -> str:
    async with open_database(settings.database_url, 1):
        rows = await connections.get("default").execute_query_dict("SHOW server_version")
    return str(rows[0]["server_version"])


async def _migrations(settings: Settings) -> str:
    pending = await pending_migrations(settings.database_url)
    if pending:
        raise RuntimeError(f"{', '.join(pending)} not applied: run kyozo-gql migrate")
    return "up to date"


async def _redis(settings: Settings) -> str:
    async with Redis.from_url(settings.redis_url) as redis:
        info = await redis.info("server")
    return f"{info.get('valkey_version', info['redis_version'])}"


async def _engine(settings: Settings) -> str:
    async with open_database(settings.database_url, 1):
        engine = await open_engine(settings, await installation_id())
    try:
        info = await engine.info()
    finally:
        await engine.close()
    return f"{info.kind.value} {info.version}" + (f", API {info.api_version}" if info.api_version else "")


async def _operations(settings: Settings) -> str:
    schema = build_schema()._schema  # noqa: SLF001 — graphql-core's
    count = len(load_manifest(Path(str(settings.operations_manifest)), schema, settings))
    return f"{count} registered" + (", no others run" if settings.registered_operations_only else "")
