"""The settings in force in this process; set once by a composition root, as the database is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kyozo_gql.settings import Settings

_settings: list[Settings] = []


@contextmanager
def using_settings(settings: Settings) -> Iterator[Settings]:
    """Within, ``current_settings()`` answers these."""
    _settings.append(settings)
    try:
        yield settings
    finally:
        _settings.remove(settings)


def current_settings() -> Settings:
    """The settings in force. Raises RuntimeError where no composition root has set any."""
    if not _settings:
        raise RuntimeError("no settings are in force")
    return _settings[-1]


def settings_in_force() -> Settings | None:
    """The settings in force, or None where no composition root has set any."""
    return _settings[-1] if _settings else None
