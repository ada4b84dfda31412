"""Wrinkles that follow the units: furrows of the skin as a map of heights.

Each unit that wrinkles the skin has folds: lines on the face of the model, placed by its landmarks, and bulges of the
skin next to them. The heights of all folds are added, in proportion to the strengths of their units. The renderer
changes only the shading by them, not the shape. Positions are those of the Investigator's Guide of the Facial Action
Coding System (Ekman, Friesen & Hager 2002); depths are our choice. Number, position and depth of the folds differ
between people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.render.broad_folds import broad_folds
from analysis.face.render.folds import Fold, both, bulge, line, on_both_sides, path, personal_fold
from analysis.face.render.paint import PaintGuide

PX_PER_MM = 3.0
"""Resolution of the map of heights."""
_MARGIN_MM = (35.0, 40.0, 48.0)
"""How far the map reaches to the sides of the eyes, below the lips and above the brows."""
_AT_REST = 0.22
"""Depth of the folds of the forehead, the cheeks and the eyes at rest, for skin with the deepest wrinkles."""
_HOLLOW_MM = 2.2
"""Surroundings with which a point is compared to see how deep it is."""
_HIDDEN_PER_MM = 0.55
"""Share of the light of the room that a furrow of one millimetre loses."""


_ALIKE = 0.6
"""Differences of broad folds between people, relative to those of wrinkles."""
_FIRST_FOLD, _WHOLE_FOLD = 0.05, 0.65
"""Strength of a movement at which a broad fold appears, and at which it is whole."""


@dataclass(frozen=True, slots=True, eq=False)
class CreaseMap:
    """The relief of one face, for shading."""

    box_mm: tuple[float, float, float, float]
    """Left, bottom, right, top of the map on the mean face, seen from the front."""
    relief: FloatArray
    """(H, W, 3) slope to the right, slope up, and the share of the room's light that is lost; first row at the top."""


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """The heights of one fold, where they are not zero."""

    fold: Fold
    rows: slice
    columns: slice
    heights_mm: FloatArray


class Creases:
    """The folds of one person.

    Parameters
    ----------
    guide : PaintGuide
        Positions of the parts of the face.
    seed : int
        Selects the person.
    """

    def __init__(self, guide: PaintGuide, seed: int) -> None:
        points = np.asarray(guide.points_mm, dtype=np.float64)
        side, below, above = _MARGIN_MM
        self._box = (
            float(points[36, 0] - side),
            float(points[57, 1] - below),
            float(points[45, 0] + side),
            float(points[17:27, 1].max() + above),
        )
        left, bottom, right, top = self._box
        self._shape = (round((top - bottom) * PX_PER_MM), round((right - left) * PX_PER_MM))
        rng = np.random.default_rng((seed, 7))
        self._patches = [self._patch(personal_fold(fold, rng)) for fold in _folds(points, rng)]
        rng = np.random.default_rng((seed, 8))
        self._broad = [self._patch(personal_fold(fold, rng, spread=_ALIKE)) for fold in broad_folds(points)]

    def relief(self, strengths: Mapping[str, float], *, depth: float, broad: float = 0.0) -> CreaseMap:
        """Return the relief of an expression.

        Parameters
        ----------
        strengths : mapping
            Strength of each unit, 0 to 1.
        depth : float
            Depth of the wrinkles: 0 none, 1 deep.
        broad : float
            Depth of the broad folds: 0 none, 1 clear.
        """
        heights = np.zeros(self._shape)
        for patch in self._patches:
            moved = patch.fold.moved_by(strengths)
            shown = depth * (moved + (_AT_REST * depth if patch.fold.at_rest else 0.0))
            if shown > 0:
                heights[patch.rows, patch.columns] += min(shown, 1.5) * patch.heights_mm
        for patch in self._broad if broad > 0 else ():
            heights[patch.rows, patch.columns] += broad * _folded(patch.fold.moved_by(strengths)) * patch.heights_mm
        down, across = np.gradient(heights, 1.0 / PX_PER_MM)
        around = cv2.GaussianBlur(heights, (0, 0), _HOLLOW_MM * PX_PER_MM)
        hidden = np.clip(_HIDDEN_PER_MM * (around - heights), 0.0, 0.6)
        return CreaseMap(self._box, np.stack([across, -down, hidden], axis=2))

    def _patch(self, fold: Fold) -> _Patch:
        left, _, _, top = self._box
        px = (fold.points_mm - (left, top)) * (PX_PER_MM, -PX_PER_MM)
        sigma = fold.width_mm * PX_PER_MM
        reach = 3.5 * sigma + 2.0
        low = np.clip(np.floor(px.min(axis=0) - reach).astype(int), 0, self._shape[::-1])
        high = np.clip(np.ceil(px.max(axis=0) + reach).astype(int), low, self._shape[::-1])
        (width, height), px = high - low, px - low
        if len(px) == 1:
            across, down = np.arange(width) - px[0, 0], np.arange(height) - px[0, 1]
            shape = np.outer(np.exp(-(down**2) / (2 * sigma**2)), np.exp(-(across**2) / (2 * sigma**2)))
        else:
            canvas = np.zeros((height, width), dtype=np.float32)
            _draw_tapered(canvas, px)
            shape = cv2.GaussianBlur(canvas, (0, 0), sigma) * np.sqrt(2 * np.pi) * sigma
        heights = np.asarray(fold.height_mm * shape, dtype=np.float64)
        return _Patch(fold, slice(low[1], high[1]), slice(low[0], high[0]), heights)


