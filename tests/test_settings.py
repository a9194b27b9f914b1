from __future__ import annotations

import pytest
from pydantic import ValidationError

from kyozo_gql.settings import Settings


@pytest.mark.parametrize(
    "name",
    [
        "KYOZO_SESSION_CHECK_SECONDS",
        "KYOZO_MAX_CONNECTIONS",
        "KYOZO_MAX_CONNECTIONS_PER_TOKEN",
        "KYOZO_MAX_OPERATIONS_PER_SOCKET",
        "KYOZO_MAX_MESSAGE_BYTES",
        "KYOZO_CONNECTION_INIT_SECONDS",
        "KYOZO_PING_SECONDS",
    ],
)
def test_bounds_of_sockets_have_bounds_themselves(monkeypatch: pytest.MonkeyPatch, name: str):
    for value in ("0", "-1", "none"):
        monkeypatch.setenv(name, value)
        with pytest.raises(ValidationError, match=name):
            Settings()


def test_the_defaults_of_sockets():
    settings = Settings()
    assert (settings.session_check_seconds, settings.connection_init_seconds, settings.ping_seconds) == (5, 10, 20)
    assert (settings.max_connections, settings.max_connections_per_token, settings.max_operations_per_socket) == (5_000, 50, 100)
    assert settings.max_message_bytes == 2**22
