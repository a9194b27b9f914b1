"""The engine in force in this process; set once by a composition root, as the database is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kyozo_gql.engines.engine import Engine

_engines: list[Engine] = []


@contextmanager
def using_engine(engine: Engine) -> Iterator[Engine]:
    """Within, ``current_engine()`` answers this engine."""
    _engines.append(engine)
    try:
        yield engine
    finally:
        _engines.remove(engine)


def current_engine() -> Engine:
    """The engine in force. Raises RuntimeError where no composition root has set one."""
    if not _engines:
        raise RuntimeError("no engine is in force")
    return _engines[-1]
