"""The published figure: target and imitation, and the distances of their points.

Colours go from low to high distance [1]_. They differ in lightness, so that the figure can be read in grey and with any
colour vision.

References
----------
.. [1] Prima, Ito, Tomizawa & Imabuchi, Facial Mimicry Training Based on 3D Morphable Face Models, ACHI 2020, section
   III.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.kabsch import align_rigid
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.figure_style import COLOUR_SCALE, QUIET, WIDTH_MM, Sheet, figure_style
from analysis.report.face_pictures import cut_out

Distance = Literal["points", "movement"]
DISTANCES: tuple[Distance, ...] = get_args(Distance)
"""``points``: between the two faces, as published; ``movement``: between their changes from the own face at rest."""
_ASPECT = 0.8
_HIGHEST = 0.99
_PICTURE_PX = (640, 800)
_LARGEST_PANEL_MM = 50.0
_TITLE_MM, _BAR_MM, _GAP_MM, _EDGE_MM = 4.0, 13.0, 2.0, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two faces of one model and the distance of each point."""

    target: MeasuredFace
    mimic: MeasuredFace
    model: FaceModel
    """The model that fitted them."""
    distance: Distance
    """What the distance is; see `DISTANCES`."""
    target_mm: FloatArray
    """(V, 3) points of the target, aligned with the model."""
    mimic_mm: FloatArray
    """(V, 3) points of the imitation, aligned with the target."""
    distance_mm: FloatArray
    """(V,) distance of each point."""

    @property
    def largest_mm(self) -> float:
        """The distance at the end of the colour scale: 1 % of the points are beyond it."""
        return float(np.quantile(self.distance_mm, _HIGHEST))


def compare_points(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel, *, distance: Distance) -> Compared:
    """Return both point clouds in one place, and the distance of each point.

    Parameters
    ----------
    target, mimic : MeasuredFace
        The faces.
    model : FaceModel
        The model that fitted them.
    distance : {"points", "movement"}
        See `DISTANCES`. The points of faces are aligned by rotation and shift, without scaling.
    """
    if distance == "movement":
        target_mm, mimic_mm = (model.mean + one.score_fit.displacement_mm(model) for one in (target, mimic))
    else:
        target_mm = align_rigid(target.intensity_fit.vertices_mm(model), model.mean)
        mimic_mm = align_rigid(mimic.intensity_fit.vertices_mm(model), target_mm)
    apart = np.linalg.norm(target_mm - mimic_mm, axis=1)
    return Compared(target, mimic, model, distance, target_mm, mimic_mm, apart)


def draw_comparison(compared: Compared, *, columns: int = 2, with_faces: bool = False) -> Figure:
    """Draw target and imitation side by side, as pictures and as points.

    In one column the pictures are above the points.

    Parameters
    ----------
    compared : Compared
        The faces.
    columns : int
        Columns of the journal, 1 or 2.
    with_faces : bool
        Whether to show the two pictures.
    """
    pictures = [("target", compared.target), ("imitation", compared.mimic)] if with_faces else []
    in_row = 2 if columns == 1 else 2 + len(pictures)
    rows = 2 if columns == 1 and pictures else 1
    width_mm = WIDTH_MM[columns]
    panel_mm = (width_mm - 2 * _EDGE_MM - _BAR_MM - (in_row - 1) * _GAP_MM) / in_row
    panel_mm = min(panel_mm, _LARGEST_PANEL_MM)
    height_mm = panel_mm / _ASPECT
    with figure_style():
        sheet = Sheet.of(width_mm, rows * (height_mm + _TITLE_MM + _GAP_MM))
        places = [
            (_EDGE_MM + column * (panel_mm + _GAP_MM), _TITLE_MM + row * (height_mm + _TITLE_MM + _GAP_MM))
            for row in range(rows)
            for column in range(in_row)
        ]
        letters = iter("abcd")
        for (title, face), (left, top) in zip(pictures, places, strict=False):
            axes = sheet.axes(left, top, panel_mm, height_mm)
            axes.imshow(np.asarray(cut_out(face, _PICTURE_PX)), aspect="auto", interpolation="antialiased")
            axes.set_axis_off()
            sheet.text(left, top - _TITLE_MM + 0.8, f"{next(letters)}  {title}")
        clouds = (("target, points", compared.target_mm), ("imitation, points", compared.mimic_mm))
        for (title, points_mm), (left, top) in zip(clouds, places[len(pictures) :], strict=False):
            axes = sheet.axes(left, top, panel_mm, height_mm)
            _draw_points(axes, points_mm, compared)
            sheet.text(left, top - _TITLE_MM + 0.8, f"{next(letters)}  {title}")
        left, top = places[len(pictures) + 1]
        bar = sheet.axes(left + panel_mm + _GAP_MM, top + 0.1 * height_mm, 2.0, 0.8 * height_mm)
        scale = ScalarMappable(Normalize(0.0, compared.largest_mm), COLOUR_SCALE)
        sheet.figure.colorbar(scale, cax=bar, extend="max", label="distance, mm")
        bar.yaxis.label.set_color(QUIET)
    return sheet.figure


def comparison_caption(compared: Compared, *, what: str) -> str:
    """Return the caption of the figure.

    Parameters
    ----------
    compared : Compared
        The faces.
    what : str
        Names the trial, such as ``Participant 01, trial mimicry-3, target anger``.
    """
    meaning = (
        "The two faces are aligned by rotation and shift. The distance has two sources: the expressions, and the shape "
        "of the two faces, which also differ at rest."
        if compared.distance == "points"
        else "Both expressions are drawn on the mean face of the model. The distance is that between the two movements "
        "from the own face at rest; it does not contain the shapes of the faces."
    )
    return (
        f"{what}. Faces fitted by the model {compared.model.name}, {len(compared.distance_mm)} points. {meaning} "
        f"Median {np.median(compared.distance_mm):.1f} mm; 1 % of the points are beyond {compared.largest_mm:.1f} mm, "
        "the end of the scale."
    )


def _draw_points(axes: Axes, points_mm: FloatArray, compared: Compared) -> None:
    visible = _visible_points(compared.model)
    order = visible[np.argsort(points_mm[visible, 2])]
    axes.scatter(
        points_mm[order, 0],
        points_mm[order, 1],
        c=compared.distance_mm[order],
        cmap=COLOUR_SCALE,
        vmin=0.0,
        vmax=compared.largest_mm,
        s=2.0,
        linewidths=0,
        rasterized=True,
    )
    both = np.concatenate([compared.target_mm[visible], compared.mimic_mm[visible]])
    low, high = both.min(axis=0), both.max(axis=0)
    half = 0.52 * max(high[1] - low[1], (high[0] - low[0]) / _ASPECT)
    middle = (low + high) / 2
    axes.set_xlim(middle[0] - half * _ASPECT, middle[0] + half * _ASPECT)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    axes.set_axis_off()


@lru_cache(maxsize=4)
def _visible_points(model: FaceModel) -> IntArray:
    """Return the points of the triangles that face the viewer."""
    corners = model.mean[model.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0
    return np.unique(model.triangles[facing])
