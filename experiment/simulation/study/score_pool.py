"""A pool of measured scores of drawn people who imitate a protocol's targets.

The pictures pass through the real detector and fit. The pool is kept as a table, so it is measured once.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, MeasuredFace, Picture, detect_face, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import metric
from experiment.protocol.plan import Target
from experiment.record.files import replace_file
from experiment.simulation.study.measuring import measure_people
from experiment.simulation.target_units import target_units
from experiment.simulation.visitor import person_seed

_COLUMNS = ("person", "target", "take", "score")


@dataclass(frozen=True, slots=True, eq=False)
class ScorePool:
    """Scores of many drawn people with their own targets."""

    targets: tuple[str, ...]
    """(T,) names of the targets."""
    scores: FloatArray
    """(P, T, K) score of each take; NaN where the face could not be measured."""
    metric: str

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.scores)

    @property
    def takes(self) -> int:
        """Number of imitations of each target by a person."""
        return int(self.scores.shape[2])

    @property
    def missing(self) -> float:
        """Share of imitations that could not be measured."""
        return float(np.isnan(self.scores).mean())

    @property
    def spread(self) -> float:
        """Standard deviation over people of their mean scores; the unit of the effect."""
        means, known = self._means()
        targets = known.sum(axis=1)
        return float((means.sum(axis=1) / np.maximum(targets, 1))[targets > 0].std(ddof=1))

    def levelled(self) -> ScorePool:
        """Return the pool with the same mean over people for every target.

        Targets differ in difficulty. Without this, two levels with different targets would differ without an effect.
        """
        means, known = self._means()
        people = known.sum(axis=0)
        by_target = means.sum(axis=0) / np.maximum(people, 1)
        overall = by_target[people > 0].mean()
        return replace(self, scores=self.scores - by_target[:, None] + overall)

    def _means(self) -> tuple[FloatArray, BoolArray]:
        """Return (P, T) means over takes, and where there is one; 0 elsewhere."""
        measured = ~np.isnan(self.scores)
        counts = measured.sum(axis=2)
        return np.where(measured, self.scores, 0.0).sum(axis=2) / np.maximum(counts, 1), counts > 0


@dataclass(frozen=True, slots=True, eq=False)
class PoolRecipe:
    """Everything that the scores of a pool depend on."""

    targets: Sequence[Target]
    """The targets of a plan."""
    model: FaceModel
    """The model that draws and measures."""
    metric: str
    """Metric of the scores."""
    people: int
    takes: int
    """Number of imitations of each target by a person."""
    seed: int
    """Seed of the people."""

    def key(self) -> str:
        """Return a hash of all of it, with the content of the pictures."""

        def content(file: Path | None) -> str:
            return "" if file is None else hashlib.sha256(file.read_bytes()).hexdigest()

        shown = [[one.name, one.expression, content(one.image), content(one.neutral)] for one in self.targets]
        about = json.dumps([shown, self.model.name, self.metric, [self.people, self.takes], self.seed])
        return hashlib.sha256(about.encode()).hexdigest()


def measure_pool(recipe: PoolRecipe, *, jobs: int = 1) -> ScorePool:
    """Draw and measure the imitations of a pool.

    Parameters
    ----------
    recipe : PoolRecipe
        What is drawn and measured.
    jobs : int
        Number of processes.

    Raises
    ------
    FaceError
        If a target cannot be measured.
    """
    model, takes = recipe.model, recipe.takes
    faces = measured_targets(recipe.targets, model)
    names = tuple(one.name for one in recipe.targets)
    units = {one.name: target_units(one, model) for one in recipe.targets}
    shown = {f"{name}#{take}": units[name] for name in units for take in range(takes)}
    seeds = [person_seed(recipe.seed, f"pool-{number}") for number in range(recipe.people)]
    scores = np.full((recipe.people, len(names), takes), np.nan)
    chosen = metric(recipe.metric)
    for row, person in enumerate(measure_people(seeds, [shown] * recipe.people, jobs=jobs)):
        for label, imitation in person.imitations.items():
            name, _, take = label.rpartition("#")
            scores[row, names.index(name), int(take)] = chosen.score(faces[name], imitation.face, model)
    return ScorePool(names, scores, recipe.metric)


def measured_targets(targets: Sequence[Target], model: FaceModel) -> dict[str, MeasuredFace]:
    """Return the measured face of each target, by name.

    Raises
    ------
    FaceError
        If one of them cannot be measured.
    """
    people: defaultdict[Path | None, list[Target]] = defaultdict(list)
    for one in targets:
        people[one.neutral].append(one)
    found: dict[str, MeasuredFace] = {}
    for neutral, shown in people.items():
        pictures = [] if neutral is None else [Picture(neutral, NEUTRAL)]
        pictures += [Picture(one.image, one.expression) for one in shown]
        person = measure_person("targets", [detect_face(picture) for picture in dict.fromkeys(pictures)], model)
        if person.excluded:
            raise FaceError(f"a target face cannot be measured: {person.excluded[0].message}")
        by_picture = {face.picture: face for face in person.faces}
        found |= {one.name: by_picture[Picture(one.image, one.expression)] for one in shown}
    return found


def write_pool(pool: ScorePool, file: Path, *, key: str) -> None:
    """Write a pool as CSV; the key is in the first line.

    Parameters
    ----------
    pool : ScorePool
        The pool.
    file : Path
        The file.
    key : str
        Result of `PoolRecipe.key`.
    """
    text = io.StringIO()
    text.write(f"# {pool.metric} {key}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for person, target, take in np.ndindex(pool.scores.shape):
        value = pool.scores[person, target, take]
        writer.writerow((person + 1, pool.targets[target], take + 1, "" if np.isnan(value) else repr(float(value))))
    replace_file(file, text.getvalue().encode())


def read_pool(file: Path, *, key: str) -> ScorePool | None:
    """Return a kept pool; None if there is none, or one with another key.

    Parameters
    ----------
    file : Path
        The file.
    key : str
        Result of `PoolRecipe.key`.
    """
    try:
        first, _, text = file.read_text("utf-8").partition("\n")
        rows: list[Mapping[str, str]] = list(csv.DictReader(io.StringIO(text)))
        if not first.endswith(key) or not rows:
            return None
        targets = tuple(dict.fromkeys(row["target"] for row in rows))
        scores = np.array([float(row["score"] or "nan") for row in rows])
        takes = max(int(row["take"]) for row in rows)
        return ScorePool(targets, scores.reshape(-1, len(targets), takes), first.split()[1])
    except (OSError, ValueError, KeyError, IndexError):
        return None
