"""Draw rectangles and pictures with OpenGL, in pixels of the window.

A PsychoPy stimulus takes milliseconds to create. A training screen has seventy elements and changes thirty times a
second, also on laptops whose processor renders. Therefore all boxes of a screen go to the graphics card as two arrays,
and one call draws neighbours without a picture.

Boxes are (left, top, right, bottom) in pixels, origin at the top left of the window, y down, as in
`experiment.screens.raster`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]


class Texture:
    """A picture on the graphics card.

    Parameters
    ----------
    gl
        ``pyglet.gl``.
    shape
        (H, W, 3) for an RGB or (H, W, 4) for an RGBA picture.
    smooth
        Whether to interpolate, for pictures that are not drawn at their own size.
    """

    def __init__(self, gl: Any, shape: tuple[int, ...], *, smooth: bool) -> None:
        self._gl = gl
        self.height, self.width, channels = shape
        self.is_opaque = channels == 3
        self._format = gl.GL_RGB if self.is_opaque else gl.GL_RGBA
        self._name = gl.GLuint()
        gl.glGenTextures(1, ctypes.byref(self._name))
        sampling = gl.GL_LINEAR if smooth else gl.GL_NEAREST
        self.bind()
        for parameter, value in (
            (gl.GL_TEXTURE_MIN_FILTER, sampling),
            (gl.GL_TEXTURE_MAG_FILTER, sampling),
            (gl.GL_TEXTURE_WRAP_S, gl.GL_CLAMP_TO_EDGE),
            (gl.GL_TEXTURE_WRAP_T, gl.GL_CLAMP_TO_EDGE),
        ):
            gl.glTexParameteri(gl.GL_TEXTURE_2D, parameter, value)
        size = (self.width, self.height)
        gl.glTexImage2D(gl.GL_TEXTURE_2D, 0, self._format, *size, 0, self._format, gl.GL_UNSIGNED_BYTE, None)

    def bind(self) -> None:
        """Select this texture for drawing and filling."""
        self._gl.glBindTexture(self._gl.GL_TEXTURE_2D, self._name)

    def fill(self, pixels: NDArray[np.uint8]) -> None:
        """Copy a picture to the graphics card.

        Parameters
        ----------
        pixels : (H, W, 3) or (H, W, 4) uint8 array
            RGB or RGBA, of the shape of the texture.
        """
        gl, rows = self._gl, np.ascontiguousarray(pixels)
        self.bind()
        gl.glPixelStorei(gl.GL_UNPACK_ALIGNMENT, 1)
        size = (self.width, self.height)
        gl.glTexSubImage2D(gl.GL_TEXTURE_2D, 0, 0, 0, *size, self._format, gl.GL_UNSIGNED_BYTE, rows.ctypes.data)

    def free(self) -> None:
        """Free the memory on the graphics card."""
        self._gl.glDeleteTextures(1, ctypes.byref(self._name))


@dataclass(frozen=True, slots=True)
class Quad:
    """One box to draw."""

    box: Box
    rgb: tuple[int, int, int] = (255, 255, 255)
    """Colour; white for pictures."""
    texture: Texture | None = None
    mirrored: bool = False


def paint(gl: Any, quads: Sequence[Quad], size_px: tuple[int, int]) -> None:
    """Draw boxes into the back buffer of the window, in order.

    Parameters
    ----------
    gl
        ``pyglet.gl``, with the window's context as the current one.
    quads
        The boxes.
    size_px
        Width and height of the window's drawable area.
    """
    if not quads:
        return
    places, colours = _arrays(quads)
    with _pixel_coordinates(gl, size_px):
        gl.glVertexPointer(2, gl.GL_FLOAT, 16, places.ctypes.data)
        gl.glTexCoordPointer(2, gl.GL_FLOAT, 16, places.ctypes.data + 8)
        gl.glColorPointer(4, gl.GL_UNSIGNED_BYTE, 4, colours.ctypes.data)
        textured = blended = False
        for first, count in _runs(quads):
            texture = quads[first].texture
            if (texture is not None) != textured:
                textured = not textured
                (gl.glEnable if textured else gl.glDisable)(gl.GL_TEXTURE_2D)
            if texture is not None:
                texture.bind()
            if (texture is not None and not texture.is_opaque) != blended:
                blended = not blended
                (gl.glEnable if blended else gl.glDisable)(gl.GL_BLEND)
            gl.glDrawArrays(gl.GL_QUADS, 4 * first, 4 * count)


def _arrays(quads: Sequence[Quad]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return (N, 4, 4) corners with texture coordinates (x, y, u, v) and RGBA."""
    boxes = np.array([quad.box for quad in quads], dtype=np.float32)
    left, top, right, bottom = boxes.T
    mirrored = np.array([quad.mirrored for quad in quads], dtype=np.float32)
    places = np.empty((len(quads), 4, 4), dtype=np.float32)
    places[:, :, 0] = np.stack((left, right, right, left), axis=1)
    places[:, :, 1] = np.stack((top, top, bottom, bottom), axis=1)
    places[:, (0, 3), 2] = mirrored[:, None]
    places[:, (1, 2), 2] = 1.0 - mirrored[:, None]
    places[:, :, 3] = (0.0, 0.0, 1.0, 1.0)
    colours = np.full((len(quads), 4, 4), 255, dtype=np.uint8)
    colours[:, :, :3] = np.array([quad.rgb for quad in quads], dtype=np.uint8)[:, None, :]
    return places, colours


