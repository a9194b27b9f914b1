"""A call of every mutation, for the walks of the schema that ask as everybody for everything."""

from __future__ import annotations

from typing import Any

from kyozo_gql.accounts.models import ApiToken, Membership, Role
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.store import create_workspace
from tests.schema.conftest import Client
from tests.schema.rows import make_deployment, make_detection, make_entry, make_event, make_service
from tests.schema.uploads import upload, zip_of

# Who has no token signs in; a team is made in none.
NEED_NO_ROLE = {"signIn", "createTeam"}


async def make_ids(viewer: Viewer) -> dict[str, str]:
    """An id of each type, of things of the viewer's first team with which every mutation has something to do.

    The user is a colleague, a viewer; the token is the colleague's.
    """
    team_id = viewer.team_ids[0]
    workspace = await Workspace.get_or_none(team_id=team_id) or await create_workspace(viewer, team_id=team_id, name="garden")
    await write_file(viewer, workspace.id, "api/Dockerfile", "FROM scratch\n")
    service = await make_service(workspace, "api")
    colleague = await create_user(f"colleague-of-{viewer.user.email}", "Colleague")
    await Membership.create(user_id=colleague.id, team_id=team_id, role=Role.VIEWER)
    token = await ApiToken.create(
        user_id=colleague.id, team_id=team_id, name="x", prefix="x", secret_hash=str(colleague.id), role=Role.VIEWER
    )
    await make_deployment(service, 1, status="succeeded")
    current = await make_deployment(service, 2, status="succeeded")
    under_way = await make_deployment(service, 3)
    await ServiceInstance.filter(id=service.id).update(
        current_deployment_id=current.id,
        target_deployment_id=under_way.id,
        status="running",
        desired_status="running",
        generation=1,
    )
    keys = {
        "ApiToken": token.id,
        "AuditEntry": (await make_entry(team_id, colleague, "a.txt", workspace_id=workspace.id)).id,
        "Deployment": under_way.id,
        "DeploymentEvent": (await make_event(service, 1)).id,
        "File": (await write_file(viewer, workspace.id, "a.txt", "a")).id,
        "ServiceInstance": service.id,
        "Team": team_id,
        "TopologyDetection": (await make_detection(workspace, "api")).id,
        "User": colleague.id,
        "Workspace": workspace.id,
    }
    return {name: encode_id(name, key) for name, key in keys.items()}


def attempts(ids: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What every mutation but those of NEED_NO_ROLE is asked for, with all the ids that it takes."""
    service, workspace, team = ids["ServiceInstance"], ids["Workspace"], ids["Team"]
    return {
        "createApiToken": {"teamId": team, "name": "x", "role": "VIEWER"},
        "revokeApiToken": {"apiTokenId": ids["ApiToken"]},
        "setTeamMember": {"teamId": team, "email": "x@example.org", "role": "VIEWER"},
        "removeTeamMember": {"teamId": team, "userId": ids["User"]},
        "createWorkspace": {"teamId": team, "name": "x"},
        "updateWorkspace": {"workspaceId": workspace, "name": "x"},
        "deleteWorkspace": {"workspaceId": workspace},
        "writeFile": {"workspaceId": workspace, "path": "x", "content": ""},
        "deleteFile": {"workspaceId": workspace, "path": "a.txt"},
        "uploadArchive": {"workspaceId": workspace, "folderPath": ""},
        "analyzeTopology": {"workspaceId": workspace, "folderPath": "api"},
        "reanalyzeTopology": {"topologyDetectionId": ids["TopologyDetection"]},
        "deleteTopologyDetection": {"topologyDetectionId": ids["TopologyDetection"]},
        "analyzeWorkspaceTopology": {"workspaceId": workspace},
        "createServiceInstance": {"workspaceId": workspace, "folderPath": "", "serviceType": "CONTAINERIZED"},
        "updateServiceInstance": {"serviceInstanceId": service},
        "deleteServiceInstance": {"serviceInstanceId": service},
        "deployService": {"serviceInstanceId": service},
        "startService": {"serviceInstanceId": service},
        "stopService": {"serviceInstanceId": service},
        "restartService": {"serviceInstanceId": service},
        "scaleService": {"serviceInstanceId": service, "replicaCount": 2},
        "rollbackService": {"serviceInstanceId": service, "deploymentId": ids["Deployment"]},
        "cancelDeployment": {"deploymentId": ids["Deployment"]},
        "deployWorkspaceServices": {"workspaceId": workspace},
        "stopWorkspaceServices": {"workspaceId": workspace},
    }


async def attempt(client: Client, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a mutation answers; a file goes with an upload."""
    if name == "uploadArchive":
        return await upload(client, zip_of({"b.txt": "b"}), **given)
    return await client.do(name, "__typename", **given)
