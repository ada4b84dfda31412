"""Landmarks of the pictures of a data set, detected once and kept.

A kept file has the SHA-256 of the picture and a fingerprint of everything else the landmarks depend on (the code that
detects them, dlib, its weights). So a changed picture or version is detected again, and an unchanged one never is.
Exclusions are kept too: a picture without a face stays without one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.landmarks.fingerprint import detection_fingerprint
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import BOXES, DetectedFace, Detection, Exclusion, Picture, detect_face
from analysis.tables.output_files import put
from analysis.tables.parallel import results
from analysis.terminal import progress


def detect_pictures(
    folders: Mapping[Picture, Path], *, jobs: int = 1, scheduler: str | None = None
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


def sha256_of(path: Path) -> str | None:
    """Return the hexadecimal SHA-256 of a file; None if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def landmark_fingerprint() -> str:
    """Return the fingerprint of everything that landmarks depend on."""
    return detection_fingerprint(BOXES)


def _keep(picture: Picture, detection: Detection, folder: Path) -> None:
    digest = sha256_of(picture.path)
    if digest is None:
        return  # a missing picture may come back
    content: dict[str, Any] = {
        "picture": picture.path.name,
        "sha256": digest,
        "fingerprint": landmark_fingerprint(),
        "background": picture.background,
    }
    if isinstance(detection, Exclusion):
        content["excluded"] = {"reason": detection.reason, "message": detection.message}
    else:
        found = detection.landmarks
        content["landmarks"] = {
            "points_px": found.points_px.tolist(),
            "image_size": list(found.image_size),
            "face_box": None if found.face_box is None else list(found.face_box),
            "score": found.score,
            "blur": found.blur,
            "scatter_px": found.scatter_px,
        }
    put(folder / f"{digest}.json", json.dumps(content) + "\n")


def _kept(picture: Picture, folder: Path) -> Detection | None:
    """Return the kept detection; None if there is none, or it is outdated or damaged."""
    try:
        content = json.loads((folder / f"{sha256_of(picture.path)}.json").read_text("utf-8"))
        if content["fingerprint"] != landmark_fingerprint() or content["background"] != picture.background:
            return None
        if "excluded" in content:
            return Exclusion(content["excluded"]["reason"], content["excluded"]["message"], picture)
        found = content["landmarks"]
        points = np.array(found["points_px"], dtype=np.float64).reshape(68, 2)
        width, height = found["image_size"]
        box = None if found["face_box"] is None else (*map(float, found["face_box"]),)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    landmarks = Landmarks(
        points,
        (int(width), int(height)),
        face_box=box,  # type: ignore[arg-type]
        score=found["score"],
        blur=found["blur"],
        scatter_px=found["scatter_px"],
    )
    return DetectedFace(picture, landmarks)
