"""What an analysis costs this process: a busy machine makes it wait, which is no fault of the analysis."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def effort(seconds: float) -> Iterator[None]:
    """What is done within takes less time of the processor than that."""
    started = time.process_time()
    yield
    spent = time.process_time() - started
    assert spent < seconds, f"took {spent:.1f} s of the processor, not {seconds:.1f}"
