"""Detect the face of a picture and its 68 landmarks with dlib.

The only module that imports dlib. It differs from calling dlib directly in two ways. dlib's predictor returns whole
pixels and starts from the box of dlib's detector, which moves in steps of a sixth of its size. Here the face is first
scaled to a standard size and rotated upright, and the box is placed by a first prediction of the landmarks. The result
then does not depend on the size of the picture, and jitters less.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import AnalysisError
from analysis.face.images import as_grey
from analysis.face.landmarks.face_box import INNER, JITTER, box_of, contrast_gain, jittered_box
from analysis.face.landmarks.landmarks import Box, FaceBox, Landmarks
from analysis.face.landmarks.quality import (
    Limits,
    require_exposed,
    require_inside,
    require_one_face,
    require_sharp,
    require_size,
)
from analysis.face.landmarks.weights_file import WEIGHTS_PACKAGE, weights_path

_BOX_SIZE = 400
"""Width of the face box in the standardised picture the predictor gets: a whole pixel is 0.6 % of the eye distance."""
_CROP_SIZE = 640
_SEARCH_PX = 320
"""Longer side of the picture in the first, fast search, which finds faces down to a quarter of that."""
_FINEST_SEARCH_PX = 1600
_SMALLEST_BOX_PX = 80.0
"""Side of the smallest face dlib's detector finds."""
_SAMPLE_STEP = 8
"""Every so many pixels of the box are looked at for its contrast."""
_DIM, _LIT = 80.0, 200.0
"""99th percentile of a picture below which it is brightened for the search, and what it is raised to."""
_LIFT, _LIFTED_BLUR_PX = 0.4, 1.0
"""Exponent that makes the dark parts of a picture lighter, where no face was found; blur against their noise."""


@dataclass(frozen=True, slots=True)
class LandmarkDetector:
    """Detects the one face of a picture and its landmarks."""

    limits: Limits = field(default_factory=Limits)
    boxes: int = 1
    """Jittered boxes to average over, 1 to 9; each takes about 2 ms, and the first few reduce jitter most."""

    def detect(self, image: ImageArray) -> Landmarks:
        """Detect the face and its landmarks in an RGB or grey picture.

        Parameters
        ----------
        image : (H, W, 3) or (H, W) uint8 array
            The picture.

        Raises
        ------
        NoFaceError, SeveralFacesError, FaceTooSmallError, FaceCutError, FaceOverexposedError, FaceBlurredError
            If the picture does not show exactly one face that can be measured.
        ImageError
            If the array is not a picture.
        """
        grey = as_grey(image)
        face = self.find_face(grey)
        first = predict(grey, face.box)
        return self.landmarks_near(grey, first, score=face.score)

    def find_face(self, grey: ImageArray, *, thorough: bool = True) -> FaceBox:
        """Find the one face of a grey picture.

        Parameters
        ----------
        grey : (H, W) uint8 array
            The picture.
        thorough : bool
            Search also for very small faces, and for other faces, at scales that take longer. Without it, faces
            narrower than an eighth of the picture are not found.

        Raises
        ------
        NoFaceError, SeveralFacesError
            If there is not exactly one face.
        """
        longest = max(grey.shape)
        finest = min(_FINEST_SEARCH_PX if thorough else 2 * _SEARCH_PX, 2 * longest)
        searched = min(_SEARCH_PX, finest)
        faces = _search(grey, searched)
        while not faces and searched < finest:
            searched = min(2 * searched, finest)
            faces = _search(grey, searched)
        if thorough and not faces:
            faces = _search(_lifted(grey), finest, blur_px=_LIFTED_BLUR_PX)
        elif thorough:
            rival_px = self.limits.rival_size * max(face.width for face in faces)
            smallest_found = _SMALLEST_BOX_PX * longest / searched
            if smallest_found > rival_px:
                faces = _search(grey, round(min(searched * smallest_found / rival_px, finest))) or faces
        return require_one_face(faces, self.limits)

    def landmarks_near(self, grey: ImageArray, points_px: FloatArray, *, score: float | None = None) -> Landmarks:
        """Return the landmarks of a face from an approximation of them.

        Parameters
        ----------
        grey : (H, W) uint8 array
            The picture.
        points_px : (68, 2) float array
            Approximate landmarks, px.
        score : float, optional
            Score of the detector, to be stored in the result.

        Raises
        ------
        FaceTooSmallError, FaceCutError, FaceOverexposedError, FaceBlurredError
            If the face cannot be measured.
        """
        predictions = np.stack([_predict_near(grey, points_px, jitter) for jitter in JITTER[: self.boxes]])
        points = predictions.mean(axis=0)
        scatter = float(np.sqrt(((predictions - points) ** 2).sum(axis=2).mean())) if len(predictions) > 1 else None
        size = (grey.shape[1], grey.shape[0])
        require_size(points, self.limits)
        require_inside(points, size, self.limits)
        require_exposed(grey, points, self.limits)
        blurred = require_sharp(grey, points, self.limits)
        return Landmarks(points, size, box_of(points), score, blurred, scatter)


