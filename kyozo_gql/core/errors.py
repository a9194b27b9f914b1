"""Everything that can go wrong by design.

KyozoError
├── UserError               what a caller can mend: it becomes a typed result of a mutation
│   ├── NotFound            no such object, or another team's: the two are not to be told apart
│   ├── InvalidInput        the input is wrong; names each field
│   ├── Forbidden           the viewer's role does not allow it
│   └── Conflict            the input is fine, the state of things is not
├── Unauthenticated         no token, or none that holds
├── TooManyConnections      as many are open as may be; carries the bound
├── RateLimited             too often (in core/rates.py)
├── EngineError             what an engine said
│   ├── EngineUnreachable   it did not answer: nobody's fault, tried again, costs no attempt
│   ├── ConfigurationError  the service is wrong (bad Dockerfile, missing file): final at once
│   ├── BuildFailed         the build ended with an error
│   └── NotSupported        this engine can't run such a service
└── LeaseLost               another worker holds the row now: stop touching it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class KyozoError(Exception):
    """The root of the tree. ``code`` is what clients see in ``extensions.code`` or a UserError's ``code``.

    ``facts`` are what a program may want to know besides, such as the bound that was passed: names and JSON values, which stand
    beside the code in ``extensions``.
    """

    code = "INTERNAL"
    facts: Mapping[str, object] = MappingProxyType({})


class UserError(KyozoError):
    """What a caller can mend."""


class NotFound(UserError):
    """No such object for this viewer. ``what`` is its type (``ServiceInstance``), ``id`` what was asked for, as it was given."""

    code = "NOT_FOUND"

    def __init__(self, what: str, id: str | None = None) -> None:
        self.what, self.id = what.replace(" ", ""), id
        super().__init__(f"{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', what).lower()} not found")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: ``path`` as a client would write it (``portMappings.0.hostPort``), and a sentence."""

    path: str
    message: str


class InvalidInput(UserError):
    """The input is wrong; ``fields`` names each wrong field."""

    code = "INVALID_INPUT"

    def __init__(self, *fields: FieldError) -> None:
        super().__init__("; ".join(f"{field.path}: {field.message}" for field in fields))
        self.fields = fields

    @classmethod
    def of(cls, path: str, message: str) -> InvalidInput:
        """The error for one field."""
        return cls(FieldError(path, message))


class Forbidden(UserError):
    """The viewer may not do that; ``required_role`` is the least role that may."""

    code = "FORBIDDEN"

    def __init__(self, message: str, required_role: str | None = None) -> None:
        super().__init__(message)
        self.required_role = required_role


class Conflict(UserError):
    """The input is fine, the state of things is not."""

    code = "CONFLICT"


class Unauthenticated(KyozoError):
    """No token, or none that holds."""

    code = "UNAUTHENTICATED"


class TooManyConnections(KyozoError):
    """As many connections are open as may be, ``bound``: later it may go."""

    code = "TOO_MANY_CONNECTIONS"

    def __init__(self, message: str, bound: int) -> None:
        super().__init__(f"{message}, at most {bound}")
        self.bound = bound


class EngineError(KyozoError):
    """What an engine said, in words for the owner of the service."""

    code = "ENGINE_ERROR"


class EngineUnreachable(EngineError):
    """The engine did not answer."""

    code = "ENGINE_UNREACHABLE"


class ConfigurationError(EngineError):
    """The service's own configuration is wrong; trying again would not help."""

    code = "CONFIGURATION_ERROR"


class BuildFailed(EngineError):
    """The build ended with an error; the build log says more."""

    code = "BUILD_FAILED"


class NotSupported(EngineError):
    """This engine can't run such a service."""

    code = "NOT_SUPPORTED"


class LeaseLost(KyozoError):
    """The lease on a row went to another worker."""
