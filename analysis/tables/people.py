"""Target x mimic tables for pictures of people on disk.

Every person is scored against one target person, or against each. A picture is read and measured once, however many
people and tables it appears in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from analysis.errors import DataSetError
from analysis.face.errors import FaceError
from analysis.face.measurement import (
    NEUTRAL,
    Detection,
    Exclusion,
    MeasuredPerson,
    Picture,
    detect_face,
    measure_person,
)
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import below_floor
from analysis.progress import Progress, no_progress
from analysis.tables.comparison import Comparison
from analysis.tables.manifest import Manifest
from analysis.tables.parallel import results
from analysis.tables.score_certainty import table_uncertainties
from analysis.tables.similarity_table import similarity_table

EACH = "each"
"""Value of ``--targets`` for every ordered pair of people."""


def compare_people(
    manifest: Manifest,
    *,
    targets: str,
    metric: Metric,
    model: FaceModel,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> Comparison:
    """Measure all people and fill a table for every pair.

    Parameters
    ----------
    manifest : Manifest
        The people. Pictures labelled neutral calibrate; the others are targets or mimics.
    targets : str
        The target person, or `EACH`: all people in turn.
    metric : Metric
        How to score.
    model : FaceModel
        The model to fit.
    jobs : int
        Processes; -1 for one per core.
    progress : Progress
        Shows the progress.

    Returns
    -------
    Comparison
        The tables, the measured people and the exclusions.

    Raises
    ------
    DataSetError
        If the target person is not in the manifest or cannot be measured, or fewer than two people can be measured.
    """
    people = manifest.people
    if targets != EACH and targets not in people:
        raise DataSetError(f"the target person {targets!r} has no picture; the people are {', '.join(people)}")
    measured, excluded = measure_people(people, model, jobs=jobs, progress=progress)
    showing = [name for name, person in measured.items() if person.faces]
    if targets != EACH and targets not in showing:
        own = {one.path for one in people[targets] if one.expression != NEUTRAL}
        why = _first([one for one in excluded if one.file in own]) or "; all of theirs are labelled neutral"
        raise DataSetError(f"no picture of an expression of the target person {targets!r} can be measured{why}")
    if len(showing) < 2:
        raise DataSetError(
            f"a comparison needs two people: of {len(people)} people, {len(showing)} can be measured in a picture that "
            f"is not neutral{_first(excluded)}"
        )
    pairs = [(a, b) for a in (showing if targets == EACH else (targets,)) for b in showing if a != b]
    numbers = {name: _numbers(pictures) for name, pictures in people.items()}
    whole = {
        (a, b): similarity_table(
            measured[a].faces, measured[b].faces, metric, model=model, numbers=numbers[b], every_picture=True
        )
        for a, b in progress(pairs, total=len(pairs), title="comparing")
    }
    tables = {pair: table.own_columns() for pair, table in whole.items()}
    weak = tuple(face.picture.path for person in measured.values() for face in person.faces if below_floor(face, model))
    certain = {
        (a, b): table_uncertainties(measured[a].faces, measured[b].faces, table, metric=metric, model=model)
        for (a, b), table in tables.items()
    }
    return Comparison(
        metric, model.name, tables, measured, excluded, manifest.file.parent, weak, whole, targets == EACH, certain
    )


def _numbers(pictures: Sequence[Picture]) -> dict[Picture, int]:
    """Return the number of each picture among those of its expression."""
    counted: Counter[str] = Counter()
    numbers: dict[Picture, int] = {}
    for picture in pictures:
        counted[picture.expression] += 1
        numbers[picture] = counted[picture.expression]
    return numbers


def measure_people(
    people: Mapping[str, Sequence[Picture]],
    model: FaceModel,
    *,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> tuple[dict[str, MeasuredPerson], tuple[Exclusion, ...]]:
    """Measure all people, each picture once.

    Parameters
    ----------
    people : mapping
        The pictures by person.
    model : FaceModel
        The model to fit.
    jobs : int
        Processes; -1 for one per core.
    progress : Progress
        Shows the progress.

    Returns
    -------
    people : dict
        Without the people whose pictures all failed.
    exclusions : tuple of Exclusion
        Every picture left out, once.
    """
    paths = list(dict.fromkeys(picture.path for pictures in people.values() for picture in pictures))
    found = results(detect_face, [Picture(path, "") for path in paths], jobs=jobs)
    by_path = dict(zip(paths, progress(found, total=len(paths), title="finding faces"), strict=True))
    detections = {
        name: [replace(by_path[picture.path], picture=picture) for picture in pictures]
        for name, pictures in people.items()
    }
    work = results(partial(_person, model=model), list(detections.items()), jobs=jobs)
    persons = dict(zip(people, progress(work, total=len(people), title="measuring people"), strict=True))
    excluded: dict[Path | None, Exclusion] = {}
    for name, person in persons.items():
        left_out = person.excluded if person else [one for one in detections[name] if isinstance(one, Exclusion)]
        excluded |= {one.file: one for one in left_out}
    return {name: person for name, person in persons.items() if person}, tuple(excluded.values())


def _person(entry: tuple[str, Sequence[Detection]], *, model: FaceModel) -> MeasuredPerson | None:
    try:
        return measure_person(*entry, model)
    except FaceError:
        return None


def _first(excluded: Sequence[Exclusion]) -> str:
    """Return the first exclusion, and the remedy if its file does not exist."""
    if not excluded:
        return ""
    one = excluded[0]
    where = "" if one.file and one.file.exists() else " (paths count from the folder of the manifest)"
    return f"; {one.file}: {one.short_message}{where}"
