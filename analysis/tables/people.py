"""Pictures of people on disk to target x mimic tables: every person scored against one target person, or against each.

A picture is read and measured once, however many people and tables it appears in.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

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
from analysis.progress import Progress, no_progress
from analysis.tables.similarity_table import SimilarityTable, similarity_table
from analysis.tables.statistics import Pooled, bootstrap, double_centred, permutation_null
from analysis.tables.table_text import table_csv
from experiment.record.files import remedy
from experiment.record.provenance import commit, versions

EACH = "each"
"""What ``--targets`` says for every ordered pair of people."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One table for every pair of a target person and another."""

    metric: Metric
    model_name: str
    tables: Mapping[tuple[str, str], SimilarityTable]
    """By (target person, person)."""
    people: Mapping[str, MeasuredPerson]
    excluded: tuple[Exclusion, ...]
    """Every picture left out, once."""
    folder: Path = Path()
    """What the summary names files relative to: the folder of the manifest."""

    @property
    def files(self) -> dict[tuple[str, str], str]:
        """The name of the file of every table, by (target person, person).

        Raises
        ------
        DataSetError
            If two pairs of people would have the same file name.
        """
        files = {pair: f"{_file_part(pair[0])}_{_file_part(pair[1])}_table.csv" for pair in self.tables}
        if len(set(files.values())) < len(files):
            raise DataSetError("two pairs of people would be written to one file; give the people plainer names")
        return files

    def write(self, folder: Path) -> dict[str, Any]:
        """Write ``tables/TARGETPERSON_PERSON_table.csv``, ``scores.csv`` and ``summary.json``; returns the summary.

        Raises
        ------
        DataSetError
            If the folder cannot be written to, or two pairs of people would have the same file name.
        """
        files, summary = self.files, self.summary()
        prepare(folder)
        try:
            for pair, table in self.tables.items():
                (folder / "tables" / files[pair]).write_text(table_csv(table), encoding="utf-8", newline="\n")
            self.scores.to_csv(folder / "scores.csv", index=False)
            (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise _unwritable(folder, error) from None
        return summary

    def summary(self) -> dict[str, Any]:
        """Everything `summary.json` holds; the same pictures and versions give the same numbers, to the last bit."""
        tables = [table for table in self.tables.values() if table.scores.size]
        return {
            "metric": self.metric.name,
            "formula": self.metric.formula,
            "model": self.model_name,
            **self._statistics(),
            "pairs": len(self.tables),
            "mimics": sum(table.scores.shape[1] for table in tables),
            "calibration": {name: person.calibration for name, person in self.people.items()},
            "excluded": [
                {"file": self._named(one), "reason": one.reason, "message": one.short_message} for one in self.excluded
            ],
            "made_by": {"name": "mimicry-lab", "commit": commit(), **versions()},
        }

    @property
    def says_nothing(self) -> str:
        """Why some or all statistics are left out; empty where all of them are there."""
        if not any(table.scores.size for table in self.tables.values()):
            return (
                "nobody shows an expression of their target person, so there is no score; are the labels spelt alike?"
            )
        if not self._several_targets:
            return (
                "every target person shows one expression only, so there is nothing to tell it from: rank-1, AUC, d' "
                "and p are left out; the scores are written"
            )
        if not self._several_imitated:
            return (
                "everybody imitates one expression only, so there is nothing to shuffle: chance, p and the "
                "double-centred statistics are left out"
            )
        return ""

    @property
    def _several_targets(self) -> bool:
        return any(table.scores.size and len(table.targets) > 1 for table in self.tables.values())

    @property
    def _several_imitated(self) -> bool:
        return any(len(set(table.imitated)) > 1 for table in self.tables.values())

    def _statistics(self) -> dict[str, Any]:
        """What tells expressions apart; None where there is nothing to tell apart or nothing to shuffle."""
        tables = [table for table in self.tables.values() if table.scores.size]
        pairs = [pair for pair, table in self.tables.items() if table.scores.size]
        found: dict[str, Any] = {
            "rank1": None,
            "auc": None,
            "d_prime": None,
            "rank1_interval_95": [],
            "rank1_chance": None,
            "rank1_p_value": None,
            "double_centred": None,
        }
        if self._several_targets:
            pooled = Pooled.of(tables)
            observed = pooled.rank1()
            found |= {"rank1": observed, "auc": pooled.auc(), "d_prime": pooled.d_prime()}
            found["rank1_interval_95"] = _interval(tables, pairs)
            if self._several_imitated:
                null = permutation_null(tables, np.random.default_rng(0))
                centred = Pooled.of([double_centred(table) for table in tables])
                found["rank1_chance"] = float(null.mean())
                found["rank1_p_value"] = float((1 + (null >= observed).sum()) / (1 + len(null)))
                found["double_centred"] = {
                    "rank1": centred.rank1(),
                    "auc": centred.auc(),
                    "d_prime": centred.d_prime(),
                }
        return found | {"left_out_because": self.says_nothing or None}

    @property
    def scores(self) -> pd.DataFrame:
        """Every cell of every table in a row of its own, with the two people and the two expressions.

        ``take`` counts the pictures of one person with one expression, from 1.
        """
        rows = [
            (*pair, target, imitated, take, table.scores[row, column])
            for pair, table in self.tables.items()
            for column, (imitated, take) in enumerate(zip(table.imitated, table.takes, strict=True))
            for row, target in enumerate(table.targets)
        ]
        columns = ["target_person", "mimic_person", "target_expression", "mimic_expression", "take", "score"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def left_out(self) -> str:
        """How many pictures were left out, and the first of them, a neutral one if there is any; empty where none was.

        A lost neutral picture spoils more than itself: everything else of that person is measured against it.
        """
        if not self.excluded:
            return ""
        one = min(self.excluded, key=lambda one: one.label != NEUTRAL)
        kind = "the neutral picture " if one.label == NEUTRAL else ""
        first = f"{kind}{self._named(one)} ({one.short_message})"
        count = len(self.excluded)
        return (
            f"1 picture left out: {first}"
            if count == 1
            else f"{count} pictures left out: {first}, and {count - 1} more"
        )

    @property
    def without_neutral(self) -> str:
        """Who had no neutral picture to be measured against, and why; empty where everybody had one."""
        names = []
        for name, person in self.people.items():
            if person.calibration == "joint":
                lost = [one for one in person.excluded if one.label == NEUTRAL]
                why = "".join(f" ({self._named(one)}: {one.short_message})" for one in lost[:1])
                names.append(f"{name}{why}")
        return ", ".join(names)

    def _named(self, exclusion: Exclusion) -> str:
        file = exclusion.file
        return str(file.relative_to(self.folder) if file and file.is_relative_to(self.folder) else file)


def prepare(folder: Path) -> None:
    """Make the folder results go to; done before hours of measuring, to find out that it cannot be.

    Raises
    ------
    DataSetError
        If it cannot be made or written to.
    """
    try:
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> DataSetError:
    return DataSetError(f"{folder}: cannot be written to: {remedy(error, new=True)}")


def compare_people(
    people: Mapping[str, Sequence[Picture]],
    *,
    folder: Path = Path(),
    targets: str,
    metric: Metric,
    model: FaceModel,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> Comparison:
    """Measure everyone and fill a table for every pair.

    Parameters
    ----------
    people : mapping
        Everyone's pictures; those labelled neutral calibrate, the others are targets or mimics.
    targets : str
        The target person, or `EACH`: everyone in turn.

    Raises
    ------
    DataSetError
        If the target person is not among the people, nothing of them can be measured, or there is nobody else.
    """
    if targets != EACH and targets not in people:
        raise DataSetError(f"the target person {targets!r} has no picture; the people are {', '.join(people)}")
    measured, excluded = measure_everyone(people, model, jobs=jobs, progress=progress)
    showing = [name for name, person in measured.items() if person.faces]
    if targets != EACH and targets not in showing:
        own = {one.path for one in people[targets] if one.expression != NEUTRAL}
        why = _first([one for one in excluded if one.file in own]) or "; all of theirs are labelled neutral"
        raise DataSetError(f"no picture of an expression of the target person {targets!r} can be measured{why}")
    if len(showing) < 2:
        raise DataSetError(
            f"nobody can be compared: of {len(people)} people, {len(showing)} can be measured in a picture that is not "
            f"neutral{_first(excluded)}"
        )
    pairs = [(a, b) for a in (showing if targets == EACH else (targets,)) for b in showing if a != b]
    tables = {
        (a, b): similarity_table(measured[a].faces, measured[b].faces, metric, model)
        for a, b in progress(pairs, total=len(pairs), title="comparing")
    }
    return Comparison(metric, model.name, tables, measured, excluded, folder)


def measure_everyone(
    people: Mapping[str, Sequence[Picture]],
    model: FaceModel,
    *,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> tuple[dict[str, MeasuredPerson], tuple[Exclusion, ...]]:
    """Measure all people; those of whom nothing can be measured are left out, their pictures are among the excluded."""
    paths = list(dict.fromkeys(picture.path for pictures in people.values() for picture in pictures))
    with Parallel(n_jobs=jobs, return_as="generator") as parallel:
        looked = parallel(delayed(detect_face)(Picture(path, "")) for path in paths)
        by_path: dict[Path, Detection] = dict(
            zip(paths, progress(looked, total=len(paths), title="finding faces"), strict=True)
        )
        seen = {
            name: [replace(by_path[picture.path], picture=picture) for picture in pictures]
            for name, pictures in people.items()
        }
        results = parallel(delayed(_measured_or_not)(name, faces, model) for name, faces in seen.items())
        persons = dict(zip(people, progress(results, total=len(people), title="measuring people"), strict=True))
    measured = {name: person for name, person in persons.items() if person is not None}
    excluded: dict[Path | None, Exclusion] = {}
    for name, faces in seen.items():
        person = persons[name]
        left_out = person.excluded if person else [one for one in faces if isinstance(one, Exclusion)]
        excluded.update({one.file: one for one in left_out})
    return measured, tuple(excluded.values())


def _measured_or_not(name: str, seen: Sequence[Detection], model: FaceModel) -> MeasuredPerson | None:
    try:
        return measure_person(name, seen, model)
    except FaceError:
        return None


def _first(excluded: Sequence[Exclusion]) -> str:
    """Which picture was the first that could not be used and why, with what helps if it is not there."""
    if not excluded:
        return ""
    one = excluded[0]
    where = "" if one.file and one.file.exists() else " (paths count from the folder of the manifest)"
    return f"; {one.file}: {one.short_message}{where}"


def _file_part(person: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", person)


def _interval(tables: Sequence[SimilarityTable], pairs: Sequence[tuple[str, str]]) -> list[float]:
    if len(tables) < 2:
        return []
    interval = bootstrap(tables, pairs, Pooled.rank1, np.random.default_rng(0))
    return [interval.low, interval.high]
