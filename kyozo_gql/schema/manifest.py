"""The operations that an operator registered: a file that a client's build wrote.

Two formats are read: Apollo's persisted query manifest, and an object of texts by their hash or id, as relay-compiler writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema, parse, validate

from kyozo_gql.core.errors import KyozoError
from kyozo_gql.schema.json import read_json
from kyozo_gql.schema.limits import find_extent, find_fault
from kyozo_gql.schema.persisted import Documents
from kyozo_gql.settings import Settings

_APOLLO: Final = "apollo-persisted-query-manifest"
_SHOWN: Final = 5


class BadManifest(KyozoError):
    """The file that KYOZO_OPERATIONS_MANIFEST names can't be used; the message says why."""

    code = "BAD_MANIFEST"


class _Malformed(Exception):
    pass


def read_documents(settings: Settings, schema: GraphQLSchema) -> Documents:
    """Where operations are found by these settings. Raises BadManifest."""
    path = settings.operations_manifest
    registered = {} if path is None else load_manifest(path, schema, settings)
    return Documents(registered, only_registered=settings.registered_operations_only, automatic=settings.persisted_queries)


def load_manifest(path: Path, schema: GraphQLSchema, settings: Settings) -> dict[str, str]:
    """The texts of the operations by their ids, each valid by the schema and within the bounds in force. Raises BadManifest."""
    try:
        operations = _read(read_json(path.read_bytes()))
    except (OSError, ValueError, _Malformed) as error:
        raise BadManifest(f"KYOZO_OPERATIONS_MANIFEST {path}: {error}") from error
    faults = [f"{id}: {fault}" for id, text in operations.items() if (fault := _fault_of(text, schema, settings)) is not None]
    if faults:
        more = f" … and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise BadManifest(f"KYOZO_OPERATIONS_MANIFEST {path}: {'; '.join(faults[:_SHOWN])}{more}")
    return operations


def _read(manifest: Any) -> dict[str, str]:
    if not isinstance(manifest, Mapping):
        raise _Malformed("it must be a JSON object")
    if "format" in manifest or "operations" in manifest:
        return _read_apollo(manifest)
    if not all(isinstance(text, str) for text in manifest.values()):
        raise _Malformed("each value must be the text of an operation")
    return dict(manifest)


def _read_apollo(manifest: Mapping[str, Any]) -> dict[str, str]:
    if (manifest.get("format"), manifest.get("version")) != (_APOLLO, 1):
        raise _Malformed(f"format must be {_APOLLO}, version 1")
    operations = manifest.get("operations")
    if not isinstance(operations, list):
        raise _Malformed("operations must be a list")
    found: dict[str, str] = {}
    for number, operation in enumerate(operations):
        id, body = (operation.get("id"), operation.get("body")) if isinstance(operation, Mapping) else (None, None)
        if not isinstance(id, str) or not isinstance(body, str):
            raise _Malformed(f"operations.{number} must have an id and a body")
        found[id] = body
    return found


def _fault_of(text: str, schema: GraphQLSchema, settings: Settings) -> str | None:
    try:
        document = parse(text, no_location=True, max_tokens=settings.max_tokens)
    except (GraphQLError, RecursionError) as error:
        return str(error)
    beyond = find_fault(document, find_extent(document, schema), None, settings)
    return next((error.message for error in ([beyond] if beyond else validate(schema, document))), None)