def _runs(quads: Sequence[Quad]) -> Iterator[tuple[int, int]]:
    """Yield first index and length of each run: boxes without picture, or one picture."""
    first = 0
    for index in range(1, len(quads) + 1):
        if index == len(quads) or quads[index].texture is not None or quads[first].texture is not None:
            yield first, index - first
            first = index


@contextmanager
def _pixel_coordinates(gl: Any, size_px: tuple[int, int]) -> Iterator[None]:
    """Set pixel coordinates without shader and depth; restore PsychoPy's state."""
    width, height = size_px
    gl.glUseProgram(0)
    gl.glBindBuffer(gl.GL_ARRAY_BUFFER, 0)
    gl.glActiveTexture(gl.GL_TEXTURE0)
    gl.glPushClientAttrib(gl.GL_CLIENT_VERTEX_ARRAY_BIT)
    gl.glPushAttrib(gl.GL_ENABLE_BIT | gl.GL_COLOR_BUFFER_BIT | gl.GL_CURRENT_BIT | gl.GL_TEXTURE_BIT)
    for switch in (gl.GL_DEPTH_TEST, gl.GL_BLEND, gl.GL_TEXTURE_2D):
        gl.glDisable(switch)
    gl.glBlendFunc(gl.GL_SRC_ALPHA, gl.GL_ONE_MINUS_SRC_ALPHA)
    gl.glTexEnvi(gl.GL_TEXTURE_ENV, gl.GL_TEXTURE_ENV_MODE, gl.GL_REPLACE)
    gl.glClientActiveTexture(gl.GL_TEXTURE0)
    for array in (gl.GL_VERTEX_ARRAY, gl.GL_TEXTURE_COORD_ARRAY, gl.GL_COLOR_ARRAY):
        gl.glEnableClientState(array)
    for matrix in (gl.GL_PROJECTION, gl.GL_MODELVIEW):
        gl.glMatrixMode(matrix)
        gl.glPushMatrix()
        gl.glLoadIdentity()
    gl.glOrtho(0, width, height, 0, -1, 1)
    try:
        yield
    finally:
        for matrix in (gl.GL_PROJECTION, gl.GL_MODELVIEW):
            gl.glMatrixMode(matrix)
            gl.glPopMatrix()
        gl.glPopAttrib()
        gl.glPopClientAttrib()
