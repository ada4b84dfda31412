"""Open a device in a thread while the program does something else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

FAILING_S = 0.1
"""A device that is missing is reported within this time, before the other work begins."""


class _Closable(Protocol):
    def close(self) -> None: ...


Device = TypeVar("Device", bound=_Closable)


class BackgroundOpening(Generic[Device]):
    """The opening of one device; a context manager.

    A device that was not taken is closed at the end.

    Parameters
    ----------
    open_device
        Opens the device.
    """

    def __init__(self, open_device: Callable[[], Device]) -> None:
        self._open = open_device
        self._device: Device | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="open device", daemon=True)

    def __enter__(self) -> BackgroundOpening[Device]:
        self._thread.start()
        self._thread.join(FAILING_S)
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        if self._device is not None:
            self._device.close()
            self._device = None

    def take(self) -> Device:
        """Wait until the device is open and return it; the caller closes it.

        Raises
        ------
        Exception
            What the opening raised.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._device is not None, "a device is taken once"
        device, self._device = self._device, None
        return device

    def _work(self) -> None:
        try:
            self._device = self._open()
        except Exception as error:
            self._error = error
