"""Photographs of real people at rest and smiling: Face Research Lab London Set.

DeBruine & Jones, Face Research Lab London Set (2017), doi 10.6084/m9.figshare.5047666; CC BY 4.0. The folder has
``NNN_neutral.jpg`` and ``NNN_smiling.jpg`` for every person. Many smiles are faint.

A smile should resemble other people's smiles more than their faces at rest, and a face at rest the other faces at rest.
Every person is compared with the next people of the list in two ways. Calibrated: the neutral picture calibrates, and
the same picture photographed again is the face at rest. Joint: no picture is labelled neutral, and both pictures of a
person share one identity, as in a laboratory without neutral pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from analysis.errors import DataSetError
from analysis.evaluation.members import Measuring
from analysis.evaluation.panels import Pair, Panel
from analysis.evaluation.photographs import detect_file, write_picture
from analysis.evaluation.sizes import Size
from analysis.face.errors import FaceError
from analysis.face.images import read_image
from analysis.face.measurement import (
    NEUTRAL,
    Detection,
    Exclusion,
    MeasuredFace,
    MeasuredPerson,
    Picture,
    measure_person,
)
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.rephotograph import rephotograph
from analysis.paths import PROTOCOLS
from analysis.tables.parallel import results

REST, SMILE = "rest", "smile"
HAPPINESS = "happiness"
"""The target that a smile imitates."""


@dataclass(frozen=True, slots=True, eq=False)
class London:
    """The people in the photographs, measured in both ways."""

    calibrated: Panel
    unlabelled: Panel
    against_targets: Panel
    """The smiles against the six targets that ship."""
    resting: Sequence[MeasuredFace]
    """Faces at rest in the pictures photographed again."""
    smiling: Sequence[MeasuredFace]


@dataclass(frozen=True, slots=True, eq=False)
class _MeasuredBothWays:
    calibrated: MeasuredPerson | None
    unlabelled: MeasuredPerson | None
    excluded: tuple[Exclusion, ...]


def measure_london(folder: Path, cache: Path, size: Size, *, measuring: Measuring) -> London:
    """Measure the people in a folder of photographs.

    Parameters
    ----------
    folder : Path
        Folder of the photographs.
    cache : Path
        Folder of kept pictures and detected faces.
    size : Size
        Number of people and pictures.
    measuring : Measuring
        Settings of the measurement.

    Raises
    ------
    DataSetError
        If the folder has no photographs of two people.
    """
    names = sorted({file.name[:3] for file in folder.glob("[0-9][0-9][0-9]_smiling.jpg")})[: size.photographs]
    if len(names) < 2:
        raise DataSetError(f"{folder}: there are no pictures NNN_neutral.jpg and NNN_smiling.jpg of two people")
    work = partial(_measure, folder, cache, measuring.model)
    people = list(
        measuring.progress(results(work, names, jobs=measuring.jobs), total=len(names), title="london photographs")
    )
    excluded = [one for person in people for one in person.excluded]
    calibrated = _with_both_expressions(person.calibrated for person in people)
    unlabelled = _with_both_expressions(person.unlabelled for person in people)
    faces = [face for person in calibrated for face in person.faces]
    return London(
        Panel("london, calibrated", _pairs(calibrated, size.others), 3 * len(names), excluded),
        Panel("london, nothing labelled neutral", _pairs(unlabelled, size.others), 2 * len(names), excluded),
        _against_targets(calibrated, cache, load_model(measuring.model)),
        resting=[face for face in faces if face.picture.expression == REST],
        smiling=[face for face in faces if face.picture.expression == SMILE],
    )


def _against_targets(people: Sequence[MeasuredPerson], cache: Path, model: FaceModel) -> Panel:
    """Return the smile of each person as an imitation of the happiness that ships."""
    folder = PROTOCOLS / "targets"
    pictures = [Picture(folder / f"{label}.png", label) for label in (NEUTRAL, *EMOTIONS)]
    targets = measure_person("targets", [detect_file(one, cache) for one in pictures], model).faces
    pairs = [
        Pair((person.name, person.name), targets, [_labelled(face, HAPPINESS)])
        for person in people
        for face in person.faces
        if face.picture.expression == SMILE
    ]
    return Panel("london smiles, targets that ship", pairs, len(pairs) + len(pictures))


def _labelled(face: MeasuredFace, label: str) -> MeasuredFace:
    picture = replace(face.picture, expression=label)
    pooled = replace(face.pooled, picture=picture) if face.pooled else None
    return replace(face, picture=picture, pooled=pooled)


def _with_both_expressions(people: Iterable[MeasuredPerson | None]) -> list[MeasuredPerson]:
    return [one for one in people if one and {face.picture.expression for face in one.faces} == {REST, SMILE}]


def _pairs(people: Sequence[MeasuredPerson], others: int) -> list[Pair]:
    pairs = []
    for k, target in enumerate(people):
        for step in range(1, min(others, len(people) - 1) + 1):
            mimic = people[(k + step) % len(people)]
            pairs.append(Pair((target.name, mimic.name), target.faces, mimic.faces))
    return pairs


def _measure(folder: Path, cache: Path, model_name: str, name: str) -> _MeasuredBothWays:
    neutral, smile = (folder / f"{name}_{shown}.jpg" for shown in ("neutral", "smiling"))
    if not neutral.exists():
        raise DataSetError(f"{neutral}: this file does not exist")
    model = load_model(model_name)
    again = _photographed_again(neutral, cache)
    smiling = detect_file(Picture(smile, SMILE), cache)
    at_rest = detect_file(Picture(neutral, REST), cache)
    calibrating, resting = detect_file(Picture(neutral, NEUTRAL), cache), detect_file(Picture(again, REST), cache)
    calibrated = _person(name, [calibrating, resting, smiling], model)
    unlabelled = _person(name, [at_rest, smiling], model)
    if calibrated is not None and calibrated.calibration != "neutral":
        calibrated = None
    not_detected = [one for one in (at_rest, smiling) if isinstance(one, Exclusion)]
    return _MeasuredBothWays(calibrated, unlabelled, tuple(unlabelled.excluded if unlabelled else not_detected))


def _person(name: str, detections: Sequence[Detection], model: FaceModel) -> MeasuredPerson | None:
    try:
        return measure_person(name, detections, model)
    except FaceError:
        return None


def _photographed_again(photograph: Path, cache: Path) -> Path:
    digest = hashlib.sha256(photograph.read_bytes()).hexdigest()[:24]
    file = cache / "again" / f"{digest}.png"
    if not file.exists():
        rng = np.random.default_rng(int(digest[:12], 16))
        write_picture(file, rephotograph(read_image(photograph), rng))
    return file
