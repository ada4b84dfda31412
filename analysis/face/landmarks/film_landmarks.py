"""Find the landmarks of one face in a stretch of a film, all frames at once.

The face is searched in the first frame, the anchor. In every other frame, landmarks are predicted first from the box of
the anchor and then, more exactly, from jittered boxes around this first result. So a frame depends on itself and on the
anchor, and on no other frame: errors do not add up, nothing lags, and any part of a stretch has the same numbers as the
whole. A face that is not where it was, or does not look like that of the anchor, is searched again in its own frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray, IntArray
from analysis.face.errors import FaceError
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.face_box import INNER, TurnedBoxes, box_of, contrast_gain
from analysis.face.landmarks.landmarks import Box, FaceBox, Landmarks
from analysis.face.landmarks.quality import require_exposed, require_inside, require_sharp, require_size
from analysis.face.landmarks.regression_trees import BoxFrames, predict_boxes
from analysis.face.landmarks.same_face import SAME_FACE, face_patch

_BOX_PX = 256
"""Width of the box of the anchor in the pictures that are searched for landmarks: about 100 pixels between the eyes."""
_REACH = 0.9
"""The pictures reach this far from the middle of the anchor's box, in box widths; farther out the face is searched."""
_FAR_STEP = 0.08
"""A face that moves by more, in box widths, is predicted from its own coarse landmarks twice."""
_FAR = 0.35
"""A face that moves by more is searched in its own frame."""
_COARSE_STAGES = 8
"""Stages of the predictor that place a box; the later ones move landmarks by less than a jittered box does."""
_SAMPLE_STEP = 8

