"""Judge whether the face in a picture can be measured."""

from __future__ import annotations

import cv2
import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.errors import FaceError, NoFaceError
from analysis.face.fitting.fit import calibrate_identity
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from experiment.lab.preflight_judgement import BRIGHTEST_FACE, DARKEST_FACE

DARK_PICTURE = 28.0
"""Mean grey of a picture, 0-255, below which darkness is the reason for a missing face."""

Outline = tuple[tuple[float, float], ...]


class FaceJudge:
    """Detects and fits faces.

    Raises
    ------
    AnalysisError
        If the weights of the detector or the face model are missing.
    """

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._detector = LandmarkDetector()
        self._model = load_model(DEFAULT_MODEL)
        with np.errstate(all="ignore"):
            self.check(np.full((120, 160, 3), 128, np.uint8))  # loads the weights

    def check(self, image: ImageArray) -> tuple[str | None, Outline]:
        """Return the fault of a picture and the landmarks of its face.

        The fault is None without one; landmarks are fractions of the size of the picture.

        Parameters
        ----------
        image : (H, W, 3) uint8 array
            RGB.
        """
        try:
            landmarks = self._detector.detect(image)
        except FaceError as error:
            is_dark = isinstance(error, NoFaceError) and float(image[::8, ::8].mean()) < DARK_PICTURE
            return ("dark" if is_dark else error.reason), ()
        points = landmarks.points_px
        height, width = image.shape[:2]
        outline: Outline = tuple((float(x) / width, float(y) / height) for x, y in points)
        left, top = np.maximum(points.min(axis=0), 0).astype(int)
        right, bottom = points.max(axis=0).astype(int) + 1
        grey = float(image[top:bottom, left:right].mean())
        if grey < DARKEST_FACE:
            return "dark", outline
        if grey > BRIGHTEST_FACE:
            return "bright", outline
        try:
            calibrate_identity([landmarks], self._model)
        except FaceError as error:
            return error.reason, outline
        return None, outline
