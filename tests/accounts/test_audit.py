from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kyozo_gql.accounts.audit import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_MEMBERS,
    Subject,
    entries_in_sight,
    own_entries,
    prune_entries,
    record,
)
from kyozo_gql.accounts.members import bootstrap_owner, set_member
from kyozo_gql.accounts.models import AuditEntry, Membership, Role, User
from kyozo_gql.accounts.tokens import create_token
from kyozo_gql.accounts.viewer import Viewer, authenticate, viewer_of
from kyozo_gql.core.clock import now
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.outbox import transaction
from tests.database import connected


async def write(viewer: Viewer, team_id: Any, name: str = "thing", **details: Any) -> AuditEntry:
    async with transaction():
        await record(viewer, "act", Subject("Thing", new_id(), name, team_id), **details)
    return (await AuditEntry.filter(action="act").order_by("-created_at", "-id").first()) or pytest.fail("there is none")


async def test_an_entry_needs_a_transaction(owner, team):
    with pytest.raises(RuntimeError):
        await record(owner, "act", Subject("Thing", None, "thing", team.id))
    assert not await AuditEntry.filter(action="act").exists()


async def test_a_rollback_leaves_none(owner, team):
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 — a transaction is what is in it
        async with transaction():
            await set_member(owner, team.id, "new@example.org", Role.VIEWER)
            assert await AuditEntry.filter(action="setTeamMember").exists()
            raise ZeroDivisionError
    assert not await AuditEntry.filter(action="setTeamMember").exists()


async def test_neither_does_a_connection_that_dies(owner, team, database):
    async with connected(database) as connection:
        with pytest.raises(Exception, match=r"connection|closed|terminat"):  # noqa: PT012 — a transaction is what is in it
            async with transaction():
                await set_member(owner, team.id, "new@example.org", Role.VIEWER)
                await connection.execute(
                    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND state = 'idle in transaction'"
                )
    assert not await User.exists(email="new@example.org")
    assert not await AuditEntry.filter(action="setTeamMember").exists()


async def test_what_it_speaks_of_may_be_gone(owner, team):
    _, secret = await create_token(owner, team.id, "ci", Role.ADMIN, None)
    viewer = await authenticate(secret)
    entry = await write(viewer, team.id)
    await team.delete()
    await viewer.user.delete()
    await entry.refresh_from_db()
    assert (entry.team_id, entry.user_email, entry.token_name) == (team.id, "owner@example.org", "ci")


async def test_details_are_bounded(owner, team):
    entry = await write(
        owner,
        team.id,
        "n" * 1_000,
        long_text="x" * 1_000,
        many=list(range(1_000)),
        mapping={f"k{number:04}": "y" * 1_000 for number in range(1_000)},
        odd="a\x00b\ud800",
        role=Role.OWNER,
        when=now(),
        nothing=None,
    )
    assert len(entry.subject_name) == LONGEST_NAME
    details = (await AuditEntry.get(id=entry.id)).details
    assert details["longText"] == "x" * (LONGEST_TEXT - 1) + "…"
    assert details["many"] == [*range(MOST_MEMBERS), "… 950 more"]
    assert (len(details["mapping"]), details["mapping"]["…"]) == (MOST_MEMBERS + 1, "950 more")
    assert (details["odd"], details["role"], details["nothing"]) == ("a?b?", "OWNER", None)
    assert details["when"].endswith("+00:00")


async def test_who_sees_which(owner, other_owner, member_as, team):
    member, admin = await member_as(Role.MEMBER), await member_as(Role.ADMIN)
    theirs, ours, nobodys = await write(member, team.id), await write(owner, team.id), await write(member, None)
    made_here = AuditEntry.filter(action="act")

    async def sees(viewer: Viewer) -> set[Any]:
        return {row.id for row in await entries_in_sight(viewer).filter(action="act")}

    assert {row.id for row in await made_here} == {theirs.id, ours.id, nobodys.id}
    assert await sees(owner) == await sees(admin) == {theirs.id, ours.id}
    assert await sees(member) == {theirs.id, nobodys.id}
    assert await sees(other_owner) == set()
    _, secret = await create_token(member, team.id, "ci", Role.MEMBER, None)
    assert await sees(await authenticate(secret)) == {theirs.id}
    await Membership.filter(user_id=member.user.id).delete()
    assert {row.id for row in await own_entries(await viewer_of(member.user)).filter(action="act")} == {nobodys.id}


async def test_the_command_line_is_written_down_as_well(database):
    user, team = await bootstrap_owner("new@example.org", "New", "Newcomers")
    await bootstrap_owner("new@example.org", "New", "Newcomers")
    entry = await AuditEntry.get(team_id=team.id)
    assert (entry.action, entry.user_id, entry.token_id, entry.subject_name) == ("createTeam", user.id, None, "Newcomers")


async def test_old_entries_are_cleared_away(owner, team):
    old, new = await write(owner, team.id), await write(owner, team.id)
    await AuditEntry.filter(id=old.id).update(created_at=now() - timedelta(days=10, minutes=1))
    await AuditEntry.filter(id=new.id).update(created_at=now() - timedelta(days=10) + timedelta(minutes=5))
    await prune_entries(0)
    assert await AuditEntry.filter(action="act").count() == 2
    await prune_entries(10)
    assert [row.id for row in await AuditEntry.filter(action="act")] == [new.id]
