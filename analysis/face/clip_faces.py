"""Measure the face of a clip frame by frame.

Frames are measured by the method of films (`analysis.courses.frames`): a difference between two methods would be taken
for a difference between target and participant. Landmarks are kept in the user's cache under the hash of the file and
of the method, so that each clip is searched once. From them follow the units of each frame, against the clip's own face
at rest, and its apex: the frame whose face differs most from rest. A frame without a usable face keeps the reason.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face import clips, film_grey
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.clips import clip_facts, film_index, read_clip_frames
from analysis.face.errors import FaceError, NoFaceError
from analysis.face.film_grey import grey_of_picture
from analysis.face.fitting.fit import calibrate_identity, fit_expressions
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings, FittedFace, Identity
from analysis.face.images import PAPER, read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.film_landmarks import find_in_stretch
from analysis.face.landmarks.fingerprint import detection_fingerprint
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import BOXES
from analysis.face.models.model import FaceModel
from analysis.paths import cache_folder
from analysis.progress import Progress, no_progress

ANCHOR = 30
"""The face is searched in every frame whose number is a multiple; the frames up to the next are a stretch."""
APEX_SMOOTHING = 5
"""Frames over which the change from rest is smoothed by its median, so that a wrong frame is not the apex."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """Landmarks of one frame of a clip, or why there are none."""

    landmarks: Landmarks | None
    reason: str = ""
    """A reason as in `analysis.face.measurement.Exclusion`; empty if there are landmarks."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrame:
    """The face of one frame of a clip."""

    index: int
    time_s: float
    """Start of the frame since the start of the clip, seconds."""
    landmarks: Landmarks | None
    units: FloatArray | None
    """(E,) strengths of the units, 0..1, against the face at rest."""
    change_mm: float | None
    """Root mean square displacement of the landmarks of the fitted face from rest, mm."""
    reason: str = ""
    """Why the face was not measured; empty if it was."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipFaces:
    """The face of a clip over time."""

    frames: tuple[ClipFrame, ...]
    names: tuple[str, ...]
    """(E,) names of the units."""
    rest: str
    """Where the face at rest is from: ``picture``, ``moment``, or ``first-face`` if none was given."""
    apex: int
    """Index of the frame that differs most from rest."""


def find_faces(
    clip: Path, *, background: str = PAPER, folder: Path | None = None, progress: Progress = no_progress
) -> tuple[FoundFace, ...]:
    """Return the landmarks of every frame of a clip, kept or new.

    Parameters
    ----------
    clip : Path
        The file.
    background : str
        Colour behind transparent pixels.
    folder : Path or None
        Folder to keep the landmarks in; None: the user's cache.
    progress : callable
        Follows the frames, if the landmarks are new.

    Raises
    ------
    ImageError
        If the clip cannot be read.
    """
    facts = clip_facts(clip)
    folder = folder or cache_folder("clip-landmarks")
    key = {"clip": _sha256(clip), "fingerprint": clip_fingerprint(), "background": background}
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
    kept = _kept(folder / f"{name}.json", key, frames=len(facts.times_s))
    if kept is not None:
        return kept
    count, luma = len(facts.times_s), film_index(clip).luma
    frames = read_clip_frames(clip, range(count), background=background)
    greys = (grey_of_picture(frame, luma) for _, frame in frames)
    found = tuple(progress(_find(greys), total=count, title=f"finding faces in {clip.name}"))
    _keep(folder / f"{name}.json", key, found)
    return found


def measure_clip(
    clip: Path,
    model: FaceModel,
    *,
    neutral: Path | float | None = None,
    background: str = PAPER,
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> ClipFaces:
    """Measure the face of every frame of a clip against the same face at rest.

    Parameters
    ----------
    clip : Path
        The file.
    model : FaceModel
        The face model.
    neutral : Path, float or None
        The face at rest: a picture, or the time of a frame in seconds. None: the first frame with a face.
    background : str
        Colour behind transparent pixels.
    folder : Path or None
        Folder to keep the landmarks in; None: the user's cache.
    progress : callable
        Follows the frames.

    Raises
    ------
    FaceError
        If no frame has a face that can be measured, or the face at rest cannot.
    ImageError
        If the clip or the picture cannot be read.
    """
    found = find_faces(clip, background=background, folder=folder, progress=progress)
    times_s = clip_facts(clip).times_s
    if all(one.landmarks is None for one in found):
        raise NoFaceError(f"{clip}: no frame of the clip has a face that can be measured ({found[0].reason})")
    identity = calibrate_identity([_at_rest(clip, found, neutral, background)], model)
    fits = _fits(found, model, identity)
    frames: list[ClipFrame] = []
    for index, (one, time_s) in enumerate(zip(found, times_s, strict=True)):
        fit = None if one.landmarks is None else next(fits)
        if fit is None or isinstance(fit, FaceError):
            reason = one.reason if fit is None else fit.reason
            frames.append(ClipFrame(index, time_s, one.landmarks, None, None, reason))
        else:
            units = np.asarray(fit.expression, dtype=np.float64)
            frames.append(ClipFrame(index, time_s, one.landmarks, units, _change_mm(fit, model)))
    rest = "first-face" if neutral is None else "picture" if isinstance(neutral, Path) else "moment"
    return ClipFaces(tuple(frames), model.bases[model.finest_basis].names, rest, _apex(clip, frames))


@cache
def clip_fingerprint() -> str:
    """Return twelve hexadecimal digits of everything that kept landmarks depend on."""
    files = (Path(__file__), Path(clips.__file__), Path(film_grey.__file__))
    parts = [
        detection_fingerprint(BOXES),
        importlib.metadata.version("av"),
        *(file.read_text("utf-8") for file in files),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _find(frames: Iterator[ImageArray]) -> Iterator[FoundFace]:
    """Yield the face of each (H, W) grey frame; one stretch is in memory at a time."""
    detector = LandmarkDetector(boxes=BOXES)
    while stretch := list(islice(frames, ANCHOR)):
        for found in find_in_stretch(stretch, detector):
            yield FoundFace(None, found.reason) if isinstance(found, FaceError) else FoundFace(found)


def _fits(found: Sequence[FoundFace], model: FaceModel, identity: Identity) -> Iterator[FittedFace | FaceError]:
    """Yield the fit of every frame that has landmarks, or why there is none."""
    settings = FitSettings(ridge=INTENSITY_RIDGE)
    faces = [one.landmarks for one in found if one.landmarks is not None]
    for begin in range(0, len(faces), ANCHOR):
        part = faces[begin : begin + ANCHOR]
        for fits in fit_expressions(part, model, identity, bases=[model.finest_basis], settings=settings):
            yield fits if isinstance(fits, FaceError) else fits[0]


def _at_rest(clip: Path, found: Sequence[FoundFace], neutral: Path | float | None, background: str) -> Landmarks:
    """Return the landmarks of the face at rest.

    Raises
    ------
    FaceError
        If they cannot be measured.
    """
    if isinstance(neutral, Path):
        grey = grey_of_picture(read_image(neutral, background=background), film_index(clip).luma)
        (face,) = find_in_stretch([grey], LandmarkDetector(boxes=BOXES))
        if isinstance(face, FaceError):
            raise face
        return face
    if neutral is None:
        return next(one.landmarks for one in found if one.landmarks is not None)
    at_rest = found[clip_facts(clip).index_at(neutral)]
    if at_rest.landmarks is None:
        raise NoFaceError(
            f"{clip}: the frame at {neutral:g} s, the face at rest, cannot be measured ({at_rest.reason}); choose "
            "another moment"
        )
    return at_rest.landmarks


def _change_mm(fit: FittedFace, model: FaceModel) -> float:
    moved = fit.displacement_mm(model)[model.landmark_vertices]
    return float(np.sqrt((moved**2).sum(axis=1).mean()))


def _apex(clip: Path, frames: Sequence[ClipFrame]) -> int:
    """Return the index of the frame with the largest smoothed change from rest."""
    measured = [one for one in frames if one.change_mm is not None]
    if not measured:
        raise NoFaceError(f"{clip}: no face model fits the face of the clip")
    change = np.array([one.change_mm for one in measured])
    half = APEX_SMOOTHING // 2
    smooth = [np.median(change[max(0, index - half) : index + half + 1]) for index in range(len(change))]
    return measured[int(np.argmax(smooth))].index


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _keep(file: Path, key: dict[str, str], found: Sequence[FoundFace]) -> None:
    """Write landmarks with a hash of all content, if the cache can be written."""
    rows = [_row(one) for one in found]
    content = {"key": key, "frames": rows, "sha256": _digest(key, rows)}
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        unfinished.replace(file)
    except OSError:
        return


def _kept(file: Path, key: dict[str, str], *, frames: int) -> tuple[FoundFace, ...] | None:
    """Return kept landmarks; None if there are none, or they are outdated or changed."""
    try:
        content = json.loads(file.read_text("utf-8"))
        rows = content["frames"]
        if content["key"] != key or content["sha256"] != _digest(key, rows) or len(rows) != frames:
            return None
        return tuple(_face(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(key: dict[str, str], rows: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps([key, rows], sort_keys=True).encode()).hexdigest()


def _row(one: FoundFace) -> dict[str, Any]:
    return {"reason": one.reason} if one.landmarks is None else one.landmarks.to_json()


def _face(row: dict[str, Any]) -> FoundFace:
    return FoundFace(None, str(row["reason"])) if "reason" in row else FoundFace(Landmarks.from_json(row))
