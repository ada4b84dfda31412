"""Handle log-off, shut-down and a closed terminal like Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that end a program; a system has some of them."""


@contextmanager
def interrupt_on_termination() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first termination signal; ignore later ones."""
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (Python's signature of handlers)
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
