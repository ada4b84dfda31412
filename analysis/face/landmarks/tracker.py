"""Landmarks of the frames of a clip: look where the face was, and now and then look for it anew."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import NoFaceError, SeveralFacesError
from analysis.face.images import as_grey
from analysis.face.landmarks.detector import LandmarkDetector, predict
from analysis.face.landmarks.landmarks import Landmarks

_PATCH_PX = 32
_SAME_FACE = 0.5
"""Correlation of the face patch with that of the frame before, below which the face is looked for anew. In
clips of people it stays above 0.8 between frames unless the face moves by a fifth of the eye distance; an empty chair
gives about 0."""
_NEAR = 0.35
"""How far, in box widths, a detected face may be from the tracked one to be taken for the same."""
_FAR_STEP = 0.08
"""A face that moved by more of its width between two frames is looked at twice."""


class LandmarkTracker:
    """Finds the landmarks of one face in frame after frame.

    Predicting from where the face was takes a few milliseconds, detecting it several times as long. So the detector
    runs on the first frame, on every ``redetect_every``-th after it, and whenever the face no longer looks like the one
    in the frame before.
    """

    def __init__(self, detector: LandmarkDetector | None = None, *, redetect_every: int = 10) -> None:
        """Start without a face.

        Parameters
        ----------
        redetect_every : int
            1 detects in every frame.
        """
        self._detector = detector if detector is not None else LandmarkDetector()
        self._redetect_every = redetect_every
        self.reset()

    def reset(self) -> None:
        """Forget the face: the next frame is from elsewhere."""
        self._points: FloatArray | None = None
        self._patch: FloatArray | None = None
        self._age = 0

    def update(self, image: ImageArray) -> Landmarks:
        """Landmarks of the next frame, RGB or grey.

        Raises
        ------
        NoFaceError, SeveralFacesError
            And the face is forgotten: the next frame is searched as a whole.
        FaceTooSmallError, FaceBlurredError
            For this frame; the face is not forgotten.
        ImageError
            If the array is no picture.
        """
        grey = as_grey(image)
        try:
            near, score = self._expected(grey)
        except (NoFaceError, SeveralFacesError):
            self.reset()
            raise
        landmarks = self._detector.landmarks_near(grey, near)
        if self._points is not None and _step(near, landmarks.points_px) > _FAR_STEP:
            landmarks = self._detector.landmarks_near(grey, landmarks.points_px)
        self._points, self._patch = landmarks.points_px, _patch(grey, landmarks.points_px)
        self._age += 1
        return replace(landmarks, score=score)

    def _expected(self, grey: ImageArray) -> tuple[FloatArray, float | None]:
        """Roughly where the landmarks are, and the score where the detector was asked."""
        if self._points is not None and self._age % self._redetect_every and self._looks_the_same(grey, self._points):
            return self._points, None
        face = self._detector.find_face(grey, thorough=self._points is None)
        self._age = 0
        if self._points is not None:
            middle = self._points.mean(axis=0)
            left, top, right, bottom = face.box
            away = np.hypot((left + right) / 2.0 - middle[0], (top + bottom) / 2.0 - middle[1])
            if away < _NEAR * face.width:
                return self._points, face.score
        return predict(grey, face.box), face.score

    def _looks_the_same(self, grey: ImageArray, points: FloatArray) -> bool:
        now = _patch(grey, points)
        return self._patch is not None and float((now * self._patch).mean()) > _SAME_FACE


def _step(before: FloatArray, after: FloatArray) -> float:
    """How far the landmarks moved, in face widths."""
    moved = after.mean(axis=0) - before.mean(axis=0)
    width = after[:, 0].max() - after[:, 0].min()
    return float(np.hypot(moved[0], moved[1]) / max(width, 1.0))


def _patch(grey: ImageArray, points: FloatArray) -> FloatArray:
    """The inner face at a small size, mean 0 and standard deviation 1."""
    low, high = np.floor(points[17:].min(axis=0)).astype(int), np.ceil(points[17:].max(axis=0)).astype(int)
    left, top = np.maximum(low, 0)
    cut = grey[top : max(high[1], top + 1), left : max(high[0], left + 1)]
    if cut.size == 0:
        return np.zeros((_PATCH_PX, _PATCH_PX))
    small = cv2.resize(cut, (_PATCH_PX, _PATCH_PX), interpolation=cv2.INTER_AREA).astype(np.float64)
    small -= small.mean()
    deviation = float(np.sqrt((small * small).mean()))
    return small / deviation if deviation > 1e-9 else small
