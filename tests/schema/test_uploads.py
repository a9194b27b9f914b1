from __future__ import annotations

import json
from typing import Any

import pytest

from kyozo_gql.schema.ids import encode_id
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.schema.conftest import Client
from tests.schema.uploads import DOCUMENT, form_of, send_form, upload, zip_of

FILES = {"main.py": "print(1)\n", "lib/x.py": ""}


@pytest.fixture
def id(workspace: Workspace) -> str:
    return encode_id("Workspace", workspace.id)


async def test_an_archive_is_unpacked(client: Client, id: str, workspace: Workspace):
    found = await upload(client, zip_of(FILES), workspaceId=id, folderPath="api")
    assert found == {"__typename": "UploadArchivePayload", "fileCount": 2, "workspace": {"id": id, "files": {"totalCount": 2}}}
    assert (workspace_folder(workspace.id) / "api/main.py").read_text() == FILES["main.py"]


async def test_a_large_one(client: Client, id: str, settings: Settings):
    large = zip_of({"large.txt": "x" * (settings.max_body_bytes * 2)})
    assert len(large) > settings.max_body_bytes
    assert (await upload(client, large, workspaceId=id, folderPath=""))["fileCount"] == 1


async def test_what_is_no_archive(client: Client, id: str):
    for archive, path in ((b"nonsense", "archive"), (zip_of({"../x": ""}), "archive")):
        refused = await upload(client, archive, workspaceId=id, folderPath="")
        assert (refused["__typename"], refused["fields"]) == ("InvalidInput", [{"path": path}])
    refused = await upload(client, zip_of(FILES), workspaceId=id, folderPath="../x")
    assert refused["fields"] == [{"path": "folderPath"}]


@pytest.mark.parametrize("value", ["x", 1, None, {}, ["x"]])
async def test_a_value_is_no_file(client: Client, id: str, value: Any):
    error = await client.fail(DOCUMENT, input={"workspaceId": id, "folderPath": "", "archive": value})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("operations", "map"),
    [
        ("{", "{}"),
        ("[]", "{}"),
        ("5", "{}"),
        ('"x"', '{"0": ["x"]}'),
        ("{}", "{}"),
        ("{}", "5"),
        ("{}", "[]"),
        ("{}", '{"0": 5}'),
        ("{}", '{"0": [5]}'),
        ("{}", '{"0": ["variables.input.archive"]}'),
        ("{}", '{"1": ["variables"]}'),
        ('{"variables": []}', '{"0": ["variables.x"]}'),
        ('{"variables": [1]}', '{"0": ["variables.7"]}'),
        ('{"query": "{ __typename }"}', '{"0": ["query"]}'),
        ("[" * 10_000, "{}"),
        ('[{"query": "{ __typename }"}]', "{}"),
    ],
)
async def test_forms_that_are_none(client: Client, operations: str, map: str):
    response = await send_form(client, {"operations": (None, operations), "map": (None, map), "0": ("x", b"x")})
    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_bodies_that_are_no_forms(client: Client):
    for content, content_type in (
        (b"", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=x"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
    ):
        headers = {"Authorization": f"Bearer {client.token}", "Content-Type": content_type}
        response = await client.http.post("/graphql", content=content, headers=headers)
        assert response.status_code == 400, response.text
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_too_large(client: Client, id: str, settings: Settings):
    response = await send_form(client, form_of(b"x" * (settings.max_upload_bytes + 1), workspaceId=id, folderPath=""))
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (413, "BODY_TOO_LARGE")


async def test_without_a_token(client: Client, id: str):
    response = await client.http.post("/graphql", files=form_of(zip_of(FILES), workspaceId=id, folderPath=""))
    assert response.status_code == 401
    sign_in = json.dumps({"query": 'mutation { signIn(input: {email: "a", password: "b"}) { __typename } }'})
    response = await client.http.post("/graphql", files={"operations": (None, sign_in), "map": (None, "{}")})
    assert response.status_code == 401
