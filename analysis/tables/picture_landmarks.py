"""Landmarks of the pictures of a data set, detected once and kept.

A kept file has the SHA-256 of the picture and a fingerprint of everything else the landmarks depend on (the code that
detects them, dlib, its weights). So a changed picture or version is detected again, and an unchanged one never is. It
also has a SHA-256 of its own content: a file that was edited, or belongs to another picture, is not used and is written
again. Exclusions are kept too: a picture without a face stays without one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.face.images import PAPER
from analysis.face.landmarks.fingerprint import detection_fingerprint
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import BOXES, DetectedFace, Detection, Exclusion, Picture, detect_face
from analysis.progress import Progress
from analysis.tables.output_files import known_sha256, put_unsynced
from analysis.tables.parallel import results
from analysis.terminal import progress as terminal_progress

CONTENT_SHA256 = "content_sha256"
"""Key of the SHA-256 of everything else in a file of kept landmarks."""
NO_HASH = "it has no hash of its content"
"""Fault of files of earlier versions; they are not used any more."""


def detect_pictures(
    folders: Mapping[Picture, Path],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress = terminal_progress,
) -> dict[Picture, Detection]:
    """Return the detection of every picture, kept or new.

    Parameters
    ----------
    folders : mapping
        For every picture, the folder to keep its landmarks in.
    jobs : int
        Processes that detect faces in new pictures; -1 for one per core.
    scheduler : str, optional
        Address of a Dask scheduler to detect them on (`analysis.tables.parallel`).
    progress : Progress
        Shows the progress.

    Returns
    -------
    dict
        The result of `analysis.face.measurement.detect_face` for every picture, in the order given.
    """
    kept = {picture: _kept(picture, folder) for picture, folder in folders.items()}
    new = [picture for picture, detection in kept.items() if detection is None]
    if new:
        found = results(detect_face, new, jobs=jobs, scheduler=scheduler)
        for picture, detection in zip(new, progress(found, total=len(new), title="Finding faces"), strict=True):
            kept[picture] = detection
            _keep(picture, detection, folders[picture])
    return {picture: detection for picture, detection in kept.items() if detection is not None}


def landmark_fingerprint() -> str:
    """Return the fingerprint of everything that landmarks depend on."""
    return detection_fingerprint(BOXES)


def landmark_file(picture: Picture, folder: Path) -> Path | None:
    """Return the file that keeps the landmarks of a picture.

    None if the picture cannot be read.

    Parameters
    ----------
    picture : Picture
        Its content and its background name the file.
    folder : Path
        The folder of the kept landmarks.
    """
    sha256 = known_sha256(picture.path)
    if sha256 is None:
        return None
    behind = "" if picture.background == PAPER else f"_{_sha256(picture.background)[:8]}"
    return folder / f"{sha256}{behind}.json"


def landmark_file_fault(file: Path) -> str:
    """Return what is wrong with a file of kept landmarks; empty if nothing is.

    A file of another version of the detector is sound; it is written again when it is needed.

    Parameters
    ----------
    file : Path
        A file ``landmarks/SHA256.json`` in the derivatives.
    """
    content = _read(file)
    if content is None:
        return "it is not a file of landmarks"
    if CONTENT_SHA256 not in content:
        return NO_HASH
    if content[CONTENT_SHA256] != _content_sha256(content):
        return "it was changed after it was written"
    if file.stem.partition("_")[0] != content.get("sha256"):
        return "it has the landmarks of another picture"
    return ""


def _keep(picture: Picture, detection: Detection, folder: Path) -> None:
    file = landmark_file(picture, folder)
    if file is None:
        return  # a missing picture may come back
    content: dict[str, Any] = {
        "picture": picture.path.name,
        "sha256": known_sha256(picture.path),
        "fingerprint": landmark_fingerprint(),
        "background": picture.background,
    }
    if isinstance(detection, Exclusion):
        content["excluded"] = {"reason": detection.reason, "message": detection.short_message}
    else:
        content["landmarks"] = detection.landmarks.to_json()
    content[CONTENT_SHA256] = _content_sha256(content)
    put_unsynced(file, json.dumps(content) + "\n")


def _read(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _content_sha256(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the values of a file; the order of keys is free."""
    rest = {key: value for key, value in content.items() if key != CONTENT_SHA256}
    return _sha256(json.dumps(rest, sort_keys=True))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _kept(picture: Picture, folder: Path) -> Detection | None:
    """Return the kept detection; None if there is none that can be used."""
    file = landmark_file(picture, folder)
    content = None if file is None or landmark_file_fault(file) else _read(file)
    if content is None:
        return None
    try:
        if content["fingerprint"] != landmark_fingerprint() or content["background"] != picture.background:
            return None
        if "excluded" in content:
            return Exclusion(content["excluded"]["reason"], content["excluded"]["message"], picture)
        return DetectedFace(picture, Landmarks.from_json(content["landmarks"]))
    except (ValueError, KeyError, TypeError):
        return None
