"""The id of this installation: one for each database. What runs in a shared engine is told apart by it."""

from __future__ import annotations

from tortoise import connections


async def installation_id() -> str:
    """Twelve hexadecimal digits, made with the tables."""
    rows = await connections.get("default").execute_query_dict("SELECT id FROM installation")
    return str(rows[0]["id"])
