"""Photographs of real people: detection, reprojection error, hand-placed points.

For a folder in the layout of the Face Research Lab London Set (DeBruine & Jones 2017, doi 10.6084/m9.figshare.5047666,
CC BY 4.0): ``NNN_neutral.jpg`` and ``NNN_smiling.jpg`` of every person, and ``NNN_neutral.csv`` with the 189 points of
the lab's template, placed by hand. The pictures do not ship with the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import ImageError
from analysis.face.fitting.fit import fit_jointly
from analysis.face.measurement import NEUTRAL, DetectedFace, Exclusion, Picture, detect_face, measure_person
from analysis.face.models.model import FaceModel
from analysis.progress import Progress, no_progress

SMILING = "smiling"
TEMPLATE_POINTS = 189
PUPILS = (0, 1)
SAME_PLACE: Mapping[str, Mapping[int, int]] = {
    "eye corners": {36: 18, 39: 22, 42: 23, 45: 27},
    "brow ends": {17: 71, 21: 75, 22: 78, 26: 82},
    "nose base": {33: 55},
    "mouth corners": {48: 87, 54: 93},
    "edges of the lips": {50: 89, 51: 90, 52: 91, 57: 106},
    "chin": {8: 129},
}
"""Landmarks (0-67) and points of the template (0-188) at the same place of a face."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotographFigures:
    """Results of a folder of photographs; errors are relative to the eye distance."""

    pictures: int
    excluded: tuple[Exclusion, ...]
    """Pictures that could not be measured."""
    alone: FloatArray
    """(pictures,) reprojection error of each picture fitted alone, without calibration."""
    calibrated_smiles: FloatArray
    """(people,) reprojection error of each smile, calibrated with the neutral picture."""
    agreement: Mapping[str, float]
    """Mean distance between detected landmarks and points placed by hand, for each of `SAME_PLACE`."""


def measure_photographs(folder: Path, model: FaceModel, *, progress: Progress = no_progress) -> PhotographFigures:
    """Measure every person in a folder.

    Parameters
    ----------
    folder : Path
        Folder of the photographs.
    model : FaceModel
        The face model.
    progress : Progress
        Progress reporting hook.

    Raises
    ------
    ImageError
        If the folder has no photographs, or a file of points is damaged.
    """
    pairs = [
        (Picture(file, NEUTRAL), Picture(file.with_name(file.name.replace(NEUTRAL, SMILING)), SMILING))
        for file in sorted(folder.glob(f"*_{NEUTRAL}.jpg"))
    ]
    if not pairs:
        raise ImageError(f"{folder}: there are no pictures called NNN_{NEUTRAL}.jpg; name the folder that has them")
    excluded: list[Exclusion] = []
    alone: list[float] = []
    smiles: list[float] = []
    distances: list[FloatArray] = []
    for pair in progress(pairs, total=len(pairs), title="Photographs"):
        detections = [detect_face(picture) for picture in pair]
        found = [one for one in detections if isinstance(one, DetectedFace)]
        excluded += [one for one in detections if isinstance(one, Exclusion)]
        alone += [
            fit_jointly([one.landmarks], model, basis=model.finest_basis)[0].reprojection_error_eyes for one in found
        ]
        if len(found) == len(pair):
            person = measure_person(pair[0].path.name, detections, model)
            excluded += person.excluded
            smiles += [face.score_fit.reprojection_error_eyes for face in person.faces]
        distances += [_distances(one) for one in found if one.picture.expression == NEUTRAL]
    ends = np.cumsum([len(points) for points in SAME_PLACE.values()])
    means = np.split(np.array(distances).mean(axis=0), ends[:-1])
    agreement = {place: float(values.mean()) for place, values in zip(SAME_PLACE, means, strict=True)}
    return PhotographFigures(2 * len(pairs), tuple(excluded), np.array(alone), np.array(smiles), agreement)


def _distances(face: DetectedFace) -> FloatArray:
    """Distances from points placed by hand, in the order of `SAME_PLACE`."""
    placed = _read_points(face.picture.path.with_suffix(".csv"))
    eyes = float(np.hypot(*(placed[PUPILS[1]] - placed[PUPILS[0]])))
    pairs = [pair for points in SAME_PLACE.values() for pair in points.items()]
    landmarks, template = (np.array(side) for side in zip(*pairs, strict=True))
    distances: FloatArray = np.hypot(*(face.landmarks.points_px[landmarks] - placed[template]).T) / eyes
    return distances


def _read_points(file: Path) -> FloatArray:
    try:
        points = np.loadtxt(file, delimiter=",", skiprows=1)
    except (OSError, ValueError) as error:
        raise ImageError(f"{file}: the hand-placed points cannot be read ({error})") from None
    if points.shape != (TEMPLATE_POINTS, 2):
        raise ImageError(f"{file}: expected {TEMPLATE_POINTS} lines of x and y, not {points.shape}")
    return points


def summary(figures: PhotographFigures) -> dict[str, object]:
    """Return the figures as plain numbers, for JSON."""
    return {
        "pictures": figures.pictures,
        "excluded": [{"picture": one.file.name if one.file else "", "reason": one.reason} for one in figures.excluded],
        "reprojection_error_eyes": {
            "alone": float(np.median(figures.alone)),
            "calibrated_smile": float(np.median(figures.calibrated_smiles)),
        },
        "landmark_agreement_eyes": dict(figures.agreement),
    }
