"""Small pictures for the report, as ``data:`` addresses inside the page."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from PIL import Image

from analysis.face.arrays import FloatArray
from analysis.face.cut_out import cut_out as cut_face
from analysis.face.cut_out import face_box
from analysis.face.images import read_image
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel

FACE_PX = (240, 300)
"""Width and height of a face in the page."""
FACE_QUALITY = 80
DIFFERENCE_COLOURS = "viridis"


def data_uri(content: bytes, kind: str) -> str:
    """Return the content as a ``data:`` address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


@lru_cache(maxsize=32)
def face_picture(face: MeasuredFace) -> str:
    """Return the cut-out face of a picture as the address of a JPEG.

    The cache serves targets, which are shown with each of their imitations.
    """
    file = io.BytesIO()
    cut_out(face).save(file, format="JPEG", quality=FACE_QUALITY)
    return data_uri(file.getvalue(), "image/jpeg")


def cut_out(face: MeasuredFace) -> Image.Image:
    """Return the face of a measured picture, scaled to `FACE_PX`."""
    image = read_image(face.picture.path, background=face.picture.background)
    size = (image.shape[1], image.shape[0])
    return cut_face(image, face_box(face.landmarks.points_px, size, aspect=FACE_PX[0] / FACE_PX[1]), FACE_PX)


def difference_picture(model: FaceModel, vertices_mm: FloatArray, distance_mm: FloatArray, *, largest_mm: float) -> str:
    """Draw a face from the front, coloured by a distance at every vertex.

    Parameters
    ----------
    model : FaceModel
        The triangles.
    vertices_mm : (V, 3) float array
        The face to draw.
    distance_mm : (V,) float array
        The distance at each vertex.
    largest_mm : float
        The distance shown in the brightest colour.

    Returns
    -------
    str
        The address of a PNG.
    """
    corners = vertices_mm[model.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.maximum(np.linalg.norm(facing, axis=1), 1e-9)
    front = facing[:, 2] > 0
    order = np.argsort(corners[:, :, 2].mean(axis=1)[front])
    triangles, light = model.triangles[front][order], (0.35 + 0.65 * facing[:, 2] / length)[front][order]

    share = np.clip(distance_mm[triangles].mean(axis=1) / max(largest_mm, 1e-9), 0, 1)
    colours = matplotlib.colormaps[DIFFERENCE_COLOURS](share)
    colours[:, :3] *= light[:, None]
    figure = Figure(figsize=(FACE_PX[0] / 100, FACE_PX[1] / 100), dpi=100)
    figure.patch.set_alpha(0)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.add_collection(
        PolyCollection(list(vertices_mm[triangles][:, :, :2]), facecolors=colours, edgecolors=colours, lw=0.3)
    )
    drawn = vertices_mm[np.unique(triangles)]
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    middle, size = (high + low) / 2, (high - low) * 0.54
    half = max(size[1], size[0] * FACE_PX[1] / FACE_PX[0])
    axes.set_xlim(middle[0] - half * FACE_PX[0] / FACE_PX[1], middle[0] + half * FACE_PX[0] / FACE_PX[1])
    axes.set_ylim(middle[1] - half, middle[1] + half)
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_figure(file, format="png", dpi=100, metadata={"Software": None}, facecolor="none")
    return data_uri(_fewer_colours(file.getvalue()), "image/png")


def _fewer_colours(png: bytes) -> bytes:
    """Return the picture with a palette: a third of the size."""
    file = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGBA").quantize(128, method=Image.Quantize.FASTOCTREE).save(
        file, format="PNG", optimize=True
    )
    return file.getvalue()
