"""Secrets at rest: encrypted with the key from the settings (Fernet: AES-128-CBC with HMAC-SHA-256)."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken

from kyozo_gql.core.errors import ConfigurationError


class SecretBox:
    """Seals and opens short texts with one key (32 bytes, url-safe base64)."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, text: str) -> str:
        """The text, encrypted."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again. Raises ConfigurationError when it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ConfigurationError("a secret was encrypted with another KYOZO_SECRET_KEY") from error
