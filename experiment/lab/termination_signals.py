"""A session asked to end by the system - logging off, shutting down, a closed terminal - ends like one by Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Those of them this system has."""


@contextmanager
def interrupt_on_termination() -> Iterator[None]:
    """Turn the first request to end into `KeyboardInterrupt`; further ones may not disturb what is being put away."""
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (as Python calls it)
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
