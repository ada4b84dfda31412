"""Pixels of the screen, read from the X server: what a display shows."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from experiment.bench.x_display import open_x_display

_ALL_PLANES, _Z_PIXMAP = ctypes.c_ulong(0xFFFFFFFF), 2


class _XImage(ctypes.Structure):
    """The first fields of Xlib's XImage."""

    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_ubyte)),
        ("byte_order", ctypes.c_int),
        ("bitmap_unit", ctypes.c_int),
        ("bitmap_bit_order", ctypes.c_int),
        ("bitmap_pad", ctypes.c_int),
        ("depth", ctypes.c_int),
        ("bytes_per_line", ctypes.c_int),
        ("bits_per_pixel", ctypes.c_int),
    )


class ScreenPixels:
    """A connection to an X server that reads its screen.

    Parameters
    ----------
    display
        Name of the X display: ``:0``.

    Raises
    ------
    OSError
        If libX11 or the server is missing.
    """

    def __init__(self, display: str) -> None:
        self._x11, self._display = open_x_display(display)
        self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x11.XGetImage.restype = ctypes.POINTER(_XImage)
        self._root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))

    def row(self, left_px: int, top_px: int, width_px: int) -> NDArray[np.uint8]:
        """Return a part of one row of the screen.

        Parameters
        ----------
        left_px, top_px
            Its first pixel, from the top left of the screen.
        width_px
            Its length.

        Returns
        -------
        (width_px, 3) uint8 array, RGB
        """
        return np.asarray(self._area(left_px, top_px, width_px, 1)[0], dtype=np.uint8)

    def picture(self, width_px: int, height_px: int) -> NDArray[np.uint8]:
        """Return the top left of the screen.

        Parameters
        ----------
        width_px, height_px
            Its size.

        Returns
        -------
        (height_px, width_px, 3) uint8 array, RGB
        """
        return self._area(0, 0, width_px, height_px)

    def _area(self, left_px: int, top_px: int, width_px: int, height_px: int) -> NDArray[np.uint8]:
        place = (left_px, top_px, ctypes.c_uint(width_px), ctypes.c_uint(height_px))
        image = self._x11.XGetImage(self._display, self._root, *place, _ALL_PLANES, _Z_PIXMAP)
        if not image or image.contents.bits_per_pixel != 32:
            raise OSError("the pixels of this screen cannot be read")
        lines = np.ctypeslib.as_array(image.contents.data, (height_px, image.contents.bytes_per_line))
        pixels = lines[:, : 4 * width_px].reshape(height_px, width_px, 4)[:, :, 2::-1].copy()
        self._x11.XDestroyImage(image)
        return np.asarray(pixels, dtype=np.uint8)

    def close(self) -> None:
        """Close the connection."""
        self._x11.XCloseDisplay(self._display)