def _folded(moved: float) -> float:
    """Return the height of a broad fold, 0 to 1.

    A weak movement hardly folds the flesh, and a strong one not much deeper.
    """
    along = float(np.clip((moved - _FIRST_FOLD) / (_WHOLE_FOLD - _FIRST_FOLD), 0.0, 1.0))
    return along * along * (3.0 - 2.0 * along)


def _draw_tapered(canvas: FloatArray, px: FloatArray) -> None:
    """Draw a line of one pixel whose value fades towards both ends."""
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(px, axis=0), axis=1))])
    along = np.linspace(0.0, steps[-1], max(8, int(steps[-1] / 3)))
    # A smooth curve through the points: a polynomial in the length of the line.
    order = min(3, len(px) - 1)
    line = np.stack([np.polyval(np.polyfit(steps, px[:, axis], order), along) for axis in (0, 1)], axis=1)
    fixed = np.round(line * 16).astype(np.int32)
    for k in range(len(line) - 1):
        value = float(np.sqrt(np.sin(np.pi * (k + 0.5) / (len(line) - 1))))
        cv2.line(canvas, fixed[k].tolist(), fixed[k + 1].tolist(), value, 1, cv2.LINE_AA, 4)


def _folds(points_mm: FloatArray, rng: np.random.Generator) -> Iterator[Fold]:
    yield from _middle_folds(points_mm, rng)
    yield from on_both_sides(partial(_side_folds, rng=rng), points_mm)


def _middle_folds(p: FloatArray, rng: np.random.Generator) -> Iterator[Fold]:
    brow = (p[21] + p[22]) / 2
    lines = int(rng.integers(2, 5))
    first, step = rng.uniform(10, 15), rng.uniform(7, 10)
    for k in range(lines):
        # Lines of the forehead: raised inner brows show their middle, each raised outer brow its side.
        up = first + step * k
        units = {"browInnerUp": 0.85, "browOuterUpLeft": 0.3, "browOuterUpRight": 0.3}
        yield line(
            brow, [(-27, up + 2), (-12, up), (0, up - 0.8), (12, up), (27, up + 2)], units, 1.0, -0.75, rest=True
        )
    yield line(brow, [(-7, -4), (0, -4.6), (7, -4)], both("noseSneer", 0.5) | both("browDown", 0.1), 0.9, -0.7)
    yield line(brow, [(-8, -9), (0, -10), (8, -9)], both("noseSneer", 0.5), 0.9, -0.8)
    lip = p[57]
    chin = {"mouthShrugLower": 0.9, **both("mouthFrown", 0.25), "mouthRollLower": 0.4, **both("mouthPress", 0.25)}
    yield line(lip, [(-14, -10), (-6, -7.5), (0, -7), (6, -7.5), (14, -10)], chin, 1.5, -0.9)
    boss = {"mouthShrugLower": 1.0, **both("mouthFrown", 0.2)}
    yield bulge(lip, (0, -19), boss, 8.0, 1.8)
    for _ in range(7):
        yield bulge(lip, (rng.normal(0, 6.5), rng.normal(-20, 4)), boss, 1.3, -0.45)
    for x in (-9.0, -5.0, 0.0, 5.0, 9.0):
        pursed = {"mouthPucker": 1.0, "mouthFunnel": 0.4, "mouthRollUpper": 0.4}
        yield line(p[51], [(x, 2.0), (1.3 * x, 8.0)], pursed, 0.7, -0.45)
        pursed = {"mouthPucker": 1.0, "mouthRollLower": 0.4, "mouthFunnel": 0.3}
        yield line(p[57], [(x, -2.0), (1.2 * x, -6.5)], pursed, 0.7, -0.45)


