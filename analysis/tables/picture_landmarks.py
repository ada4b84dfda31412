"""Landmarks of every picture of a data set, each looked at once and kept beside the data.

What is kept carries the SHA-256 of the picture and a fingerprint of everything else the landmarks depend on (the code
that finds them, dlib, its weights), so a changed picture or another version is looked at anew and an unchanged one
never. A refusal is kept as well: a picture without a face stays without one.
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

Seen = Detection


def detect_pictures(
    where: Mapping[Picture, Path], *, jobs: int = 1, scheduler: str | None = None, title: str = "Finding faces"
) -> dict[Picture, Seen]:
    """Landmarks of every picture, from what is kept or found now.

    Parameters
    ----------
    where : mapping
        For every picture, the folder its landmarks are kept in.
    jobs, scheduler
        Who looks at the pictures that are not known yet (`analysis.tables.parallel`).

    Returns
    -------
    dict
        What `analysis.face.measurement.detect_face` says about every picture, in the order given.
    """
    kept = {picture: _kept(picture, folder) for picture, folder in where.items()}
    unknown = [picture for picture, seen in kept.items() if seen is None]
    looked = results(detect_face, unknown, jobs=jobs, scheduler=scheduler)
    new = zip(unknown, progress(looked, total=len(unknown), title=title), strict=True) if unknown else ()
    for picture, seen in new:
        kept[picture] = seen
        _keep(picture, seen, where[picture])
    return {picture: seen for picture, seen in kept.items() if seen is not None}


def sha256_of(path: Path) -> str | None:
    """Hexadecimal SHA-256 of a file; None if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def landmark_fingerprint() -> str:
    """Return twelve hexadecimal digits that change with anything the landmarks of a picture depend on."""
    return detection_fingerprint(BOXES)


def _keep(picture: Picture, seen: Seen, folder: Path) -> None:
    digest = sha256_of(picture.path)
    if digest is None:
        return  # a picture that is not there may come back
    content: dict[str, Any] = {
        "picture": picture.path.name,
        "sha256": digest,
        "fingerprint": landmark_fingerprint(),
    }
    if isinstance(seen, Exclusion):
        content["excluded"] = {"reason": seen.reason, "message": seen.message}
    else:
        found = seen.landmarks
        content["landmarks"] = {
            "points_px": found.points_px.tolist(),
            "image_size": list(found.image_size),
            "face_box": None if found.face_box is None else list(found.face_box),
            "score": found.score,
            "blur": found.blur,
            "scatter_px": found.scatter_px,
        }
    put(folder / f"{digest}.json", json.dumps(content) + "\n")


def _kept(picture: Picture, folder: Path) -> Seen | None:
    """What is kept about a picture; None if nothing is, or it was made by another version or cut short."""
    try:
        content = json.loads((folder / f"{sha256_of(picture.path)}.json").read_text("utf-8"))
        if content["fingerprint"] != landmark_fingerprint():
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
