"""Signing in with a password. Who is refused learns nothing: neither from the answer nor from how long it took."""

from __future__ import annotations

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kyozo_gql.accounts.audit import Subject, record
from kyozo_gql.accounts.models import ApiToken, User
from kyozo_gql.accounts.tokens import create_sign_in_token
from kyozo_gql.accounts.users import LONGEST_PASSWORD, encode_password, hashing
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.errors import InvalidInput
from kyozo_gql.core.inforce import settings_in_force
from kyozo_gql.core.outbox import transaction
from kyozo_gql.core.rates import Attempt, Quota, current_rates

_REFUSAL: Final = "the address or the password is wrong"


async def sign_in(email: str, password: str, client: str | None = None) -> tuple[User, ApiToken, str]:
    """The user, and a new token for all of the user's teams with its secret; ``client`` is the address that asks, if it is known.

    Raises InvalidInput, the same for all that is wrong, and RateLimited after too many failures, whoever they were about.
    """
    attempt = await _count(_plain(email), client)
    decoy = await hashing(_decoy)  # made at the first attempt, whomever it is for
    user = await User.get_or_none(email=_plain(email))
    known = user.password_hash if user else None
    # What can't be right is compared all the same, so that it takes as long as what could be.
    right = await hashing(_matches, known or decoy, password[:LONGEST_PASSWORD])
    if user is None or known is None or not right or len(password) > LONGEST_PASSWORD:
        raise InvalidInput.of("password", _REFUSAL)
    async with transaction():
        token, secret = await create_sign_in_token(user)
        await record(Viewer(user, {}, token), "signIn", Subject("User", user.id, user.email, None), expires_at=token.expires_at)
    if attempt is not None:
        await attempt.take_back()
    return user, token, secret


async def _count(email: str, client: str | None) -> Attempt | None:
    """Counts an attempt for the account and for the client, before anything is known of either. Raises RateLimited."""
    rates, settings = current_rates(), settings_in_force()
    if rates is None or settings is None:
        return None
    quota = Quota.of("failed sign-ins", settings.sign_in_limit)
    return await rates.attempt(quota, [f"account {email}", *([] if client is None else [f"client {client}"])])


def _plain(email: str) -> str:
    """As addresses are kept; a NUL, or half of a character, is no part of one and nothing that can be asked for."""
    return email.strip().lower().encode(errors="replace").decode().replace("\x00", "?")


def _matches(password_hash: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(password_hash, encode_password(password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    """The hash of a password that nobody has, made like any other."""
    return PasswordHasher().hash(b"\xff")
