"""Synthetic key presses at known times, through the X server's XTEST extension."""

from __future__ import annotations

import ctypes
import time

from experiment.bench.x_display import load_library, open_x_display

_KEYSYMS = {"space": 0x20, "escape": 0xFF1B, "return": 0xFF0D}
"""Codes of keys with a name; the code of a letter or digit is its character's."""


class XTest:
    """A connection to an X server that presses keys.

    Parameters
    ----------
    display
        Name of the X display: ``:0``.

    Raises
    ------
    OSError
        If the X libraries or the server are missing.
    """

    def __init__(self, display: str) -> None:
        self._xtst = load_library("Xtst")
        self._x11, self._display = open_x_display(display)

    def press(self, key: str, *, held_s: float = 0.02) -> tuple[float, float]:
        """Press and release a key.

        Return two times (`time.monotonic`) between which it went down.
        """
        before_s = self.down(key)
        after_s = time.monotonic()
        time.sleep(held_s)
        self.up(key)
        return before_s, after_s

    def down(self, key: str) -> float:
        """Press a key and return the time just before."""
        before_s = time.monotonic()
        self._send(key, is_down=True)
        return before_s

    def up(self, key: str) -> None:
        """Release a key."""
        self._send(key, is_down=False)

    def close(self) -> None:
        """Close the connection."""
        self._x11.XCloseDisplay(self._display)

    def _send(self, key: str, *, is_down: bool) -> None:
        code = self._x11.XKeysymToKeycode(self._display, ctypes.c_ulong(_KEYSYMS.get(key) or ord(key)))
        self._xtst.XTestFakeKeyEvent(self._display, ctypes.c_uint(code), ctypes.c_int(is_down), ctypes.c_ulong(0))
        self._x11.XSync(self._display, 0)  # returns when the server has processed it
