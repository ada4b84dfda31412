"""The face at rest that the frames of a film are compared with.

It is taken from the neutral frames of the session. Without them it is taken from the baseline of each trial, and every
row says so. Neutral frames are detected by the same method as the film: a difference between two methods would be taken
for an expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.courses.blinks import eye_openings
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import AnalysisError, FaceError
from analysis.face.film_grey import SESSION_LUMA, Luma, grey_of_picture
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import FitSettings, Identity
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.film_landmarks import find_in_stretch
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from experiment.record.files import sha256_of
from experiment.record.session_record import SessionRecord

BOXES = 3
"""Jittered face boxes over which landmarks are averaged, without the mirror image that still pictures also have."""
FILM_DETECTOR = LandmarkDetector(boxes=BOXES)
"""Detector of frames, neutral ones too."""
MOST_FRAMES = 15
"""Frames of a baseline that calibrate; more take time and change little."""
_OPEN = 0.8
"""Frames whose eyes are open less than this share of the median do not calibrate: they are in a blink."""
NeutralSource = Literal["calibration", "baseline", "picture", "interval", "found"]


@dataclass(frozen=True, slots=True, eq=False)
class NeutralFace:
    """A face at rest."""

    identity: Identity
    source: NeutralSource
    openings: FloatArray
    """(2,) openings of the eyes (`analysis.courses.blinks`)."""


def detect_frame(image: ImageArray, luma: Luma = SESSION_LUMA) -> Landmarks:
    """Return the landmarks of a single picture, by the method of films.

    Parameters
    ----------
    image : (H, W, 3) or (H, W) uint8 array
        RGB or grey.
    luma : Luma
        Weights of the grey values of the film that the picture is compared with.

    Raises
    ------
    FaceError
        If the face cannot be measured.
    ImageError
        If the array is not a picture.
    """
    (found,) = find_in_stretch([grey_of_picture(image, luma)], FILM_DETECTOR)
    if isinstance(found, FaceError):
        raise found
    return found


def calibrate(faces: Sequence[Landmarks], model: FaceModel, source: NeutralSource) -> NeutralFace | None:
    """Return the face at rest; None if no face can be used.

    Parameters
    ----------
    faces : sequence of Landmarks
        The face in neutral frames.
    model : FaceModel
        The face model.
    source : str
        Where the frames are from.
    """
    plausible = [one for one in faces if _is_plausible(one, model)]
    if not plausible:
        return None
    usual = float(np.median([eye_opening(one) for one in plausible]))
    used = [one for one in plausible if eye_opening(one) >= _OPEN * usual]
    if len(used) > MOST_FRAMES:
        used = [used[number] for number in np.linspace(0, len(used) - 1, MOST_FRAMES).round().astype(int)]
    openings = np.median([eye_openings(one.points_px) for one in used], axis=0)
    try:
        return NeutralFace(calibrate_identity(used, model), source, openings)
    except FaceError:
        return None


def session_neutral(record: SessionRecord, model: FaceModel) -> NeutralFace | None:
    """Return the face at rest from the neutral frames of a session.

    None without a usable one. Frames that are not as recorded are left out.
    """
    faces = []
    for path in record.calibration_frames:
        if path in record.distrusted or not path.is_file():
            continue
        if path in record.hashes and sha256_of(path) != record.hashes[path]:
            continue
        try:
            faces.append(detect_frame(read_image(path)))
        except AnalysisError:
            continue
    return calibrate(faces, model, "calibration")


def _is_plausible(face: Landmarks, model: FaceModel) -> bool:
    settings = FitSettings(max_error=np.inf)
    try:
        fit_expression(face, model, Identity.mean(model), basis=model.finest_basis, settings=settings)
    except FaceError:
        return False
    return True


def eye_opening(face: Landmarks) -> float:
    """Return the eye aspect ratio: height divided by width, mean of both eyes."""
    return float(eye_openings(face.points_px).mean())
