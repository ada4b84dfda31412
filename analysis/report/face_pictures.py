"""Small pictures for the report, as ``data:`` addresses inside the page."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from PIL import Image

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.cut_out import cut_out as cut_face
from analysis.face.cut_out import face_box
from analysis.face.errors import FaceModelError
from analysis.face.images import read_image
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.render.coloured import ColouredFace
from analysis.face.render.difference_colours import face_colours

FACE_PX = (240, 300)
"""Width and height of a face in the page."""
FACE_QUALITY = 80
PAPER = (244, 244, 242)
"""Colour behind the differences, on light and dark pages."""
_FINER = 2
"""Factor by which differences are drawn larger and then averaged."""


def data_uri(content: bytes, kind: str) -> str:
    """Return the content as a ``data:`` address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


@lru_cache(maxsize=64)
def face_picture(face: MeasuredFace) -> str:
    """Return the cut-out face of a picture as the address of a JPEG.

    The cache serves targets, which are shown with each of their imitations.
    """
    file = io.BytesIO()
    cut_out(face).save(file, format="JPEG", quality=FACE_QUALITY)
    return data_uri(file.getvalue(), "image/jpeg")


def cut_out(face: MeasuredFace, size_px: tuple[int, int] = FACE_PX) -> Image.Image:
    """Return the face of a measured picture, scaled.

    Parameters
    ----------
    face : MeasuredFace
        The face.
    size_px : (int, int)
        Width and height of the result.
    """
    image = read_image(face.picture.path, background=face.picture.background)
    whole_px = (image.shape[1], image.shape[0])
    return cut_face(image, face_box(face.landmarks.points_px, whole_px, aspect=size_px[0] / size_px[1]), size_px)


class DifferencePainter:
    """Draws faces from the front, coloured by a distance at every vertex.

    Holds a graphics context.

    Parameters
    ----------
    model : FaceModel
        The triangles and the materials.
    largest_mm : float
        The distance shown in the last colour.
    """

    def __init__(self, model: FaceModel, *, largest_mm: float) -> None:
        self._model, self._largest_mm = model, largest_mm
        size = (FACE_PX[0] * _FINER, FACE_PX[1] * _FINER)
        self._renderer: ColouredFace | None = None
        try:
            self._renderer = ColouredFace(model, size_px=size, background=PAPER)
        except FaceModelError:  # no OpenGL; the 3D view of the page shows the same
            return

    def draw(self, vertices_mm: FloatArray, distance_mm: FloatArray) -> str | None:
        """Return the address of a picture; None without OpenGL.

        Parameters
        ----------
        vertices_mm : (V, 3) float array
            The face to draw.
        distance_mm : (V,) float array
            The distance at each vertex.
        """
        if self._renderer is None:
            return None
        self._renderer.light(vertices_mm)
        colours = face_colours(self._model, distance_mm, largest_mm=self._largest_mm)
        return _picture(self._renderer.draw(vertices_mm, colours))


def _picture(pixels: ImageArray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).resize(FACE_PX, Image.Resampling.LANCZOS).save(file, format="WEBP", quality=82, method=4)
    return data_uri(file.getvalue(), "image/webp")