def _side_folds(p: FloatArray, side: str, rng: np.random.Generator) -> Iterator[Fold]:
    """Yield the folds of the side whose landmarks have positive x."""
    down, outer, smile = f"browDown{side}", f"browOuterUp{side}", f"mouthSmile{side}"
    sneer, lip_up, cheek = f"noseSneer{side}", f"mouthUpperUp{side}", f"cheekSquint{side}"
    squint, frown, stretch = f"eyeSquint{side}", f"mouthFrown{side}", f"mouthStretch{side}"
    brow, peak, eye, low_lid, corner, wing = p[22], p[24], p[45], p[46], p[54], p[33] + np.array([15.0, 3.0])
    inner_eye = p[42]
    # Frown lines between the brows, and the muscle above the inner end of the brow.
    at = rng.uniform(-9.5, -6.5)
    yield line(
        brow, [(at, 9), (at + 1.5, 3), (at + 0.5, -3), (at - 1, -6)], {down: 1.0, sneer: 0.25}, 1.1, -1.1, rest=True
    )
    yield bulge(brow, (3.0, 4.5), {down: 1.0}, 5.0, 1.5)
    first, step = rng.uniform(8, 12), rng.uniform(7, 10)
    for k in range(int(rng.integers(2, 4))):
        up = first + step * k
        yield line(peak, [(-14, up), (-2, up + 2), (10, up + 0.5), (20, up - 4)], {outer: 1.0}, 1.0, -0.8, rest=True)
    # The nose: lines to its sides.
    nose = p[28] if np.isfinite(p[28]).all() else (inner_eye + p[30]) / 2 * np.array([0.0, 1.0])
    for row in (0.0, 1.0):
        yield line(nose, [(4, 4 - 5 * row), (9, 1 - 5 * row), (13, -4 - 5 * row)], {sneer: 1.0, smile: 0.1}, 0.9, -0.8)
    # From the wing of the nose around the mouth.
    nasolabial = path((wing, -1, 1), (wing, 3.5, -8), (corner, 4, 9), (corner, 7, 0), (corner, 7.5, -7))
    full = {smile: 0.9, cheek: 0.2, stretch: 0.35, f"mouthDimple{side}": 0.4, lip_up: 0.3}
    yield Fold(full, nasolabial, 1.5, -1.5, at_rest=True)
    upper = {sneer: 0.8, lip_up: 0.8, smile: 0.25}
    yield Fold(upper, path((wing, -2, 4), (wing, 1, -2), (wing, 5, -9)), 1.4, -1.3)
    yield bulge(wing, (12.0, 8.0), {sneer: 0.6, lip_up: 0.6, smile: 0.2}, 6.0, 1.4)
    yield bulge((low_lid + corner) / 2, (7.0, 6.0), {smile: 0.9, cheek: 0.7}, 9.0, 3.2)
    # The lower lid and the corner of the eye.
    bag = path((inner_eye, 2, -7), (low_lid, -6, -8.5), (low_lid, 3, -8), (eye, 3, -5))
    yield Fold({squint: 0.9, cheek: 0.8, smile: 0.25}, bag, 1.0, -0.75, at_rest=True)
    yield bulge(low_lid, (-4.0, -3.5), {squint: 0.8, cheek: 0.3}, 3.0, 0.8)
    for k in range(int(rng.integers(3, 5))):
        slant = rng.normal(0.0, 1.0) + 7.0 - 5.0 * k
        feet = {cheek: 1.0, squint: 0.45, smile: 0.35, f"eyeBlink{side}": 0.1}
        yield line(eye, [(5, 0.35 * slant), (10, 0.7 * slant), (16, 1.1 * slant)], feet, 0.8, -0.65, rest=True)
    # Below and next to the corner of the mouth.
    yield line(corner, [(0.5, -2), (4, -8), (5, -15)], {frown: 1.0, stretch: 0.2, "mouthShrugLower": 0.2}, 1.2, -0.9)
    yield bulge(corner, (-4.0, -10.0), {frown: 1.0}, 4.5, 1.3)
    pit = {f"mouthDimple{side}": 1.0, smile: 0.5, f"mouthPress{side}": 0.6, stretch: 0.3}
    yield bulge(corner, (4.5, 0.5), pit, 2.2, -1.1)
    for row in (0.0, 1.0):
        yield line(
            corner, [(10 + 7 * row, 10), (13 + 7 * row, 0), (12 + 7 * row, -10)], {stretch: 0.9, smile: 0.2}, 1.1, -0.7
        )
    yield line(corner, [(-16, -14), (-8, -16), (-1, -14)], {stretch: 0.6, f"mouthLowerDown{side}": 0.6}, 1.2, -0.6)
