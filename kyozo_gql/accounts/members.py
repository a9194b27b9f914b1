"""Teams and who belongs to them."""

from __future__ import annotations

from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from kyozo_gql.accounts.audit import Subject, record
from kyozo_gql.accounts.idempotency import again, once
from kyozo_gql.accounts.models import ApiToken, Membership, Role, Team, User
from kyozo_gql.accounts.names import LONGEST_NAME, check_name
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.rights import rights_changed
from kyozo_gql.accounts.users import check_email
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Conflict, Forbidden, NotFound
from kyozo_gql.core.outbox import post, transaction


async def create_team(viewer: Viewer, name: str, idempotency_key: str | None = None) -> Team:
    """A team with its first owner, the viewer. Raises InvalidInput, Conflict (of the key), NotFound (asked again: it is gone)."""
    name = check_name(name)
    async with once(viewer, idempotency_key, "createTeam", name=name) as attempt:
        if attempt.first_answer is not None:
            return await again(Team.filter(memberships__user_id=viewer.user.id), attempt.first_answer["team"])
        team = await Team.create(name=name)
        await Membership.create(user_id=viewer.user.id, team_id=team.id, role=Role.OWNER)
        await record(viewer, "createTeam", Subject("Team", team.id, team.name, team.id))
        await attempt.keep(team=team.id)
    return team


async def memberships_of(viewer: Viewer) -> list[Membership]:
    """The viewer's own memberships in the teams in sight, with user and team, the oldest first."""
    rows = Membership.filter(user_id=viewer.user.id, team_id__in=viewer.team_ids)
    return await rows.select_related("user", "team").order_by("created_at", "id")


async def set_member(viewer: Viewer, team_id: UUID, email: str, role: Role) -> Membership:
    """Gives the user with that address a role in a team; who is no user yet becomes one, without a password.

    Nobody gives a role above the own one; owners are managed by owners. Raises NotFound, Forbidden, InvalidInput, Conflict (it
    would leave the team without an owner).
    """
    viewer.require(team_id, LEAST_ROLE[Action.MANAGE_MEMBERS], "Team")
    viewer.require(team_id, role, "Team")
    email = check_email(email)
    async with transaction():
        await _hold(viewer, team_id)
        user = await _get_or_create_user(email, email.partition("@")[0][:LONGEST_NAME])
        membership = await Membership.get_or_none(user_id=user.id, team_id=team_id)
        former = membership and membership.role
        if membership is None:
            membership = await Membership.create(user_id=user.id, team_id=team_id, role=role)
        else:
            if membership.role is Role.OWNER and role is not Role.OWNER:
                await _let_go(viewer, membership)
            membership.role = role
            await membership.save(update_fields=["role", "updated_at"])
        subject = Subject("User", user.id, user.email, team_id)
        await record(viewer, "setTeamMember", subject, role=role, former_role=former)
        if former is not None:
            post(rights_changed(user.id))
    return membership


async def remove_member(viewer: Viewer, team_id: UUID, user_id: UUID) -> Team:
    """Ends a membership, and the user's tokens for that team. Whoever wants to may leave.

    Raises NotFound, Forbidden, Conflict (the last owner stays).
    """
    viewer.require(team_id, Role.VIEWER, "Team")
    async with transaction():
        team = await _hold(viewer, team_id)
        membership = await Membership.get_or_none(user_id=user_id, team_id=team_id)
        if user_id != viewer.user.id:
            viewer.require(team_id, LEAST_ROLE[Action.MANAGE_MEMBERS], "Team")
        if membership is None:
            raise NotFound("User")
        if user_id == viewer.user.id and viewer.roles[team_id] is not membership.role:
            raise Forbidden("this token may do less than you: leave with one that may do the same", membership.role.value)
        if membership.role is Role.OWNER:
            await _let_go(viewer, membership)
        await ApiToken.filter(user_id=user_id, team_id=team_id, revoked_at__isnull=True).update(revoked_at=now())
        await membership.delete()
        user = await User.get(id=user_id)
        subject = Subject("User", user.id, user.email, team_id)
        await record(viewer, "removeTeamMember", subject, former_role=membership.role)
        post(rights_changed(user_id))
    return team


async def bootstrap_owner(email: str, name: str, team_name: str) -> tuple[User, Team]:
    """The user with that address and a team of that name that the user owns; what is missing is made.

    Also when several start at once. Raises InvalidInput.
    """
    email, name, team_name = check_email(email), check_name(name), check_name(team_name, "teamName")
    user = await _get_or_create_user(email, name)
    async with transaction():
        await User.filter(id=user.id).select_for_update().first()  # one team, however many ask for it
        owned = Membership.filter(user_id=user.id, role=Role.OWNER, team__name=team_name)
        membership = await owned.select_related("team").order_by("created_at", "id").first()
        team = membership.team if membership else await create_team(Viewer(user, {}), team_name)
    return user, team


async def _hold(viewer: Viewer, team_id: UUID) -> Team:
    """Within a transaction: of two who change a team's members, one waits for the other, and may be somebody else by then.

    Raises NotFound, Conflict.
    """
    team = await Team.filter(id=team_id).select_for_update(no_key=True).first()
    now_held = await Membership.get_or_none(user_id=viewer.user.id, team_id=team_id)
    if team is None or now_held is None:
        raise NotFound("Team")
    if now_held.role.rank < viewer.roles[team_id].rank:
        raise Conflict("your role in the team was changed at the same moment; ask again")
    return team


async def _let_go(viewer: Viewer, owner: Membership) -> None:
    """Lets pass who may take an owner's role, as long as there is another owner. Raises Forbidden, Conflict."""
    viewer.require(owner.team_id, LEAST_ROLE[Action.MANAGE_OWNERS], "Team")
    if not await Membership.filter(team_id=owner.team_id, role=Role.OWNER).exclude(id=owner.id).exists():
        raise Conflict("the team would be left without an owner; make somebody else an owner first")


async def _get_or_create_user(email: str, name: str) -> User:
    user = await User.get_or_none(email=email)
    if user is not None:
        return user
    try:
        async with in_transaction():  # a part of the one around, which goes on when somebody was quicker
            return await User.create(email=email, name=name)
    except IntegrityError:  # somebody was quicker
        return await User.get(email=email)
