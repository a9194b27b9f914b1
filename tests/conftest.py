from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kyozo_gql.embedded import EmbeddedServers

pytest_plugins = ["tests.database"]


@pytest.fixture(scope="session")
def state_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kyozo-tests-") as folder:
        Path(folder).chmod(0o711)  # for root, who starts PostgreSQL as another user: that one has to get through
        yield Path(folder)


@pytest.fixture(scope="session")
async def servers(state_folder: Path) -> AsyncIterator[EmbeddedServers]:
    """The PostgreSQL and Valkey of the whole run."""
    started = await EmbeddedServers.start(state_folder, durable=False)
    try:
        yield started
    finally:
        await started.stop()