Found: TypeAlias = Landmarks | FaceError
"""The face of a frame, or why it cannot be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """The square around a face that is cut out of the frames and scaled."""

    left: int
    top: int
    right: int
    bottom: int
    size: tuple[int, int]
    """(width, height) after scaling, px."""

    @staticmethod
    def around(box: TurnedBoxes, image_size: tuple[int, int]) -> _Region:
        width, middle = float(box.width[0]), box.middle[0]
        reach = (0.5 + _REACH) * width
        left, top = np.clip(np.floor(middle - reach), 0, np.subtract(image_size, 2)).astype(int).tolist()
        right, bottom = np.clip(np.ceil(middle + reach), (left + 2, top + 2), image_size).astype(int).tolist()
        scale = _BOX_PX / width
        size = (max(2, round((right - left) * scale)), max(2, round((bottom - top) * scale)))
        return _Region(left, top, right, bottom, size)

    def cut(self, grey: ImageArray) -> ImageArray:
        patch = grey[self.top : self.bottom, self.left : self.right]
        smaller = self.size[0] < patch.shape[1]
        method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(patch, self.size, interpolation=method), dtype=np.uint8)

    @property
    def scale(self) -> FloatArray:
        """(2,) enlargement."""
        return np.divide(self.size, (self.right - self.left, self.bottom - self.top))

    def inwards(self, points_px: FloatArray) -> FloatArray:
        """Return points of the frame in the region.

        Pixels have their origin in the middle of the first one.
        """
        inside: FloatArray = (points_px - (self.left, self.top) + 0.5) * self.scale - 0.5
        return inside

    def outwards(self, points_px: FloatArray) -> FloatArray:
        """Return points of the region in the frame."""
        outside: FloatArray = (points_px + 0.5) / self.scale - 0.5 + (self.left, self.top)
        return outside


def find_in_stretch(frames: Sequence[ImageArray], detector: LandmarkDetector) -> list[Found]:
    """Return the face of every frame of a stretch of a film.

    Parameters
    ----------
    frames : sequence of (H, W) uint8 arrays
        Grey pictures of one size, in any number; the first one is the anchor.
    detector : LandmarkDetector
        Limits of what can be measured, and the number of jittered boxes.
    """
    try:
        anchor = detector.find_face(frames[0])
    except FaceError as error:
        return [error, *(_searched(frame, detector, thorough=True) for frame in frames[1:])]
    points, patch = _around(frames[:1], anchor.box, detector.boxes)[0], None
    near = points.mean(axis=0)
    patch = face_patch(frames[0], near)
    found: list[Found] = [_checked(frames[0], points, detector, score=anchor.score)]
    if len(frames) == 1:
        return found
    for frame, predicted in zip(frames[1:], _around(frames[1:], near, detector.boxes), strict=True):
        here = predicted.mean(axis=0)
        if _step(near, here) > _FAR or float((face_patch(frame, here) * patch).mean()) < SAME_FACE:
            found.append(_searched(frame, detector, thorough=False))
        else:
            found.append(_checked(frame, predicted, detector, score=None))
    return found


def _around(frames: Sequence[ImageArray], near: FloatArray | Box, boxes: int) -> FloatArray:
    """Return the (F, boxes, 68, 2) landmarks from jittered boxes, px.

    Parameters
    ----------
    frames : sequence of (H, W) uint8 arrays
        The frames.
    near : (68, 2) float array or Box
        Landmarks or box of a face at about the same place.
    boxes : int
        Number of jittered boxes.
    """
    height, width = frames[0].shape
    start = TurnedBoxes.upright(near) if isinstance(near, tuple) else TurnedBoxes.of(near[None])
    region = _Region.around(start, (width, height))
    pictures = np.stack([region.cut(frame) for frame in frames])
    number = np.arange(len(frames))
    coarse = _predict(pictures, region, number, start.repeated(len(frames)), stages=_COARSE_STAGES)
    first = TurnedBoxes.of(coarse)
    away = first.middle - start.middle
    far = np.flatnonzero(np.hypot(away[:, 0], away[:, 1]) > _FAR_STEP * start.width)
    if len(far):
        coarse[far] = _predict(pictures, region, far, TurnedBoxes.of(coarse[far]), stages=_COARSE_STAGES)
        first = TurnedBoxes.of(coarse)
    fine = _predict(pictures, region, np.repeat(number, boxes), first.jittered(boxes), stages=None)
    return fine.reshape(len(frames), boxes, 68, 2)


def _predict(
    pictures: ImageArray, region: _Region, number: IntArray, boxes: TurnedBoxes, *, stages: int | None
) -> FloatArray:
    """Return the landmarks in boxes of the frames that the pictures were cut from."""
    width = boxes.width[:, None] * region.scale
    middle = region.inwards(boxes.middle)
    sine, cosine = np.sin(boxes.angle_rad), np.cos(boxes.angle_rad)
    turn = np.stack((np.stack((cosine, -sine), axis=1), np.stack((sine, cosine), axis=1)), axis=1) * width[:, :, None]
    corner = middle - (turn[:, :, 0] + turn[:, :, 1]) / 2.0
    contrast = [
        _contrast(pictures[at], *box) for at, box in zip(number, np.stack((middle, width), axis=1), strict=True)
    ]
    gain = np.array([contrast_gain(*one) for one in contrast])
    return region.outwards(predict_boxes(pictures, BoxFrames(number, turn, corner, gain), stages=stages))


def _contrast(picture: ImageArray, middle: FloatArray, width: FloatArray) -> tuple[float, float]:
    """Return the deviation of the grey values in an upright box, and in its middle."""
    corner, inner = middle - width / 2.0, np.array(INNER).reshape(2, 2)
    return _deviation(picture, corner, corner + width), _deviation(picture, *(corner + width * inner))


def _deviation(picture: ImageArray, low: FloatArray, high: FloatArray) -> float:
    """Return the standard deviation of the grey values between two corners."""
    left, top = np.maximum(low, 0).astype(int).tolist()
    right, bottom = np.maximum(high, (left + 1, top + 1)).astype(int).tolist()
    inside = np.ascontiguousarray(picture[top:bottom:_SAMPLE_STEP, left:right:_SAMPLE_STEP])
    return float(cv2.meanStdDev(inside)[1][0, 0]) if inside.size else np.inf


def _checked(grey: ImageArray, predictions: FloatArray, detector: LandmarkDetector, *, score: float | None) -> Found:
    """Return the mean of (boxes, 68, 2) landmarks, if the face can be measured."""
    points = predictions.mean(axis=0)
    scatter = float(np.sqrt(((predictions - points) ** 2).sum(axis=2).mean())) if len(predictions) > 1 else None
    size = (grey.shape[1], grey.shape[0])
    try:
        require_size(points, detector.limits)
        require_inside(points, size, detector.limits)
        require_exposed(grey, points, detector.limits)
        blurred = require_sharp(grey, points, detector.limits)
    except FaceError as error:
        return error
    return Landmarks(points, size, box_of(points), score, blurred, scatter)


def _searched(grey: ImageArray, detector: LandmarkDetector, *, thorough: bool) -> Found:
    """Return the face of one frame without regard to others."""
    try:
        face: FaceBox = detector.find_face(grey, thorough=thorough)
    except FaceError as error:
        return error
    return _checked(grey, _around([grey], face.box, detector.boxes)[0], detector, score=face.score)


def _step(before: FloatArray, after: FloatArray) -> float:
    """Return the movement of the landmarks, in box widths."""
    left, _, right, _ = box_of(before)
    moved = after.mean(axis=0) - before.mean(axis=0)
    return float(np.hypot(moved[0], moved[1]) / (right - left))
