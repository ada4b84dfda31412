"""Paint skin, brows, lips and lids, and the eyes of models without eyeballs.

The painting is a frontal projection on the mean face, so it moves with the vertices. Positions come from the 68
landmarks of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import Appearance, Colour

FloatArray: TypeAlias = NDArray[np.floating[Any]]
"""In this file, pictures have single precision."""
_RIGHT_BROW, _LEFT_BROW = range(17, 22), range(26, 21, -1)
_RIGHT_EYE, _LEFT_EYE = range(36, 42), range(42, 48)
_OUTER_LIPS = range(48, 60)
_NOSE_TIP, _NOSE_BASE = 30, 33


@dataclass(frozen=True, slots=True, eq=False)
class PaintGuide:
    """Positions of the parts of the mean face, seen from the front."""

    points_mm: FloatArray
    """(68, 2) x to the right, y up; NaN for landmarks the model lacks."""
    box_mm: tuple[float, float, float, float]
    """Left, bottom, right, top of the painting."""
    has_eyeballs: bool

    @classmethod
    def of(cls, model: FaceModel) -> PaintGuide:
        """Return the guide of a model.

        Raises
        ------
        FaceModelError
            If the model lacks the landmarks of brows, eyes or mouth.
        """
        points = np.full((68, 2), np.nan)
        known = model.landmark_vertices >= 0
        points[known] = model.mean[model.landmark_vertices[known], :2]
        needed = [*_RIGHT_BROW, *_LEFT_BROW, *_RIGHT_EYE, *_LEFT_EYE, *_OUTER_LIPS, _NOSE_TIP, _NOSE_BASE]
        if np.isnan(points[needed]).any():
            raise FaceModelError(f"face model {model.name}: cannot be drawn, its brows, eyes or lips have no landmarks")
        low, high = model.mean[:, :2].min(axis=0) - 2, model.mean[:, :2].max(axis=0) + 2
        return cls(
            points_mm=points,
            box_mm=(low[0], low[1], high[0], high[1]),
            has_eyeballs=model.materials is not None and bool((model.materials == 1).any()),
        )


def paint(guide: PaintGuide, appearance: Appearance, *, px_per_mm: float = 4.0) -> FloatArray:
    """Return (H, W, 3) sRGB colours, 0..1, over `guide.box_mm`, first row at the top.

    Parameters
    ----------
    guide : PaintGuide
        Positions of the parts of the face.
    appearance : Appearance
        Colours, brows and stubble.
    px_per_mm : float
        Resolution.
    """
    return _Painter(guide, appearance, px_per_mm).painted()


class _Painter:
    def __init__(self, guide: PaintGuide, appearance: Appearance, px_per_mm: float) -> None:
        self.guide, self.look, self.scale = guide, appearance, px_per_mm
        left, bottom, right, top = guide.box_mm
        self.size = (int(np.ceil((right - left) * px_per_mm)), int(np.ceil((top - bottom) * px_per_mm)))
        self.rng = np.random.default_rng(appearance.texture_seed)
        self.canvas = np.empty((self.size[1], self.size[0], 3), dtype=np.float32)
        self.canvas[:] = appearance.skin

    def painted(self) -> FloatArray:
        self._complexion()
        self._stubble()
        self._lips()
        self._beard()
        for eye in (_RIGHT_EYE, _LEFT_EYE):
            if not self.guide.has_eyeballs:
                self._flat_eye(eye)
            self._lashes(eye)
        for brow in (_RIGHT_BROW, _LEFT_BROW):
            self._brow(brow)
        return np.clip(self.canvas, 0.0, 1.0)

    def _px(self, points_mm: FloatArray) -> FloatArray:
        left, _, _, top = self.guide.box_mm
        px: FloatArray = np.stack([points_mm[..., 0] - left, top - points_mm[..., 1]], axis=-1) * self.scale
        return px

    def _points(self, which: range) -> FloatArray:
        return self.guide.points_mm[list(which)]

    def _blank(self) -> FloatArray:
        return np.zeros((self.size[1], self.size[0]), dtype=np.float32)

    def _soften(self, mask: FloatArray, sigma_mm: float) -> FloatArray:
        soft: FloatArray = cv2.GaussianBlur(mask, (0, 0), sigma_mm * self.scale).astype(np.float32)
        return soft

    def _grain(self, sigma_mm: float) -> FloatArray:
        """Return smooth noise of standard deviation 1; coarse noise is enlarged."""
        shrink = max(1.0, sigma_mm * self.scale / 2)
        small = (int(self.size[1] / shrink) + 2, int(self.size[0] / shrink) + 2)
        noise = cv2.GaussianBlur(self.rng.standard_normal(small), (0, 0), sigma_mm * self.scale / shrink)
        grain: FloatArray = cv2.resize(noise / noise.std(), self.size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        return grain

    def _polygon(self, points_mm: FloatArray) -> FloatArray:
        mask = self._blank()
        cv2.fillPoly(mask, [np.round(self._px(points_mm) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        return mask

    def _stroke(self, mask: FloatArray, points_mm: FloatArray, width_mm: float) -> None:
        line = np.round(self._px(points_mm) * 16).astype(np.int32)
        thickness = max(1, round(width_mm * self.scale))
        cv2.polylines(mask, [line], isClosed=False, color=1.0, thickness=thickness, lineType=cv2.LINE_AA, shift=4)

    def _spot(self, centre_mm: FloatArray, sigma_mm: tuple[float, float]) -> FloatArray:
        x, y = self._px(centre_mm)
        across = np.exp(-(((np.arange(self.size[0]) - x) / (sigma_mm[0] * self.scale)) ** 2) / 2)
        down = np.exp(-(((np.arange(self.size[1]) - y) / (sigma_mm[1] * self.scale)) ** 2) / 2)
        return np.outer(down, across)

    def _mix(self, mask: FloatArray, colour: Colour | FloatArray) -> None:
        rows, columns, weight = _where(mask)
        area = self.canvas[rows, columns]
        area += (np.asarray(colour, dtype=np.float32) - area) * weight

    def _shade(self, mask: FloatArray, factor: Colour) -> None:
        rows, columns, weight = _where(mask)
        self.canvas[rows, columns] *= 1 - weight * (1 - np.asarray(factor, dtype=np.float32))

    def _complexion(self) -> None:
        points = self.guide.points_mm
        for sigma_mm, strength in ((9.0, 0.020), (2.5, 0.014), (0.5, 0.016)):
            grain = self._grain(sigma_mm)
            self.canvas *= 1 + strength * grain[..., None] * np.array([0.7, 1.0, 1.0], dtype=np.float32)
        middle = points[_NOSE_BASE]
        for side, eye in ((-1, _RIGHT_EYE), (1, _LEFT_EYE)):
            centre = self._points(eye).mean(axis=0)
            cheek = np.array([centre[0] + side * 6, (centre[1] + middle[1]) / 2 - 6])
            self._shade(0.9 * self._spot(cheek, (17, 13)), (1.0, 0.90, 0.89))
            self._shade(0.8 * self._spot(centre + np.array([0, -9]), (13, 4)), (0.90, 0.86, 0.88))
            self._shade(0.8 * self._spot(centre + np.array([-side * 2, 5]), (15, 5)), (0.90, 0.85, 0.83))
        self._shade(0.8 * self._spot(points[_NOSE_TIP], (10, 9)), (1.0, 0.91, 0.90))

    def _stubble(self) -> None:
        if self.look.stubble <= 0:
            return
        lips, nose = self._points(_OUTER_LIPS), self.guide.points_mm[_NOSE_BASE]
        mouth = lips.mean(axis=0)
        beard = self._spot(mouth + np.array([0, -24]), (40, 20)) + self._spot(
            (mouth + nose) / 2 + np.array([0, 1.5]), (20, 4.5)
        )
        grain = 0.75 + 0.25 * self.rng.standard_normal((self.size[1], self.size[0]))
        self._mix(0.5 * self.look.stubble * np.clip(beard, 0, 1) * grain, np.asarray(self.look.brows) * 0.8 + 0.1)

    def _beard(self) -> None:
        """Cover cheeks, chin and upper lip with hair that falls down."""
        if self.look.beard <= 0:
            return
        nose, lips = self.guide.points_mm[_NOSE_BASE], self._points(_OUTER_LIPS)
        x, y = np.array(
            [[0, 9, 16, 24, 40, 58, 70, 70, 48, 26, 0], [-4, -4.5, -11, -17, -10, 10, 36, -20, -64, -76, -80]]
        )
        half = np.stack([x, y], axis=1)
        outline = nose + np.concatenate([half, half[::-1] * (-1.0, 1.0)])
        mouth = self._polygon(lips.mean(axis=0) + (lips - lips.mean(axis=0)) * (1.0, 0.9))
        soft = self._soften(self._polygon(outline) * (1.0 - mouth), 1.2)
        noise = self.rng.standard_normal((self.size[1], self.size[0]))
        strands = cv2.GaussianBlur(noise, (0, 0), sigmaX=0.22 * self.scale, sigmaY=2.2 * self.scale)
        strands = np.clip(0.5 + 0.3 * strands / strands.std(), 0.0, 1.0).astype(np.float32)
        covered = np.clip((soft - 0.5) * 2.5 + 0.5 + 0.6 * (strands - 0.5), 0.0, 1.0)
        colour = np.asarray(self.look.hair_colour, dtype=np.float32)
        self._mix(self.look.beard * 0.92 * covered, colour * 0.75)
        self._mix(self.look.beard * 0.45 * covered * strands, colour * 1.3 + 0.06)

    def _lips(self) -> None:
        outline = self._points(_OUTER_LIPS)
        self._mix(self._soften(self._polygon(outline), 0.9), self.look.lips)
        corners = self._blank()
        for corner in (outline[0], outline[6]):
            corners += self._spot(corner, (2.2, 1.6))
        self._shade(0.5 * corners, (0.55, 0.45, 0.45))

    def _lashes(self, eye: range) -> None:
        lids = self._points(eye)
        upper, lower = lids[[0, 1, 2, 3]], lids[[3, 4, 5, 0]]
        mask = self._blank()
        self._stroke(mask, _curve(upper), 1.3)
        self._shade(0.80 * self._soften(mask, 0.45), (0.30, 0.24, 0.22))
        mask = self._blank()
        self._stroke(mask, _curve(lower), 0.8)
        self._shade(0.40 * self._soften(mask, 0.5), (0.50, 0.40, 0.38))
        crease = self._blank()
        self._stroke(crease, _curve(upper + np.array([0, 4.0])), 0.8)
        self._shade(0.45 * self._soften(crease, 0.8), (0.65, 0.55, 0.52))

    def _flat_eye(self, eye: range) -> None:
        lids = self._points(eye)
        opening = self._soften(
            self._polygon(np.concatenate([_curve(lids[[0, 1, 2, 3]]), _curve(lids[[3, 4, 5, 0]])])), 0.3
        )
        self._mix(opening, (0.86, 0.84, 0.82))
        centre = lids.mean(axis=0)
        x, y = self._px(centre)
        across, down = np.meshgrid(np.arange(self.size[0]) - x, np.arange(self.size[1]) - y)
        radius_mm = np.hypot(across, down) / self.scale
        self._mix(opening * np.clip((6.1 - radius_mm) * 3, 0, 1), np.asarray(self.look.iris))
        self._mix(opening * np.clip((2.4 - radius_mm) * 3, 0, 1), (0.03, 0.03, 0.03))

    def _brow(self, brow: range) -> None:
        """Paint a soft shape and on it hairs that point to the temple."""
        line = _brow_line(self._points(brow))
        outwards = np.sign(line[0, 0] - line[-1, 0])
        along = np.linspace(0, 1, len(line))[::-1]  # 0 at the nose
        half_mm = self.look.brow_fullness * np.interp(along, [0, 0.15, 0.6, 1], [2.5, 3.4, 2.9, 0.9])
        shape = np.concatenate(
            [line + np.stack([0 * half_mm, half_mm * 0.8], 1), (line - np.stack([0 * half_mm, half_mm], 1))[::-1]]
        )
        soft = self._soften(self._polygon(shape), 1.1)
        self._mix(0.62 * self.look.brow_strength * soft, self.look.brows)
        hairs = self._blank()
        for _ in range(round(260 * self.look.brow_fullness)):
            at = self.rng.random()
            k = int(at * (len(line) - 1))
            root = line[k] + np.array([0, self.rng.uniform(-1.0, 0.5) * half_mm[k]])
            rise = np.interp(along[k], [0, 0.3, 1], [2.4, 1.4, -0.6]) + self.rng.normal(0, 0.3)
            tip = root + np.array([outwards * self.rng.uniform(2.0, 4.0) * (0.4 + 0.6 * along[k] ** 0.5), rise])
            self._stroke(hairs, np.stack([root, tip]), 0.25)
        self._mix(0.75 * self.look.brow_strength * self._soften(hairs, 0.16), np.asarray(self.look.brows) * 0.8)


def _where(mask: FloatArray) -> tuple[slice, slice, FloatArray]:
    """Return the rows, columns and weights that a mask covers; most masks are small."""
    covered = mask > 1e-3
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0), np.zeros((0, 0, 1))
    down, across = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return down, across, np.clip(mask[down, across], 0.0, 1.0)[..., None].astype(np.float32)


def _brow_line(points: FloatArray, count: int = 60) -> FloatArray:
    """Return the middle of a brow from temple to nose, as a parabola.

    The landmarks of a model are vertices, so the line through them is not smooth. Detectors place the first and the
    last point outside the hairs, and all points near the upper edge.
    """
    x = points[:, 0]
    shape = np.polynomial.Polynomial.fit(x, points[:, 1], 2)
    across = np.linspace(x[0] + 0.12 * (x[-1] - x[0]), x[-1] - 0.02 * (x[-1] - x[0]), count)
    height = shape(across)
    flatter = height + 0.22 * (height.mean() - height)
    line: FloatArray = np.stack([across, flatter - 1.8], axis=1)
    return line


def _curve(points: FloatArray, count: int = 24) -> FloatArray:
    """Return a smooth line through a few points (Catmull-Rom)."""
    ends = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, len(points) - 1 - 1e-9, count)
    k = t.astype(int)
    u = (t - k)[:, None]
    a, b, c, d = (ends[k + offset] for offset in range(4))
    line: FloatArray = 0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3)
    return line
