"""Track the landmarks of one face, and detect it again at intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import NoFaceError, SeveralFacesError
from analysis.face.images import as_grey
from analysis.face.landmarks.detector import LandmarkDetector, predict
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.same_face import SAME_FACE, face_patch

_NEAR = 0.35
"""Largest distance, in box widths, of a detected face from the tracked one for them to be the same."""
_FAR_STEP = 0.08
"""A face that moves by more of its width between two frames is predicted twice."""


class LandmarkTracker:
    """Tracks the landmarks of one face from frame to frame.

    Prediction from the previous position takes a few milliseconds, detection several times as long. The detector
    therefore runs on the first frame, on every ``redetect_every``-th after it, and whenever the face no longer looks
    like the one in the previous frame.

    Parameters
    ----------
    detector : LandmarkDetector, optional
        Detector of the face; by default one with default limits.
    redetect_every : int
        Frames between two detections; 1 detects in every frame.
    """

    def __init__(self, detector: LandmarkDetector | None = None, *, redetect_every: int = 10) -> None:
        """Start without a face."""
        self._detector = detector if detector is not None else LandmarkDetector()
        self._redetect_every = redetect_every
        self.reset()

    def reset(self) -> None:
        """Forget the face; the next frame is searched as a whole."""
        self._points: FloatArray | None = None
        self._patch: FloatArray | None = None
        self._age = 0

    def update(self, image: ImageArray) -> Landmarks:
        """Return the landmarks of the next frame.

        Parameters
        ----------
        image : (H, W, 3) or (H, W) uint8 array
            RGB or grey.

        Raises
        ------
        NoFaceError, SeveralFacesError
            If there is not exactly one face; the face is forgotten.
        FaceTooSmallError, FaceBlurredError
            If this frame cannot be measured; the face is not forgotten.
        ImageError
            If the array is not a picture.
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
        self._points, self._patch = landmarks.points_px, face_patch(grey, landmarks.points_px)
        self._age += 1
        return replace(landmarks, score=score)

    def _expected(self, grey: ImageArray) -> tuple[FloatArray, float | None]:
        """Return approximate landmarks, and the score if the detector ran."""
        if self._points is not None and self._age % self._redetect_every and self._is_same_face(grey, self._points):
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

    def _is_same_face(self, grey: ImageArray, points: FloatArray) -> bool:
        now = face_patch(grey, points)
        return self._patch is not None and float((now * self._patch).mean()) > SAME_FACE


def _step(before: FloatArray, after: FloatArray) -> float:
    """Return the movement of the landmarks, in face widths."""
    moved = after.mean(axis=0) - before.mean(axis=0)
    width = after[:, 0].max() - after[:, 0].min()
    return float(np.hypot(moved[0], moved[1]) / max(width, 1.0))
