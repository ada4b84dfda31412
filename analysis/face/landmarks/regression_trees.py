"""Predict landmarks in many boxes at once with dlib's regression trees [1]_.

dlib's own function evaluates one box, returns whole pixels and spends most of its time waiting for the leaves of the
trees, 65 MB. Here one stage after the other is evaluated for all boxes, so its leaves stay in the processor's cache,
and the result is not rounded. The arithmetic is dlib's up to the order of sums: where the position of a pixel is within
a rounding error of the border between two pixels, the other one may be compared, and a tree may reach another leaf.
``docs/courses.md`` says how often, and how far landmarks then move.

References
----------
.. [1] Kazemi & Sullivan, One millisecond face alignment with an ensemble of regression trees, CVPR (2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.face.arrays import FloatArray, ImageArray, IntArray
from analysis.face.landmarks.predictor_weights import PredictorWeights, predictor_weights

_GROUPS = 10
"""Groups of trees whose leaves are added one group after the other: those of one group fit into the cache."""
_MOST_BOXES = 128
"""Boxes that are evaluated together; more do not fit into the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class BoxFrames:
    """Where B boxes are in a stack of pictures.

    Box coordinates are 0..1 from the left and upper border of the box.
    """

    picture: IntArray
    """(B,) number of the picture of each box."""
    turn: FloatArray
    """(B, 2, 2) box to picture, px."""
    corner: FloatArray
    """(B, 2) the upper left corner of the box, px."""
    gain: FloatArray
    """(B,) factor of the contrast."""

    def part(self, chosen: IntArray) -> BoxFrames:
        """Return some of the boxes.

        Parameters
        ----------
        chosen : (C,) int array
            Their numbers.
        """
        return BoxFrames(self.picture[chosen], self.turn[chosen], self.corner[chosen], self.gain[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    anchors: IntArray
    offsets: NDArray[np.float32]
    """(2, P, 1)"""
    first: IntArray
    """(N, T) one row a split."""
    second: IntArray
    thresholds: NDArray[np.int16]
    """(N, T, 1) rounded down: differences of grey values are whole numbers."""
    leaves: NDArray[np.float32]
    begins: NDArray[np.int32]
    """(T,) row of the first leaf of each tree."""


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """Arrays that every stage overwrites.

    To reserve memory takes longer than to compute what is in it.
    """

    grey: NDArray[np.int16]
    other_grey: NDArray[np.int16]
    right: NDArray[np.uint8]
    """(N, T, B) decisions."""
    reached: csr_array
    """(G * B, leaves) ones at the leaves of each group that each box reaches."""
    groups: int

    @staticmethod
    def reserved(stage: _Stage, count: int) -> _Work:
        splits, trees = stage.first.shape
        groups = math.gcd(trees, _GROUPS)
        reached = csr_array(
            (
                np.ones(count * trees, dtype=np.float32),
                np.zeros(count * trees, dtype=np.int32),
                np.arange(0, count * trees + 1, trees // groups, dtype=np.int32),
            ),
            shape=(groups * count, len(stage.leaves)),
        )
        return _Work(
            np.empty((trees, count), dtype=np.int16),
            np.empty((trees, count), dtype=np.int16),
            np.empty((splits, trees, count), dtype=np.uint8),
            reached,
            groups,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Predictor:
    mean_shape: NDArray[np.float32]
    stages: tuple[_Stage, ...]


def predict_boxes(pictures: ImageArray, boxes: BoxFrames, *, stages: int | None = None) -> FloatArray:
    """Return the (B, 68, 2) landmarks in boxes, px of their pictures.

    Parameters
    ----------
    pictures : (F, H, W) uint8 array
        Grey pictures of one size. Beyond the border, the outermost pixels are repeated.
    boxes : BoxFrames
        The boxes.
    stages : int, optional
        Evaluate only the first stages: a coarse result, in less time.

    Raises
    ------
    AnalysisError
        If the weights are missing or damaged.
    """
    predictor, count = _predictor(), len(boxes.picture)
    if not count:
        return np.zeros((0, 68, 2))
    if count == 1:  # numpy adds one column in another order
        both = boxes.part(np.zeros(2, dtype=np.intp))
        return _predict(predictor, pictures, both, stages)[:1]
    begins = range(0, count, _MOST_BOXES)
    sections = np.array_split(np.arange(count), len(begins))
    return np.concatenate([_predict(predictor, pictures, boxes.part(one), stages) for one in sections])


def _predict(predictor: _Predictor, pictures: ImageArray, boxes: BoxFrames, stages: int | None) -> FloatArray:
    count = len(boxes.picture)
    # Landmarks before boxes: everything that concerns one pixel or one split is one row of memory.
    turn = np.ascontiguousarray(boxes.turn.transpose(1, 2, 0), dtype=np.float32)
    corner = np.ascontiguousarray(boxes.corner.T, dtype=np.float32)
    shape = np.repeat(predictor.mean_shape.T[:, :, None], count, axis=2)
    gain = boxes.gain.astype(np.float32)
    begin_of_picture = boxes.picture.astype(np.int32) * np.int32(pictures.shape[1] * pictures.shape[2])
    chosen = predictor.stages[:stages]
    work = _Work.reserved(chosen[0], count)
    for stage in chosen:
        in_picture = _moved(turn, shape) + corner[:, None, :]
        pixel_turn = _moved(turn, _turn_from_mean(predictor.mean_shape, shape))
        grey = _grey(pictures, begin_of_picture, in_picture[:, stage.anchors], stage.offsets, pixel_turn)
        if (gain != 1.0).any():
            grey = np.rint(grey * gain).astype(np.int16)
        leaf = _leaf(_goes_right(grey, stage, work))
        grouped = leaf.reshape(work.groups, -1, count).transpose(0, 2, 1)
        begins = stage.begins.reshape(work.groups, 1, -1)
        np.add(grouped, begins, out=work.reached.indices.reshape(grouped.shape))
        moved = (work.reached @ stage.leaves).reshape(work.groups, count, -1, 2)
        shape += np.add.reduce(moved, axis=0).transpose(2, 1, 0)
    found = _moved(turn, shape) + corner[:, None, :]
    return np.ascontiguousarray(found.transpose(2, 1, 0), dtype=np.float64)


def _moved(turn: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (2, N, B) points multiplied by (2, 2, B) matrices.

    Element by element: the result of one box then does not depend on the other boxes, to the last digit.
    """
    return np.stack([turn[axis, 0] * points[0] + turn[axis, 1] * points[1] for axis in (0, 1)])


def _turn_from_mean(mean_shape: NDArray[np.float32], shape: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rotations and scales that map the mean shape onto shapes best.

    Their shape is (2, 2, B), that of the shapes (2, 68, B).
    """
    x, y = (mean_shape - mean_shape.mean(axis=0)).T
    x, y = x[:, None], y[:, None]
    along = (x * shape[0] + y * shape[1]).sum(axis=0)
    across = (x * shape[1] - y * shape[0]).sum(axis=0)
    size = np.float32((x * x + y * y).sum())
    return np.asarray(np.stack((np.stack((along, -across)), np.stack((across, along)))) / size)


def _grey(
    pictures: ImageArray,
    begin_of_picture: NDArray[np.int32],
    anchors: NDArray[np.float32],
    offsets: NDArray[np.float32],
    turn: NDArray[np.float32],
) -> NDArray[np.int16]:
    """Return the (P, B) grey values of the pixels nearest to anchors plus offsets."""
    height, width = pictures.shape[1:]
    across, down = (
        anchors[axis] + turn[axis, 0] * offsets[0] + turn[axis, 1] * offsets[1] + np.float32(0.5) for axis in (0, 1)
    )
    column = np.clip(across, 0, width - 1).astype(np.int32)
    row = np.clip(down, 0, height - 1).astype(np.int32)
    # Box by box: the pixels of one are close to each other in memory.
    pixels = (row * np.int32(width) + column + begin_of_picture).T.astype(np.intp, order="C")
    return np.asarray(np.take(pictures, pixels).T, dtype=np.int16, order="C")


def _goes_right(grey: NDArray[np.int16], stage: _Stage, work: _Work) -> NDArray[np.uint8]:
    """Return the (N, T, B) decisions of all splits, 1 for the right child.

    The next call overwrites them.
    """
    for first, second, thresholds, right in zip(
        stage.first, stage.second, stage.thresholds, work.right.view(np.bool_), strict=True
    ):
        np.take(grey, first, axis=0, out=work.grey, mode="clip")
        np.take(grey, second, axis=0, out=work.other_grey, mode="clip")
        np.subtract(work.grey, work.other_grey, out=work.grey)
        np.less_equal(work.grey, thresholds, out=right)
    return work.right


def _leaf(right: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the (T, B) leaf that (N, T, B) decisions for the right child lead to.

    Splits are numbered in breadth-first order, the left child first.
    """
    taken = [right[0]]
    leaf = right[0]
    begin, width = 1, 2
    while begin < len(right):
        # The splits of one level; the decisions so far choose one of two halves, the first decision first.
        level = right[begin : begin + width]
        for bit in taken:
            half = len(level) // 2
            left, other = level[:half], level[half:]
            level = left ^ ((left ^ other) & bit)
        taken.append(level[0])
        leaf = 2 * leaf + level[0]
        begin, width = begin + width, 2 * width
    return np.asarray(leaf, dtype=np.uint8)


@lru_cache(maxsize=1)
def _predictor() -> _Predictor:
    return _arranged(predictor_weights())


def _arranged(weights: PredictorWeights) -> _Predictor:
    stages = tuple(
        _Stage(
            anchors,
            np.ascontiguousarray(offsets.T[:, :, None]),
            np.ascontiguousarray(first.T),
            np.ascontiguousarray(second.T),
            np.ascontiguousarray(np.floor(thresholds.T[:, :, None])).astype(np.int16),
            leaves,
            np.arange(first.shape[0], dtype=np.int32) * np.int32(first.shape[1] + 1),
        )
        for anchors, offsets, first, second, thresholds, leaves in zip(
            weights.anchors,
            weights.offsets,
            weights.first,
            weights.second,
            weights.thresholds,
            weights.leaves,
            strict=True,
        )
    )
    return _Predictor(weights.mean_shape, stages)
