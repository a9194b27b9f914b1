"""Files beside operations, as a client sends them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx

from tests.schema.conftest import Client

DOCUMENT = """mutation($input: UploadArchiveInput!) { uploadArchive(input: $input) {
  __typename
  ... on UploadArchivePayload { fileCount workspace { id files { totalCount } } }
  ... on UserError { code message } ... on NotFound { id } ... on InvalidInput { fields { path } } ... on Forbidden { requiredRole }
} }"""


def zip_of(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


async def send_form(client: Client, files: Mapping[str, Any], **headers: str) -> httpx.Response:
    given = {"Authorization": f"Bearer {client.token}"} | headers
    return await client.http.post("/graphql", files=files, headers=given)


def form_of(archive: bytes, **input: Any) -> dict[str, Any]:
    """By the specification: the operation, where its files go, the files."""
    operation = {"query": DOCUMENT, "variables": {"input": input | {"archive": None}}}
    return {
        "operations": (None, json.dumps(operation)),
        "map": (None, json.dumps({"0": ["variables.input.archive"]})),
        "0": ("archive.zip", archive, "application/zip"),
    }


async def upload(client: Client, archive: bytes, **input: Any) -> dict[str, Any]:
    answer = (await send_form(client, form_of(archive, **input))).json()
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]["uploadArchive"]
    return found
