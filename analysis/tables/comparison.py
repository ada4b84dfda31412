"""The result of a comparison of people: tables, statistics, notes and files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import DataSetError
from analysis.face.measurement import NEUTRAL, Exclusion, MeasuredPerson
from analysis.face.similarity.metrics import Metric
from analysis.rounding import decimals_for
from analysis.tables.column import Column
from analysis.tables.column_descriptions import data_dictionary
from analysis.tables.comparison_statistics import comparison_statistics
from analysis.tables.measurement_provenance import calibration_name
from analysis.tables.output_files import put, put_json
from analysis.tables.output_sums import add_sums
from analysis.tables.score_certainty import CERTAINTY_COLUMNS, Certainty, median_width, uncertainty_cells
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.table_text import table_csv
from analysis.terminal import many
from experiment.record.provenance import commit, versions

SCORE_COLUMNS = (
    "target_person",
    "mimic_person",
    "target_expression",
    "mimic_expression",
    "take",
    "score",
    *CERTAINTY_COLUMNS,
    "without_expression",
)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One table for every pair of a target person and another person."""

    metric: Metric
    model_name: str
    tables: Mapping[tuple[str, str], SimilarityTable]
    """By (target person, person)."""
    people: Mapping[str, MeasuredPerson]
    excluded: tuple[Exclusion, ...]
    """Every picture left out, once."""
    folder: Path = Path()
    """The folder of the manifest; file names in the summary are relative to it."""
    below_floor: tuple[Path, ...] = ()
    """Pictures that do not differ from a face at rest, so that their scores have no meaning."""
    whole: Mapping[tuple[str, str], SimilarityTable] = field(default_factory=dict)
    """The tables with a column for every picture of any label; empty: the tables."""
    each: bool = False
    """Whether every person is compared with every other."""
    certain: Mapping[tuple[str, str], Sequence[Sequence[Certainty | None]]] = field(default_factory=dict)
    """For each table, target and column how certain the score is; None where that is not known."""

    @property
    def files(self) -> dict[tuple[str, str], str]:
        """The name of the file of every table, by (target person, person).

        Raises
        ------
        DataSetError
            If two pairs of people would have the same file name.
        """
        files = {pair: f"{'_'.join(map(_file_part, pair))}_table.csv" for pair in self.tables}
        if len(set(files.values())) < len(files):
            raise DataSetError("two pairs of people would be written to one file; give the people plainer names")
        return files

    def write(self, folder: Path) -> dict[str, Any]:
        """Write tables, ``scores.csv`` with its data dictionary, and ``summary.json``.

        Only the owner can read them; ``SHA256SUMS`` has their hashes.

        Parameters
        ----------
        folder : Path
            The folder to write into.

        Returns
        -------
        dict
            The summary.

        Raises
        ------
        DataSetError
            If two pairs of people would have the same file name.
        RecordError
            If a file cannot be written.
        """
        files, summary = self.files, self.summary()
        written = [put(folder / "tables" / files[pair], table_csv(table)) for pair, table in self.tables.items()]
        written.append(put(folder / "scores.csv", self.scores.to_csv(index=False, lineterminator="\n")))
        written.append(put_json(folder / "scores.json", self._dictionary()))
        written.append(put_json(folder / "summary.json", summary))
        add_sums(folder, written, owner="compare")
        return summary

    def _dictionary(self) -> dict[str, Any]:
        """Return the data dictionary of ``scores.csv``; a take is a picture."""
        take = Column("Number among the pictures of this expression of the person, from 1.", "integer")
        return {**data_dictionary(self.scores.columns), "take": take.as_json()}

    def summary(self) -> dict[str, Any]:
        """Return the content of ``summary.json``."""
        return {
            "metric": self.metric.name,
            "formula": self.metric.formula,
            "model": self.model_name,
            **self._statistics(),
            "pairs": len(self.tables),
            "mimics": sum(len(table.imitated) for table in self._scored.values()),
            "score_interval": self._interval_facts(),
            "below_noise_floor": [self._relative(path) for path in self.below_floor],
            "calibration": {name: calibration_name(self.metric, one.calibration) for name, one in self.people.items()},
            "excluded": [
                {"file": self._file_name(one), "reason": one.reason, "message": one.short_message}
                for one in self.excluded
            ],
            "made_by": {"name": "mimicry-lab", "commit": commit(), **versions()},
        }

    @property
    def statistics_note(self) -> str:
        """Why some or all statistics are left out; empty if none is."""
        if not self._scored:
            return (
                "no person shows an expression of the target person, so there are no scores; are the labels spelt "
                "alike?"
            )
        if not self._several_targets:
            return (
                "every target person shows one expression only, so there are no other targets: rank-1, AUC, d' and p "
                "are left out; the scores are written"
            )
        if not self._several_imitated:
            return (
                "each person imitates one expression only, so targets cannot be shuffled: p and the "
                "double-centred statistics are left out"
            )
        return ""

    @property
    def _scored(self) -> dict[tuple[str, str], SimilarityTable]:
        """The tables that have a cell."""
        return {pair: table for pair, table in self.tables.items() if table.scores.size}

    @property
    def _several_targets(self) -> bool:
        return any(len(table.targets) > 1 for table in self._scored.values())

    @property
    def _several_imitated(self) -> bool:
        return any(len(set(table.imitated)) > 1 for table in self._scored.values())

    def _statistics(self) -> dict[str, Any]:
        """Return the statistics of all tables; None for those left out."""
        found = comparison_statistics(self.whole or self.tables, each=self.each)
        return found | {"left_out_because": self.statistics_note or None}

    def _interval_facts(self) -> dict[str, float | int] | None:
        """Return the median width of the scores' intervals, and their number; or None."""
        found = median_width(cell for rows in self.certain.values() for row in rows for cell in row)
        return None if found is None else {"median_width": found[0], "scores": found[1]}

    @property
    def interval_note(self) -> str:
        """How wide the intervals of single scores are; empty where they are not known."""
        found = self._interval_facts()
        if found is None:
            return ""
        width = f"{found['median_width']:.{decimals_for(found['median_width'], fewest=2, digits=1)}f}"
        return (
            f"the 95 % interval of a single score over repeated pictures is {width} wide (median of "
            f"{found['scores']}); scores.csv has the interval and the likelihood ratio of each"
        )

    @property
    def scores(self) -> pd.DataFrame:
        """A row for every cell of every table.

        ``take`` counts a person's pictures of an expression in the manifest from 1, also those left out.
        """
        rows = [
            (
                *(*pair, target, imitated, take, table.scores[row, column]),
                *uncertainty_cells(self.certain[pair][row][column] if self.certain else None).values(),
                table.without_expression(row, column),
            )
            for pair, table in self.tables.items()
            for column, (imitated, take) in enumerate(zip(table.imitated, table.takes, strict=True))
            for row, target in enumerate(table.targets)
        ]
        return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))

    @property
    def floor_note(self) -> str:
        """How many pictures are below the noise floor; empty if none is."""
        count = len(self.below_floor)
        if not count:
            return ""
        first = self._relative(self.below_floor[0])
        return f"below the noise floor, so in no table and statistic: {many(count, 'picture')}, such as {first}"

    @property
    def exclusion_note(self) -> str:
        """How many pictures are left out, and the first one; empty if none is.

        A neutral picture comes first: all others of that person are measured against it.
        """
        if not self.excluded:
            return ""
        one = min(self.excluded, key=lambda one: one.label != NEUTRAL)
        kind = "the neutral picture " if one.label == NEUTRAL else ""
        first = f"{kind}{self._file_name(one)} ({one.short_message})"
        count = len(self.excluded)
        return f"{many(count, 'picture')} left out: {first}" + (f", and {count - 1} more" if count > 1 else "")

    @property
    def without_neutral(self) -> str:
        """The people without a usable neutral picture, and why."""
        names = []
        for name, person in self.people.items():
            if person.identity is None:
                lost = [one for one in person.excluded if one.label == NEUTRAL]
                names.append(name + "".join(f" ({self._file_name(one)}: {one.short_message})" for one in lost[:1]))
        return ", ".join(names)

    def _file_name(self, exclusion: Exclusion) -> str:
        return self._relative(exclusion.file)

    def _relative(self, file: Path | None) -> str:
        return str(file.relative_to(self.folder) if file and file.is_relative_to(self.folder) else file)


def _file_part(person: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", person)
