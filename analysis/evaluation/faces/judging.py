"""Photograph everyone in every group, measure, compare with the reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from analysis.evaluation.faces.groups import Group, Sitter, as_reference, draw_sitter, groups, toned
from analysis.evaluation.photographs import PhotographStore
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, DetectedFace, MeasuredFace, measure_person
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import DEFAULT_METRIC, metric
from analysis.face.synthetic.expressions import personal_expression, posed_expression
from analysis.face.synthetic.generators import Generator
from analysis.face.synthetic.people import Photograph, draw_person
from analysis.face.synthetic.scenes import sized
from analysis.inference.estimate import Estimate
from analysis.inference.intervals import bounded_mean, mean_by_t
from analysis.progress import Progress, no_progress
from analysis.tables.parallel import results
from analysis.tables.similarity_table import similarity_table
from analysis.tables.statistics import Pooled, hits

SEED = 20260
FACE_PX = 200.0
_INNER = slice(17, 68)
"""Landmarks of brows, eyes, nose and mouth: the jaw has no points of its own."""
_DIM_SHOWN = (NEUTRAL, "happiness", "surprise")
_STILL_DEG, _TURN_DEG = 4.0, 8.0
TONES = (1, 4, 8, 10)
SIZES_PX = (200.0, 80.0)
EXPOSURES = (1.0, 0.5, 0.25, 0.12)


@dataclass(frozen=True, slots=True)
class Size:
    """Number of people and pictures."""

    people: int
    targets: int
    """Target persons, all of the reference group."""
    neutrals: int
    dim_people: int
    """People who are photographed in dim light and small."""


FULL, QUICK = Size(10, 4, 2, 2), Size(2, 1, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class PersonResult:
    """One person in one group; NaN where nothing could be measured."""

    detected: float
    """Share of the pictures whose face was found."""
    error: float
    """Mean distance of the landmarks from the truth, in distances of the outer corners of the eyes."""
    rank1: float
    auc: float
    pictures: int
    reasons: tuple[str, ...]
    """Why pictures were not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupResult:
    """One group, and its differences from the reference over the same people."""

    group: Group
    people: tuple[PersonResult, ...]
    reference: tuple[PersonResult, ...]

    @property
    def pictures(self) -> int:
        """Number of pictures."""
        return sum(one.pictures for one in self.people)

    @property
    def reasons(self) -> dict[str, int]:
        """Number of pictures that were not measured, by reason."""
        return dict(Counter(reason for one in self.people for reason in one.reasons))

    def values(self, name: str) -> FloatArray:
        """Return one number for each person.

        Parameters
        ----------
        name : str
            ``detected``, ``error``, ``rank1`` or ``auc``.
        """
        return np.array([getattr(one, name) for one in self.people])

    def mean(self, name: str) -> Estimate:
        """Return the mean over people with its interval."""
        values = self.values(name)
        known = values[np.isfinite(values)]
        return mean_by_t(known, unit="people") if name == "error" else bounded_mean(known, unit="people")

    def difference(self, name: str) -> Estimate:
        """Return the mean difference from the reference, with the interval of pairs."""
        others = np.array([getattr(one, name) for one in self.reference])
        differences = self.values(name) - others
        return mean_by_t(differences[np.isfinite(differences)], unit="people")


@dataclass(frozen=True, slots=True)
class DimResult:
    """Detection at one tone of skin, size and exposure."""

    tone: int
    face_px: float
    exposure: float
    pictures: int
    found: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FacesEvaluation:
    """All results."""

    groups: tuple[GroupResult, ...]
    dim: tuple[DimResult, ...]
    size: Size
    command: str


def evaluate_faces(
    cache: Path, size: Size, *, command: str, jobs: int = 1, progress: Progress = no_progress
) -> FacesEvaluation:
    """Draw and measure everyone in every group.

    Parameters
    ----------
    cache : Path
        Folder of pictures and landmarks kept between runs.
    size : Size
        Number of people and pictures.
    command : str
        The command that the page names.
    jobs : int
        Number of processes.
    progress : Progress
        Reports finished people.
    """
    store = PhotographStore(Generator(), cache)
    everyone = groups(store.generator.model().bases["units"].names)
    targets = tuple(_target_faces(store, size, number) for number in range(size.targets))
    tasks = [(k, number) for number in range(size.people) for k in range(len(everyone))]
    work = partial(_person_result, store, size, targets)
    found = list(progress(results(work, tasks, jobs=jobs), total=len(tasks), title="people"))
    people = [tuple(found[k :: len(everyone)]) for k in range(len(everyone))]
    cells = [(tone, px, exposure) for tone in TONES for px in SIZES_PX for exposure in EXPOSURES]
    dim = progress(results(partial(_dim_result, store, size), cells, jobs=jobs), total=len(cells), title="dim light")
    return FacesEvaluation(
        groups=tuple(GroupResult(group, own, people[0]) for group, own in zip(everyone, people, strict=True)),
        dim=tuple(dim),
        size=size,
        command=command,
    )


