"""Connect to an X server through Xlib."""

from __future__ import annotations

import ctypes
import ctypes.util


def open_x_display(display: str) -> tuple[ctypes.CDLL, ctypes.c_void_p]:
    """Return Xlib and a connection to an X server.

    Close the connection with ``XCloseDisplay``.

    Parameters
    ----------
    display
        Name of the X display: ``:0``.

    Raises
    ------
    OSError
        If libX11 or the server is missing.
    """
    x11 = load_library("X11")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    if not connection.value:
        raise OSError(f"no X server at {display}")
    return x11, connection


def load_library(name: str) -> ctypes.CDLL:
    """Load a library of X by its name without prefix.

    Raises
    ------
    OSError
        If it is missing.
    """
    found = ctypes.util.find_library(name)
    if found is None:
        raise OSError(f"lib{name} is not installed; scripts/setup installs it")
    return ctypes.CDLL(found)
