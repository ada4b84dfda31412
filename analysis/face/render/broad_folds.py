"""Broad folds: the relief of the flesh that muscles push together.

They are several millimetres wide and show at the size of a face on a webcam: the cheek above a smile, the fold between
cheek and mouth, the bulges of a frown, the rolls of the forehead, the lower lid, the chin. The shapes of a face model
move the outline of brows, eyes and mouth, and show little of this. Positions are those of the Investigator's Guide of
the Facial Action Coding System (Ekman, Friesen & Hager 2002); widths and heights are our choice.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.render.folds import Fold, both, bulge, line, on_both_sides, path


def broad_folds(points_mm: FloatArray) -> Iterator[Fold]:
    """Yield the broad folds of a face.

    Parameters
    ----------
    points_mm : (68, 2) float array
        Landmarks of the face from the front.
    """
    yield from _middle(points_mm)
    yield from on_both_sides(_side, points_mm)


def _middle(p: FloatArray) -> Iterator[Fold]:
    brow, lip = (p[21] + p[22]) / 2, p[57]
    raised = {**both("browInnerUp", 0.5), "browInnerUp": 0.85, **both("browOuterUp", 0.25)}
    for up in (12.0, 22.0, 31.0):
        yield line(brow, [(-24, up + 1), (-10, up), (10, up), (24, up + 1)], raised, 1.9, -1.5)
        yield line(brow, [(-24, up + 6), (-10, up + 5), (10, up + 5), (24, up + 6)], raised, 2.4, 1.0)
    # The muscle over the root of the nose (procerus).
    yield line(brow, [(-8, -5), (0, -5.5), (8, -5)], both("noseSneer", 0.5) | both("browDown", 0.2), 1.6, -1.8)
    yield bulge(brow, (0, 1), both("noseSneer", 0.4) | both("browDown", 0.3), 4.0, 1.6)
    pushed = {"mouthShrugLower": 1.0, **both("mouthFrown", 0.35), **both("mouthPress", 0.3)}
    yield bulge(lip, (0, -20), pushed, 8.0, 3.2)
    yield line(lip, [(-15, -10), (-6, -8), (0, -7.5), (6, -8), (15, -10)], pushed, 2.0, -2.0)
    for x, y in ((-7.0, -17.0), (0.0, -22.0), (7.0, -17.0), (-3.5, -25.0), (3.5, -25.0)):
        yield bulge(lip, (x, y), {"mouthShrugLower": 1.0, **both("mouthFrown", 0.2)}, 2.4, -0.45)


def _side(p: FloatArray, side: str) -> Iterator[Fold]:
    """Yield the folds of the side whose landmarks have positive x."""
    down, inner, outer = f"browDown{side}", f"browInnerUp{side}", f"browOuterUp{side}"
    smile, sneer, lip_up, cheek = f"mouthSmile{side}", f"noseSneer{side}", f"mouthUpperUp{side}", f"cheekSquint{side}"
    squint, wide, frown = f"eyeSquint{side}", f"eyeWide{side}", f"mouthFrown{side}"
    stretch, press, lip_down = f"mouthStretch{side}", f"mouthPress{side}", f"mouthLowerDown{side}"
    brow, peak, eye, low_lid, inner_eye = p[22], p[24], p[45], p[46], p[42]
    corner, wing = p[54], p[33] + np.array([15.0, 3.0])
    # Between the brows: a furrow, and the muscle (corrugator) next to it.
    yield line(brow, [(-7.5, 9), (-6.5, 3), (-7, -3), (-8, -6)], {down: 1.0, sneer: 0.2}, 1.7, -2.3)
    yield bulge(brow, (-1.5, 4.0), {down: 1.0, sneer: 0.2}, 3.2, 2.4)
    yield bulge(brow, (9.0, 9.0), {down: 0.9}, 5.0, -1.6)
    yield line(brow, [(2, 14), (8, 11), (14, 12)], {"browInnerUp": 0.5, inner: 0.5, down: 0.3}, 2.0, -1.3)
    for up in (11.0, 20.0):
        yield line(peak, [(-12, up), (0, up + 2), (10, up + 1), (20, up - 3)], {outer: 1.0}, 1.9, -1.6)
        yield line(peak, [(-12, up + 5), (0, up + 7), (10, up + 6), (20, up + 2)], {outer: 1.0}, 2.4, 1.1)
    # The upper lid goes up under its fold; the lower lid bulges above its bag.
    lid = path((p[43], -2, 4.5), (p[44], 0, 4.5), (p[45], 0, 3.5))
    yield Fold({wide: 1.0, squint: -0.3, down: -0.3}, lid, 1.3, -1.3)
    roll = path((inner_eye, 4, -3.5), (low_lid, -5, -4), (low_lid, 2, -4))
    yield Fold({squint: 1.0, cheek: 0.7, smile: 0.2}, roll, 1.9, 1.8)
    bag = path((inner_eye, 2, -7), (low_lid, -6, -9.5), (low_lid, 3, -9), (eye, 4, -6))
    yield Fold({squint: 0.8, cheek: 0.9, smile: 0.3, lip_up: 0.2}, bag, 1.7, -1.9)
    for slant in (6.0, 0.5, -5.0):
        feet = {cheek: 1.0, squint: 0.4, smile: 0.3}
        yield line(eye, [(6, 0.4 * slant), (11, 0.7 * slant), (17, 1.1 * slant)], feet, 1.3, -1.1)
    # The cheek, and the fold between cheek and mouth.
    yield bulge((low_lid + corner) / 2, (5.0, 4.0), {smile: 0.9, cheek: 0.7, lip_up: 0.2}, 8.0, 4.5)
    fold = path((wing, -1, 1), (wing, 3.5, -8), (corner, 4, 9), (corner, 8, 0), (corner, 8.5, -8))
    yield Fold({smile: 1.0, lip_up: 0.35, stretch: 0.35, f"mouthDimple{side}": 0.5}, fold, 2.0, -2.8)
    ridge = path((wing, 6, 2), (wing, 10, -6), (corner, 11, 10), (corner, 14, 0))
    yield Fold({smile: 0.8, lip_up: 0.4, sneer: 0.3}, ridge, 3.2, 1.8)
    # A wrinkled nose: lines at its side, a deep groove around its wing, flesh pushed up next to it.
    for row in (0.0, 1.0):
        side_of_nose = (inner_eye + p[30]) / 2 * np.array([0.3, 1.0])
        yield line(side_of_nose, [(3, 8 - 6 * row), (8, 4 - 6 * row), (12, -1 - 6 * row)], {sneer: 1.0}, 1.4, -1.6)
    groove = path((wing, -3, 6), (wing, 1, 0), (wing, 4, -8), (wing, 8, -14))
    yield Fold({sneer: 0.9, lip_up: 0.8}, groove, 1.8, -2.4)
    yield bulge(wing, (8.0, 8.0), {sneer: 0.8, lip_up: 0.6}, 5.0, 2.8)
    # Around the corner of the mouth.
    yield line(corner, [(0, -1), (3.5, -8), (5, -16)], {frown: 1.0, "mouthShrugLower": 0.25}, 1.8, -2.2)
    yield bulge(corner, (-5.0, -10.0), {frown: 1.0, "mouthShrugLower": 0.4}, 4.5, 2.0)
    yield bulge(corner, (7.0, -4.0), {frown: 0.8, press: 0.6}, 5.0, 2.0)
    yield bulge(corner, (4.5, 0.5), {f"mouthDimple{side}": 1.0, press: 0.8, smile: 0.4, stretch: 0.4}, 3.0, -1.3)
    for row in (0.0, 1.0):
        beside = [(9 + 7 * row, 9), (12 + 7 * row, 0), (11 + 7 * row, -10)]
        yield line(corner, beside, {stretch: 1.0}, 1.7, -1.5)
    yield line(corner, [(-16, -12), (-8, -14), (-1, -12)], {stretch: 0.5, lip_down: 0.7}, 1.8, -1.4)
    # An open jaw draws the cheeks in.
    hollow = path((wing, 16, -6), (corner, 14, 2), (corner, 12, -12))
    yield Fold({"jawOpen": 1.0, "mouthFunnel": 0.5, "mouthPucker": 0.4}, hollow, 5.0, -3.0)
