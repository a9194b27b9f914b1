"""What an operator does from the command line, without the API."""

from __future__ import annotations

from pathlib import Path

from kyozo_gql.accounts.members import bootstrap_owner
from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.tokens import create_token
from kyozo_gql.accounts.viewer import viewer_of
from kyozo_gql.core.database import open_database
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.store import import_directory


async def make_token(settings: Settings, email: str, team_name: str, name: str, role: Role) -> str:
    """The secret of a new token of a user for a team; both are made where there are none. Raises InvalidInput, Forbidden."""
    with using_settings(settings):
        async with open_database(settings.database_url, 1):
            user, team = await bootstrap_owner(email, email.partition("@")[0], team_name)
            _, secret = await create_token(await viewer_of(user), team.id, name, role, None)
    return secret


async def import_workspace(settings: Settings, directory: Path, name: str, email: str, team_name: str) -> str:
    """The id of the workspace that a directory was copied into. Raises InvalidInput, Forbidden."""
    with using_settings(settings):
        async with open_database(settings.database_url, 2):
            user, team = await bootstrap_owner(email, email.partition("@")[0], team_name)
            workspace = await import_directory(await viewer_of(user), team.id, name, directory)
    return str(workspace.id)
