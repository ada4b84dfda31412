"""Photographs of real people, one at rest and one smiling each: the Face Research Lab London Set.

DeBruine & Jones, Face Research Lab London Set (2017), doi 10.6084/m9.figshare.5047666; CC BY 4.0. The folder has
``NNN_neutral.jpg`` and ``NNN_smiling.jpg`` for every person. Many of the smiles are faint.

Is a smile more like other people's smiles than like their faces at rest, and a face at rest the other way round? Every
person is compared with the next ones of the list, in two ways: calibrated by the neutral picture, where "at rest" is
that picture photographed again (it cannot calibrate and be judged); and with nothing labelled neutral, where one
identity is shared by both pictures of a person, as a laboratory without a baseline has to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from analysis.errors import DataSetError
from analysis.evaluation.cast import Means
from analysis.evaluation.panels import Pair, Panel
from analysis.evaluation.shots import detect_photograph, keep_picture
from analysis.evaluation.sizes import Size
from analysis.face.errors import FaceError
from analysis.face.images import read_image
from analysis.face.measurement import NEUTRAL, Exclusion, MeasuredFace, MeasuredPerson, Picture, measure_person
from analysis.face.models.registry import load_model
from analysis.face.synthetic.rephotograph import photographed_again
from analysis.tables.parallel import results

REST, SMILE = "rest", "smile"


@dataclass(frozen=True, slots=True, eq=False)
class London:
    """The people of the photographs, measured in both ways."""

    calibrated: Panel
    joint: Panel
    resting: Sequence[MeasuredFace]
    """Faces at rest, photographed again, measured against the photograph."""
    smiling: Sequence[MeasuredFace]


@dataclass(frozen=True, slots=True, eq=False)
class _Sitter:
    calibrated: MeasuredPerson | None
    joint: MeasuredPerson | None
    excluded: tuple[Exclusion, ...]


def london(folder: Path, cache: Path, size: Size, means: Means) -> London:
    """Measure the people in a folder of photographs.

    Raises
    ------
    DataSetError
        If there are no photographs of two people.
    """
    names = sorted({file.name[:3] for file in folder.glob("[0-9][0-9][0-9]_smiling.jpg")})[: size.photographs]
    if len(names) < 2:
        raise DataSetError(f"{folder}: there are no pictures NNN_neutral.jpg and NNN_smiling.jpg of two people")
    work = partial(_sitter, folder, cache, means.model)
    sitters = list(means.progress(results(work, names, jobs=means.jobs), total=len(names), title="london photographs"))
    excluded = [one for sitter in sitters for one in sitter.excluded]
    calibrated = _showing_both(one.calibrated for one in sitters)
    joint = _showing_both(one.joint for one in sitters)
    faces = [face for person in calibrated for face in person.faces]
    return London(
        Panel("london, calibrated", _pairs(calibrated, size.others), 3 * len(names), excluded),
        Panel("london, nothing labelled neutral", _pairs(joint, size.others), 2 * len(names), excluded),
        resting=[face for face in faces if face.picture.expression == REST],
        smiling=[face for face in faces if face.picture.expression == SMILE],
    )


def _showing_both(people: Iterable[MeasuredPerson | None]) -> list[MeasuredPerson]:
    return [one for one in people if one and {face.picture.expression for face in one.faces} == {REST, SMILE}]


def _pairs(people: Sequence[MeasuredPerson], others: int) -> list[Pair]:
    pairs = []
    for k, target in enumerate(people):
        for step in range(1, min(others, len(people) - 1) + 1):
            mimic = people[(k + step) % len(people)]
            pairs.append(Pair((target.name, mimic.name), target.faces, mimic.faces))
    return pairs


def _sitter(folder: Path, cache: Path, model_name: str, name: str) -> _Sitter:
    neutral, smile = (folder / f"{name}_{shown}.jpg" for shown in ("neutral", "smiling"))
    if not neutral.exists():
        raise DataSetError(f"{neutral}: there is no such file")
    model = load_model(model_name)
    again = _again(neutral, cache)
    smiling = detect_photograph(Picture(smile, SMILE), cache)
    at_rest = detect_photograph(Picture(neutral, REST), cache)
    calibrating, resting = (
        detect_photograph(Picture(neutral, NEUTRAL), cache),
        detect_photograph(Picture(again, REST), cache),
    )
    persons: list[MeasuredPerson | None] = []
    for seen in ([calibrating, resting, smiling], [at_rest, smiling]):
        try:
            persons.append(measure_person(name, seen, model))
        except FaceError:
            persons.append(None)
    calibrated, joint = persons
    if calibrated is not None and calibrated.calibration != "neutral":
        calibrated = None
    left_out = [one for one in (at_rest, smiling) if isinstance(one, Exclusion)]
    return _Sitter(calibrated, joint, tuple(joint.excluded if joint else left_out))


def _again(photograph: Path, cache: Path) -> Path:
    digest = hashlib.sha256(photograph.read_bytes()).hexdigest()[:24]
    file = cache / "again" / f"{digest}.png"
    if not file.exists():
        rng = np.random.default_rng(int(digest[:12], 16))
        keep_picture(file, photographed_again(read_image(photograph), rng))
    return file
