from __future__ import annotations

import pytest

from kyozo_gql.accounts.models import Role, User
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.errors import Forbidden
from kyozo_gql.core.ids import new_id

ALLOWED = {
    Role.VIEWER: {Action.READ},
    Role.MEMBER: {Action.READ, Action.EDIT, Action.OPERATE, Action.CREATE_TOKENS},
    Role.ADMIN: set(Action) - {Action.MANAGE_OWNERS},
    Role.OWNER: set(Action),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_the_table_says(role, action):
    team_id = new_id()
    viewer = Viewer(User(), {team_id: role})
    try:
        viewer.require(team_id, LEAST_ROLE[action], "Team")
    except Forbidden:
        assert action not in ALLOWED[role]
    else:
        assert action in ALLOWED[role]
