"""Global ids: base64url of "Type:uuid", opaque to clients."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from kyozo_gql.core.errors import KyozoError, NotFound


class BadId(KyozoError):
    """A text that is no id of this API."""

    code = "BAD_ID"


@dataclass(frozen=True, slots=True)
class GlobalId:
    """The type (as in the schema) and the key of an object."""

    type_name: str
    key: UUID

    def __str__(self) -> str:
        return encode_id(self.type_name, self.key)

    @classmethod
    def parse(cls, text: str) -> GlobalId:
        """The id that ``text`` is. Raises BadId for what this API has not written so."""
        try:
            name, _, key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode().partition(":")
            parsed = cls(name, UUID(key))
        except (ValueError, binascii.Error) as error:
            raise BadId(f"{text[:80]!r} is no id of this API") from error
        if str(parsed) != text:
            raise BadId(f"{text[:80]!r} is no id of this API")
        return parsed


def encode_id(type_name: str, key: UUID) -> str:
    """The global id of an object."""
    return base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def key_of(text: str, type_name: str) -> UUID:
    """The key in the id of an object of that type. Raises BadId; NotFound for an id of another type."""
    parsed = GlobalId.parse(text)
    if parsed.type_name != type_name:
        raise NotFound(type_name, text)
    return parsed.key
