"""Photographs of real people, one at rest and one smiling each: the Face Research Lab London Set.

DeBruine & Jones, Face Research Lab London Set (2017), doi 10.6084/m9.figshare.5047666; CC BY 4.0. The folder has
``NNN_neutral.jpg`` and ``NNN_smiling.jpg`` for every person.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from analysis.errors import DataSetError
from analysis.evaluation.cast import Means
from analysis.evaluation.panels import Pair, Panel
from analysis.evaluation.shots import see_photograph
from analysis.evaluation.sizes import Size
from analysis.face.errors import FaceError
from analysis.face.measure import Excluded, MeasuredPerson, Picture, measure_person
from analysis.face.store import load_model
from analysis.tables.parallel import results

REST, SMILE = "rest", "smile"


def london(folder: Path, cache: Path, size: Size, means: Means) -> Panel:
    """Whose smile is a smile: every person against the next ones of the list.

    The one neutral picture of a person cannot calibrate and be judged. So none is said to be neutral: one identity is
    shared by both pictures of a person, which is what a laboratory without a baseline has to do.
    """
    people = sorted({file.name[:3] for file in folder.glob("[0-9][0-9][0-9]_smiling.jpg")})[: size.photographs]
    if len(people) < 2:
        raise DataSetError(f"{folder}: there are no pictures NNN_neutral.jpg and NNN_smiling.jpg of two people")
    work = partial(_joint, folder, cache, means.model)
    seen = list(means.watch(results(work, people, jobs=means.jobs), len(people), "london photographs"))
    both = {
        name: person.faces for name, (person, _) in zip(people, seen, strict=True) if person and len(person.faces) == 2
    }
    names = list(both)
    pairs = [
        Pair((a, names[(k + step) % len(names)]), both[a], both[names[(k + step) % len(names)]])
        for k, a in enumerate(names)
        for step in range(1, min(size.others, len(names) - 1) + 1)
    ]
    excluded = [one for _, left_out in seen for one in left_out]
    return Panel("london, nothing labelled neutral", pairs, 2 * len(people), excluded)


def _joint(folder: Path, cache: Path, model: str, name: str) -> tuple[MeasuredPerson | None, list[Excluded]]:
    pictures = [Picture(folder / f"{name}_neutral.jpg", REST), Picture(folder / f"{name}_smiling.jpg", SMILE)]
    seen = [see_photograph(picture, cache) for picture in pictures]
    try:
        person = measure_person(name, seen, load_model(model))
    except FaceError:
        return None, [one for one in seen if isinstance(one, Excluded)]
    return person, list(person.excluded)
