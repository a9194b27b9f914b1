"""The tables as PostgreSQL has them, held against the source document: columns, checks, indexes, on-delete rules."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from kyozo_gql.accounts.models import Team
from kyozo_gql.core.database import APP, migrate, migrations_folder, open_command, pending_migrations
from tests.database import connected, scratch_database

REPOSITORY = Path(__file__).parents[1]
ID = ("uuid", False, "uuid_generate_v7()")
TIME = ("timestamp with time zone", False, "now()")
LATER = ("timestamp with time zone", True, None)
TEXT = ("text", False, None)
MAYBE_TEXT = ("text", True, None)
MAP = ("jsonb", False, "'{}'::jsonb")
FLAG = ("boolean", False, "false")
KEY = ("uuid", False, None)
MAYBE_KEY = ("uuid", True, None)
NUMBER = ("integer", True, None)
DECIMAL = ("numeric", True, None)

# table → column → (type, nullable, default)
COLUMNS: dict[str, dict[str, tuple[str, bool, str | None]]] = {
    "service_instances": {
        "id": ID, "name": TEXT, "folder_path": TEXT, "service_type": TEXT, "status": ("text", False, "'detecting'::text"),
        "container_id": MAYBE_TEXT, "deployment_config": MAP, "port_mappings": MAP, "environment_variables": MAP,
        "resource_limits": MAP, "health_check_config": ("jsonb", True, None), "scaling_config": MAP, "last_health_check_at": LATER,
        "health_status": ("text", False, "'unknown'::text"), "deployment_logs": MAYBE_TEXT, "startup_time_ms": NUMBER,
        "memory_usage_mb": NUMBER, "cpu_usage_percent": DECIMAL, "workspace_id": KEY, "team_id": KEY, "created_by_id": MAYBE_KEY,
        "topology_detection_id": MAYBE_KEY, "parent_service_id": MAYBE_KEY, "created_at": TIME, "updated_at": TIME,
        "deployed_at": LATER, "last_accessed_at": LATER,
    },
    "topology_detections": {
        "id": ID, "folder_path": TEXT, "detected_patterns": MAP, "service_indicators": MAP, "dependency_map": MAP,
        "deployment_recommendations": MAP, "confidence_score": DECIMAL, "analysis_metadata": MAP, "workspace_id": KEY,
        "team_id": KEY, "created_at": TIME, "updated_at": TIME,
    },
    "deployment_events": {
        "id": ID, "event_type": TEXT, "event_data": MAP, "error_message": MAYBE_TEXT, "duration_ms": NUMBER,
        "service_instance_id": KEY, "triggered_by_id": MAYBE_KEY, "created_at": TIME,
    },
    "workspaces": {
        "container_enabled": FLAG, "service_topology": MAP, "auto_deploy_enabled": FLAG, "container_registry_url": MAYBE_TEXT,
        "deployment_environment": ("text", False, "'development'::text"),
    },
    "files": {"service_metadata": MAP, "is_service_indicator": FLAG, "detected_technologies": ("ARRAY", False, "'{}'::text[]")},
}  # fmt: skip

# (table, name) → values that the check lets pass, values that it does not
CHECKS = {
    ("service_instances", "valid_service_type"): ["containerized", "nodejs", "python", "golang", "rust", "compose_stack", "proxy"],
    ("service_instances", "valid_status"): ["detecting", "deployable", "deploying", "running", "stopped", "error", "scaling"],
    ("service_instances", "valid_health_status"): ["healthy", "unhealthy", "unknown"],
    ("deployment_events", "valid_event_type"): [
        "deployment_started", "deployment_completed", "deployment_failed", "service_started", "service_stopped", "service_scaled",
        "health_check_failed",
    ],
    ("workspaces", "valid_deployment_environment"): ["development", "staging", "production"],
}  # fmt: skip
BOUNDS = {
    ("service_instances", "positive_startup_time"): "startup_time_ms IS NULL OR startup_time_ms >= 0",
    ("service_instances", "positive_memory_usage"): "memory_usage_mb IS NULL OR memory_usage_mb >= 0",
    ("deployment_events", "positive_duration"): "duration_ms IS NULL OR duration_ms >= 0",
    (
        "topology_detections",
        "valid_confidence_score",
    ): "confidence_score IS NULL OR confidence_score >= 0.0 AND confidence_score <= 1.0",
}

# table, columns, method, unique; the name is the one that Ecto gives
INDEXES = [
    ("service_instances", ("team_id", "workspace_id", "status"), "btree", False),
    ("service_instances", ("team_id", "service_type"), "btree", False),
    ("service_instances", ("status", "health_status"), "btree", False),
    ("service_instances", ("workspace_id", "folder_path"), "btree", True),
    ("service_instances", ("created_at",), "btree", False),
    ("service_instances", ("updated_at",), "btree", False),
    ("topology_detections", ("team_id", "workspace_id"), "btree", False),
    ("topology_detections", ("workspace_id", "folder_path"), "btree", True),
    ("topology_detections", ("confidence_score",), "btree", False),
    ("topology_detections", ("created_at",), "btree", False),
    ("deployment_events", ("service_instance_id", "created_at"), "btree", False),
    ("deployment_events", ("event_type", "created_at"), "btree", False),
    ("deployment_events", ("created_at",), "btree", False),
    ("workspaces", ("team_id", "container_enabled"), "btree", False),
    ("workspaces", ("deployment_environment",), "btree", False),
    ("files", ("workspace_id", "is_service_indicator"), "btree", False),
    ("files", ("detected_technologies",), "gin", False),
]

REFERENCES = {
    ("service_instances", "workspace_id"): ("workspaces", "CASCADE"),
    ("service_instances", "team_id"): ("teams", "CASCADE"),
    ("service_instances", "created_by_id"): ("users", "SET NULL"),
    ("service_instances", "topology_detection_id"): ("topology_detections", "SET NULL"),
    ("service_instances", "parent_service_id"): ("service_instances", "SET NULL"),
    ("topology_detections", "workspace_id"): ("workspaces", "CASCADE"),
    ("topology_detections", "team_id"): ("teams", "CASCADE"),
    ("deployment_events", "service_instance_id"): ("service_instances", "CASCADE"),
    ("deployment_events", "triggered_by_id"): ("users", "SET NULL"),
}


@pytest.fixture(scope="module")
async def catalogue(migrated_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(migrated_url) as connection:
        yield connection


@pytest.mark.parametrize("table", COLUMNS)
async def test_columns(catalogue, table):
    rows = await catalogue.fetch(
        "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = $1",
        table,
    )
    found = {row["column_name"]: (row["data_type"], row["is_nullable"] == "YES", row["column_default"]) for row in rows}
    assert {name: found.get(name) for name in COLUMNS[table]} == COLUMNS[table]


async def test_technologies_are_an_array_of_text(catalogue):
    kind = await catalogue.fetchval(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = 'files'::regclass AND attname = 'detected_technologies'"
    )
    assert kind == "text[]"


@pytest.mark.parametrize(("table", "name"), CHECKS)
async def test_checks_of_enumerations(catalogue, table, name):
    definition = await check(catalogue, table, name)
    values = [part.split("'")[0] for part in definition.split("'")[1::2]]
    assert values == CHECKS[table, name]


@pytest.mark.parametrize(("table", "name"), BOUNDS)
async def test_checks_of_bounds(catalogue, table, name):
    definition = await check(catalogue, table, name)
    plain = definition.removeprefix("CHECK ").replace("(", "").replace(")", "").replace("::numeric", "")
    assert plain == BOUNDS[table, name]


async def check(catalogue: asyncpg.Connection, table: str, name: str) -> str:
    definition = await catalogue.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = $1::text::regclass AND conname = $2 AND contype = 'c'",
        table,
        name,
    )
    assert definition is not None, f"{table} has no check {name}"
    return str(definition)


@pytest.mark.parametrize(("table", "columns", "method", "unique"), INDEXES)
async def test_indexes(catalogue, table, columns, method, unique):
    name = f"{table}_{'_'.join(columns)}_index"
    definition = await catalogue.fetchval("SELECT indexdef FROM pg_indexes WHERE tablename = $1 AND indexname = $2", table, name)
    kind = "UNIQUE INDEX" if unique else "INDEX"
    assert definition == f"CREATE {kind} {name} ON public.{table} USING {method} ({', '.join(columns)})"


async def test_no_name_is_cut_off(catalogue):
    names = await catalogue.fetch("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert [row["indexname"] for row in names if len(row["indexname"]) >= 63] == []


@pytest.mark.parametrize(("table", "column"), REFERENCES)
async def test_on_delete_rules(catalogue, table, column):
    target, rule = REFERENCES[table, column]
    name = f"{table}_{column}_fkey"
    definition = await catalogue.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1 AND contype = 'f'", name
    )
    assert definition == f"FOREIGN KEY ({column}) REFERENCES {target}(id) ON DELETE {rule}"


async def test_every_table_has_a_uuid_of_version_7_for_its_rows(catalogue):
    ids = await catalogue.fetch("SELECT uuid_generate_v7() AS id FROM generate_series(1, 100)")
    assert {row["id"].version for row in ids} == {7}
    assert len({row["id"] for row in ids}) == 100


async def test_a_row_made_by_hand_gets_every_default(catalogue):
    transaction = catalogue.transaction()
    await transaction.start()
    try:
        team = await catalogue.fetchval("INSERT INTO teams (name) VALUES ('t') RETURNING id")
        workspace = await catalogue.fetchval("INSERT INTO workspaces (name, team_id) VALUES ('w', $1) RETURNING id", team)
        service = await catalogue.fetchrow(
            "INSERT INTO service_instances (name, folder_path, service_type, workspace_id, team_id) "
            "VALUES ('s', 'f', 'python', $1, $2) RETURNING *",
            workspace,
            team,
        )
        assert (service["status"], service["health_status"], service["port_mappings"]) == ("detecting", "unknown", "{}")
        await catalogue.execute("DELETE FROM teams WHERE id = $1", team)
        assert await catalogue.fetchval("SELECT count(*) FROM service_instances WHERE id = $1", service["id"]) == 0
    finally:
        await transaction.rollback()


async def test_migrate_is_safe_when_three_start_at_once_and_later_finds_nothing_to_do(servers):
    async with scratch_database(servers, "at_once") as url:
        assert len(await pending_migrations(url)) == len(list_migrations())
        applied = await asyncio.gather(*(migrate(url) for _ in range(3)))
        assert sorted(map(len, applied)) == [0, 0, len(list_migrations())]
        assert await migrate(url) == []
        assert await pending_migrations(url) == []


async def test_three_processes_may_migrate_at_once(servers):
    program = "import asyncio, sys; from kyozo_gql.core.database import migrate; asyncio.run(migrate(sys.argv[1]))"
    async with scratch_database(servers, "processes") as url:
        started = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", program, url, cwd=REPOSITORY, stderr=subprocess.PIPE)
            for _ in range(3)
        ]
        ended = [(await one.communicate())[1] for one in started]
        assert [one.returncode for one in started] == [0, 0, 0], ended
        assert await tables(url) >= set(COLUMNS)


async def test_a_database_that_is_open_stays_so_while_another_one_is_migrated(servers, database):
    async with scratch_database(servers, "beside") as url:
        await migrate(url)
        assert await Team.all().count() == 0
        await Team.create(name="still here")
    async with connected(database) as connection:
        assert await connection.fetchval("SELECT name FROM teams") == "still here"


async def test_a_downgrade_leaves_nothing_and_can_be_taken_back(servers):
    async with scratch_database(servers, "downward") as url:
        await migrate(url)
        made = await tables(url)
        async with open_command(url) as command:
            await command.downgrade(version=0, delete=False)
        assert await tables(url) <= {"aerich"}
        async with connected(url) as connection:
            assert await connection.fetchval("SELECT count(*) FROM pg_proc WHERE proname = 'uuid_generate_v7'") == 0
        await migrate(url)
        assert await tables(url) == made


async def tables(url: str) -> set[str]:
    async with connected(url) as connection:
        return {row["tablename"] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def list_migrations() -> list[str]:
    return sorted(path.name for path in (migrations_folder() / APP).glob("*.py") if path.name != "__init__.py")


def test_the_migrations_say_what_the_models_say(tmp_path):
    shutil.copytree(REPOSITORY / "migrations", tmp_path / "migrations")
    settings = (REPOSITORY / "pyproject.toml").read_text().replace('src_folder = "./."', f'src_folder = "{REPOSITORY}"')
    (tmp_path / "pyproject.toml").write_text(settings)
    aerich = Path(sys.executable).with_name("aerich")
    done = subprocess.run(
        [aerich, "--app", APP, "migrate", "--offline", "--name", "drift"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    made = sorted(path.name for path in (tmp_path / "migrations" / APP).glob("*.py") if path.name != "__init__.py")
    assert made == list_migrations(), done.stdout