def predict(grey: ImageArray, box: Box, *, angle_rad: float = 0.0) -> FloatArray:
    """Return the (68, 2) landmarks dlib predicts in a box, px, face or not.

    Parameters
    ----------
    grey : (H, W) uint8 array
        The picture.
    box : Box
        Where the face is, px.
    angle_rad : float
        Rotation of the face in the picture plane, clockwise in the picture.
    """
    import dlib

    width = max(box[2] - box[0], 1.0)
    scale = _BOX_SIZE / width
    centre = np.array([(box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0])
    if scale < 0.5:
        # Bilinear sampling would skip pixels of a large face; average over them first.
        shrink = 1.0 / np.floor(1.0 / scale)
        grey, offset = _shrunk_around(grey, centre, width, shrink)
        scale, centre = scale / shrink, (centre - offset) * shrink
    else:
        shrink, offset = 1.0, np.zeros(2)
    turn = scale * np.array([[np.cos(angle_rad), np.sin(angle_rad)], [-np.sin(angle_rad), np.cos(angle_rad)]])
    shift = np.full(2, _CROP_SIZE / 2.0) - turn @ centre
    affine = np.column_stack((turn, shift))
    warped = _warp(grey.astype(np.float32), affine)
    margin = (_CROP_SIZE - _BOX_SIZE) // 2
    inside = _as_bytes(warped[margin:-margin:_SAMPLE_STEP, margin:-margin:_SAMPLE_STEP])
    left, top, right, bottom = (round(share * len(inside)) for share in INNER)
    skin = inside[top:bottom, left:right]
    gain = contrast_gain(float(inside.std()), float(skin.std()))
    if gain != 1.0:
        _add_contrast(warped, mean=float(skin.mean()), gain=gain)
    face = dlib.rectangle(margin, margin, margin + _BOX_SIZE - 1, margin + _BOX_SIZE - 1)
    parts = _predictor()(_as_bytes(warped), face).parts()
    found = np.array([(part.x, part.y) for part in parts], dtype=np.float64)
    points: FloatArray = (found - shift) @ np.linalg.inv(turn).T / shrink + offset
    return points


def _warp(grey: NDArray[np.float32], affine: FloatArray) -> NDArray[np.float32]:
    """Return the crop around the face before rounding."""
    size = (_CROP_SIZE, _CROP_SIZE)
    warped = cv2.warpAffine(grey, affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.float32)


def _as_bytes(grey: NDArray[np.float32]) -> ImageArray:
    """Return rounded grey values.

    Those of a warped picture are the same as if it was warped in whole numbers.
    """
    return np.rint(grey).astype(np.uint8)


def _add_contrast(grey: NDArray[np.float32], *, mean: float, gain: float) -> None:
    """Spread grey values around their mean, and move it towards the middle, in place.

    Before rounding.
    """
    grey -= mean
    grey *= gain
    grey += mean + (128.0 - mean) * (1.0 - 1.0 / gain)
    np.rint(grey, out=grey)
    np.clip(grey, 0.0, 255.0, out=grey)


def _predict_near(grey: ImageArray, points_px: FloatArray, jitter: tuple[float, float, float]) -> FloatArray:
    """Predict from the box of approximate landmarks, jittered by one of `JITTER`."""
    box, angle_rad = jittered_box(points_px, jitter)
    return predict(grey, box, angle_rad=angle_rad)


def _lifted(grey: ImageArray) -> ImageArray:
    """Return the picture with lighter dark parts: a dark face before a bright wall."""
    return np.asarray((255.0 * (grey / 255.0) ** _LIFT).round(), dtype=np.uint8)


def _search(grey: ImageArray, longest_px: int, *, blur_px: float = 0.0) -> list[FaceBox]:
    """Run dlib's detector on the picture scaled to this longer side."""
    scale = longest_px / max(grey.shape)
    small = grey
    if scale != 1.0:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(grey, size, interpolation=interpolation), dtype=np.uint8)
    brightest = float(np.percentile(small[::_SAMPLE_STEP, ::_SAMPLE_STEP], 99))
    if brightest < _DIM:
        lit = grey.astype(np.float32) * (_LIT / max(brightest, 1.0))
        size = (small.shape[1], small.shape[0])
        resized = cv2.resize(lit, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        small = np.asarray(resized.round().clip(0, 255), dtype=np.uint8)
    if blur_px:
        small = np.asarray(cv2.GaussianBlur(small, (0, 0), blur_px), dtype=np.uint8)
    boxes, scores, _ = _detector().run(small, 0, 0.0)
    return [
        FaceBox(
            (box.left() / scale, box.top() / scale, (box.right() + 1) / scale, (box.bottom() + 1) / scale), float(score)
        )
        for box, score in zip(boxes, scores, strict=True)
    ]


def _shrunk_around(grey: ImageArray, centre: FloatArray, width: float, shrink: float) -> tuple[ImageArray, FloatArray]:
    """Return the picture around a face, shrunk, and its offset."""
    reach = 1.2 * width
    low = np.maximum(np.floor(centre - reach).astype(int), 0)
    high = np.minimum(np.ceil(centre + reach).astype(int), (grey.shape[1], grey.shape[0]))
    patch = grey[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
    step = round(1.0 / shrink)
    rows, columns = max(patch.shape[0] // step, 1), max(patch.shape[1] // step, 1)
    patch = patch[: rows * step, : columns * step]
    small = cv2.resize(patch, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), low.astype(np.float64)


@lru_cache(maxsize=1)
def _detector() -> Any:
    import dlib

    return dlib.get_frontal_face_detector()


@lru_cache(maxsize=1)
def _predictor() -> Any:
    import dlib

    path = weights_path()
    try:
        return dlib.shape_predictor(str(path))
    except RuntimeError as error:
        raise AnalysisError(
            f"the landmark weights cannot be read ({error}); install the package {WEIGHTS_PACKAGE} again"
        ) from None