def sitting(generator: Generator, size: Size, number: int) -> tuple[Sitter, list[Photograph]]:
    """Return a person and the pictures of the person in the reference group.

    Parameters
    ----------
    generator : Generator
        The face model of the people.
    size : Size
        Number of neutral pictures.
    number : int
        Number of the person; target persons have negative numbers.
    """
    model = generator.model()
    names = model.bases["units"].names
    rng = np.random.default_rng((SEED, number % 1000))
    person = draw_person(f"sitter-{number}", len(model.identity), rng, face_px=FACE_PX)
    sitter = draw_sitter(person, number, rng)
    shown = [(NEUTRAL, np.zeros(len(names)), _STILL_DEG)] * size.neutrals
    for emotion in EMOTIONS:
        shown.append((emotion, posed_expression(personal_expression(emotion, names, rng), rng), _TURN_DEG))
    pictures = [
        Photograph(person, label, units, person.turned_at_random(turn, rng), frame=int(rng.integers(64)))
        for label, units, turn in shown
    ]
    return sitter, [as_reference(one, sitter) for one in pictures]


def _target_faces(store: PhotographStore, size: Size, number: int) -> list[MeasuredFace]:
    _, pictures = sitting(store.generator, size, -1 - number)
    return list(measure_person(f"target-{number}", [store.detect(one) for one in pictures], load_model()).faces)


def _person_result(
    store: PhotographStore, size: Size, targets: Sequence[Sequence[MeasuredFace]], task: tuple[int, int]
) -> PersonResult:
    group_number, number = task
    model = store.generator.model()
    group = groups(model.bases["units"].names)[group_number]
    sitter, reference = sitting(store.generator, size, number)
    pictures = [group.change(one, sitter) for one in reference]
    found = [store.detect(one) for one in pictures]
    errors = []
    for picture, detection in zip(pictures, found, strict=True):
        if isinstance(detection, DetectedFace):
            truth = picture.exact_landmarks(model).points_px
            eyes_px = float(np.linalg.norm(truth[45] - truth[36]))
            off = np.linalg.norm(detection.landmarks.points_px[_INNER] - truth[_INNER], axis=1)
            errors.append(float(off.mean()) / eyes_px)
    try:
        measured = measure_person(f"sitter-{number}", found, load_model())
    except FaceError:
        faces: Sequence[MeasuredFace] = ()
        reasons = tuple(one.reason for one in found if not isinstance(one, DetectedFace))
    else:
        faces, reasons = measured.faces, tuple(one.reason for one in measured.excluded)
    tables = [similarity_table(own, faces, metric(DEFAULT_METRIC), model=load_model()) for own in targets]
    known = [table for table in tables if table.scores.size]
    return PersonResult(
        detected=float(np.mean([isinstance(one, DetectedFace) for one in found])),
        error=float(np.mean(errors)) if errors else np.nan,
        rank1=float(np.mean([hits(table).mean() for table in known])) if known else np.nan,
        auc=float(np.mean([Pooled.of([table]).auc() for table in known])) if known else np.nan,
        pictures=len(pictures),
        reasons=reasons,
    )


def _dim_result(store: PhotographStore, size: Size, cell: tuple[int, float, float]) -> DimResult:
    tone, face_px, exposure = cell
    found = []
    for number in range(size.dim_people):
        sitter, pictures = sitting(store.generator, size, number)
        for one in pictures[size.neutrals - 1 :]:
            if one.label not in _DIM_SHOWN:
                continue
            scene = sized(one.scene, face_px)
            scene = replace(scene, sensor=replace(scene.sensor, exposure=exposure))
            found.append(store.detect(toned(replace(one, scene=scene), sitter, tone=tone)))
    reasons = tuple(one.reason for one in found if not isinstance(one, DetectedFace))
    return DimResult(tone, face_px, exposure, len(found), len(found) - len(reasons), reasons)
