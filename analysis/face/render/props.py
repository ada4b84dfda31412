"""The parts of a portrait other than the face: clothes, long hair, skull, wall.

Frames and units as in `analysis.face.models.model`. Every solid is a grid of points around the vertical axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.render.mesh import Surface, grid_triangles
from analysis.face.render.scene import Background


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A rigid mesh."""

    vertices: FloatArray
    """(V, 3) mm."""
    normals: FloatArray
    """(V, 3) unit length."""
    triangles: IntArray
    """(T, 3) vertex indices."""
    kind: str
    """One of `analysis.face.render.shaders.KINDS`."""


@dataclass(frozen=True, slots=True)
class HeadSize:
    """Dimensions of a head, mm in model space."""

    brow_y: float
    chin_y: float
    nose_z: float
    half_width: float


def torso(head: HeadSize) -> Solid:
    """Return shoulders in a pullover with a round neck."""
    profile = np.array(
        [  # below the chin, half width, half depth, backwards
            (14, 57, 54, 16),
            (26, 58, 56, 16),
            (30, 61, 59, 16),
            (33, 66, 62, 18),
            (44, 92, 70, 22),
            (60, 136, 80, 28),
            (82, 180, 92, 30),
            (112, 204, 100, 32),
            (160, 214, 106, 32),
            (420, 222, 112, 32),
        ],
        dtype=np.float64,
    )
    y, width, depth, back = _smooth_profile(profile, 40)
    scale = head.half_width / 72
    return _solid(_Rings(head.chin_y - y, width * scale, depth * scale, head.nose_z - 92 - back), "CLOTH", power=2.4)


def curtain(head: HeadSize) -> Solid:
    """Return long hair behind the neck and at its sides."""
    y = np.linspace(head.brow_y + 45, head.chin_y - 75, 24)
    fall = np.linspace(0, 1, 24)
    above = np.clip(1 - 24 * fall / 9, 0, 1)  # follows the head, whose sides come together at the top
    width = head.half_width * (1.10 + 0.16 * np.sin(fall * np.pi) - 0.5 * above**2) + 6
    depth = head.half_width * (1.42 - 0.30 * fall)
    back = np.full(24, head.nose_z - 118.0)
    return _solid(_Rings(y, width, depth, back), "HAIR", sweep=(0.21, 0.79), power=2.2)


def neck(head: HeadSize) -> Solid:
    """Return a neck inside the collar, for models that end above it."""
    y = np.linspace(head.chin_y + 5, head.chin_y - 60, 12)
    return _solid(_Rings(y, np.full(12, 43.0), np.full(12, 42.0), np.full(12, head.nose_z - 116)), "DUMMY")


def skull(head: HeadSize) -> Solid:
    """Return the skull of models that are only a face."""
    polar = np.linspace(0.02, np.pi - 0.02, 24)
    centre_y, centre_z = head.brow_y + 8, head.nose_z - 108
    rings = _Rings(
        y=centre_y + 108 * np.cos(polar),
        width=head.half_width * 1.04 * np.sin(polar),
        depth=92 * np.sin(polar),
        centre_z=np.full(24, centre_z),
    )
    return _solid(rings, "DUMMY")


def wall(background: Background, width_px: int, height_px: int) -> FloatArray:
    """Return the (H, W, 3) sRGB picture, 0..1, of the background.

    Parameters
    ----------
    background : Background
        Colour and clutter.
    width_px, height_px : int
        Size of the picture.
    """
    rng = np.random.default_rng(background.seed)
    across, down = np.meshgrid(np.linspace(-1, 1, width_px), np.linspace(-1, 1, height_px))
    shade = 1.0 - 0.10 * (across * rng.uniform(-1, 1) + down * 0.8) - 0.05 * (across**2 + down**2)
    picture = np.asarray(background.colour) * shade[..., None]
    if background.clutter > 0:
        for _ in range(round(10 * background.clutter)):
            x, y = rng.uniform(0, width_px), rng.uniform(0, height_px)
            w, h = rng.uniform(0.04, 0.22, 2) * width_px
            tone = np.clip(np.asarray(background.colour) + rng.normal(0, 0.16) + rng.normal(0, 0.06, 3), 0.02, 0.95)
            cv2.rectangle(
                picture, (int(x - w / 2), int(y - h / 2)), (int(x + w / 2), int(y + h / 2)), tone.tolist(), -1
            )
        picture = cv2.GaussianBlur(picture, (0, 0), width_px / 160).astype(np.float64)
    grain = cv2.GaussianBlur(rng.standard_normal((height_px, width_px)), (0, 0), width_px / 40)
    picture = picture * (1 + 0.01 * grain / grain.std())[..., None]
    clipped: FloatArray = np.clip(picture, 0, 1)
    return clipped


def _smooth_profile(profile: FloatArray, count: int) -> FloatArray:
    """Return a (columns, count) profile with rounded corners."""
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(profile[:, :2], axis=0), axis=1))])
    at = np.concatenate([np.linspace(0, steps[-2], count - 2, endpoint=False), steps[-2:]])
    fine = np.stack([np.interp(at, steps, column) for column in profile.T])
    for _ in range(2):
        fine[:, 1:-1] = (fine[:, :-2] + 2 * fine[:, 1:-1] + fine[:, 2:]) / 4
    return fine


@dataclass(frozen=True, slots=True, eq=False)
class _Rings:
    """(R,) super-ellipses from the top down, mm."""

    y: FloatArray
    """Heights."""
    width: FloatArray
    """Half widths."""
    depth: FloatArray
    """Half depths."""
    centre_z: FloatArray


def _solid(rings: _Rings, kind: str, *, sweep: tuple[float, float] = (0.0, 1.0), power: float = 2.0) -> Solid:
    """Return the surface through rings.

    `sweep` is the part of the circle, from the front round the person's left side to the front again. `power` is the
    exponent of the super-ellipses.
    """
    closed = sweep == (0.0, 1.0)
    turns = np.linspace(*sweep, 64, endpoint=not closed) * 2 * np.pi
    x_unit = np.sign(np.sin(turns)) * np.abs(np.sin(turns)) ** (2 / power)
    z_unit = np.sign(np.cos(turns)) * np.abs(np.cos(turns)) ** (2 / power)
    count = len(rings.y)
    x, z = rings.width[:, None] * x_unit, rings.centre_z[:, None] + rings.depth[:, None] * z_unit
    points = np.stack([x, np.broadcast_to(rings.y[:, None], (count, 64)), z], axis=2)
    triangles = grid_triangles(count, 64, closed=closed)
    vertices = points.reshape(-1, 3)
    normals = Surface.of(triangles, len(vertices)).normals(vertices)
    return Solid(vertices=vertices, normals=normals, triangles=triangles, kind=kind)
