"""Teams and who belongs to them."""

from __future__ import annotations

from tortoise.exceptions import IntegrityError

from kyozo_gql.accounts.models import Membership, Role, Team, User
from kyozo_gql.accounts.names import check_name
from kyozo_gql.accounts.users import check_email
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.outbox import transaction


async def create_team(owner: User, name: str) -> Team:
    """A team with its first owner. Raises InvalidInput."""
    name = check_name(name)
    async with transaction():
        team = await Team.create(name=name)
        await Membership.create(user_id=owner.id, team_id=team.id, role=Role.OWNER)
    return team


async def memberships_of(viewer: Viewer) -> list[Membership]:
    """The viewer's own memberships in the teams in sight, with user and team, the oldest first."""
    rows = Membership.filter(user_id=viewer.user.id, team_id__in=viewer.team_ids)
    return await rows.select_related("user", "team").order_by("created_at", "id")


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
        team = membership.team if membership else await create_team(user, team_name)
    return user, team


async def _get_or_create_user(email: str, name: str) -> User:
    user = await User.get_or_none(email=email)
    if user is not None:
        return user
    try:
        return await User.create(email=email, name=name)
    except IntegrityError:  # somebody was quicker
        return await User.get(email=email)
