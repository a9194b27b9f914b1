"""Users: their addresses and passwords."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from tortoise.exceptions import IntegrityError

from kyozo_gql.accounts.models import User
from kyozo_gql.accounts.names import check_name
from kyozo_gql.core.errors import Conflict, InvalidInput

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1_024  # hashing is slow by intent: a bound on what a stranger can have hashed
_LONGEST_EMAIL: Final = 254
# Hashing takes a core and 64 MiB each: threads of its own, so that a flood of it keeps nothing else from being done.
_HASHING: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[!-?A-~]{{1,64}}@{_LABEL}(\.{_LABEL})*", re.IGNORECASE | re.ASCII)


async def create_user(email: str, name: str, password: str | None = None) -> User:
    """A user who signs in with a password, or with tokens alone. Raises InvalidInput; Conflict for an address that is taken."""
    email, name = check_email(email), check_name(name)
    password_hash = None if password is None else await _hash_password(password)
    try:
        return await User.create(email=email, name=name, password_hash=password_hash)
    except IntegrityError as error:
        raise Conflict(f"there is a user with the address {email} already") from error


def check_email(email: str) -> str:
    """The address in lower case. ``name@host`` is fine too: a laptop has no domain. Raises InvalidInput."""
    email = email.strip()
    if len(email) > _LONGEST_EMAIL or _EMAIL.fullmatch(email) is None:
        raise InvalidInput.of("email", "must be an e-mail address")
    return email.lower()


async def _hash_password(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidInput.of("password", f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return await hashing(PasswordHasher().hash, encode_password(password))


def encode_password(password: str) -> bytes:
    """The bytes that are hashed."""
    return password.encode(errors="surrogatepass")


async def hashing(work: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """What slow work on a password comes to, done in a thread of the few that there are for it."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, work, *arguments)
