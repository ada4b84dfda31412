"""Write the files of ``tables``, for one session and for the whole data set.

::

    derivatives/mimicry/
      dataset_description.json
      sub-01/[ses-a/]landmarks/SHA256.json  stimuli/landmarks/SHA256.json       so that no face is detected twice
      sub-01/[ses-a/]fits/MODEL_SHA256.npz  stimuli/fits/SHA256_MODEL_SHA256.npz    and no face is fitted twice
      tables/
        sub-01[_ses-a]_task-NAME_metric-M_table.{csv,md,tex}                    one table
        sub-01[_ses-a]_task-NAME_metric-M_table.{png,svg}                       its figure, on request
        sub-01[_ses-a]_task-NAME_metric-M_table.json                            its description and verdict
        sub-01[_ses-a]_task-NAME_scores.csv                                     every trial against every target
        sub-01[_ses-a]_task-NAME_measurements.csv                               every picture: pose, coefficients, ...
        sub-01[_ses-a]_task-NAME_exclusions.csv                                 what is in no table, and why
        sub-01[_ses-a]_task-NAME_requested.csv  ..._strengths.csv               targets of single movements only
        summary.csv  summary.md                                                 all tables, one line each
        *.json next to a .csv                                                   its data dictionary
        SHA256SUMS                                                              hashes of all files of the folder
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.metrics import metric as metric_named
from analysis.face.similarity.parts import Similarity
from analysis.tables.column_descriptions import put_table
from analysis.tables.measured_session import MeasuredSession, Mimic
from analysis.tables.measurement_provenance import describe_metric, provenance
from analysis.tables.measurement_rows import EXCLUSION_COLUMNS, exclusion_rows, measurement_rows
from analysis.tables.movement_files import movement_tables
from analysis.tables.output_files import Row, put, put_json, sha256_of
from analysis.tables.score_certainty import median_width, uncertainty_cells
from analysis.tables.score_tables import SessionTables, session_tables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import expression_hits, rank1
from analysis.tables.table_text import (
    bids_label,
    file_stem,
    finding,
    table_csv,
    table_latex,
    table_markdown,
    table_text,
)
from experiment.record.answer_columns import answer_cells
from experiment.record.session_record import SessionRecord


def write_session(
    made: SessionTables,
    folder: Path,
    *,
    dataset: Path,
    model: FaceModel,
    figures: bool = False,
    all_units: bool = False,
) -> list[Path]:
    """Write all files of one session into a folder, and return them.

    Parameters
    ----------
    made : SessionTables
        The session and its scores.
    folder : Path
        The folder of the tables.
    dataset : Path
        The folder that file names are relative to.
    model : FaceModel
        The model that fitted the faces.
    figures : bool
        Whether to draw each table as well.
    all_units : bool
        Whether the measurements have the units that 68 landmarks hardly show.

    Returns
    -------
    list of Path
        Every file.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    session, record = made.session, made.session.record
    base = file_stem(record.participant, record.session, record.task)
    excluded = exclusion_rows(session.exclusions, dataset)
    measured = measurement_rows(session, dataset, all_units=all_units)
    written = [
        *put_table(folder / f"{base}_measurements.csv", measured, columns=("role", "id")),
        *put_table(folder / f"{base}_exclusions.csv", excluded, columns=EXCLUSION_COLUMNS),
        *put_table(folder / f"{base}_scores.csv", list(_score_rows(made))),
    ]
    written += movement_tables([session], folder / base, model=model)
    sources, common = provenance(session, model, dataset), tuple(written)
    for number, (metric, table) in enumerate(made.tables):
        file = folder / f"{file_stem(record.participant, record.session, record.task, metric=metric.label)}_table"
        caption = f"Similarity of every mimic to every target: {describe_metric(metric, model, session.calibration)}."
        verdict = _verdict(metric, table, session, model=model)
        written += _write_table(
            table,
            file,
            title=session.title,
            caption=caption,
            notes=(verdict, *session.notes, *_width_note(made, number)),
        )
        if figures:
            written += _draw_table(table, file, title=session.title, caption=caption)
        about = {
            "title": session.title,
            "metric": metric.name,
            "formula": metric.formula,
            "rows": "targets",
            "columns": "mimics, in the order of the rows",
            **summary_row(metric, table, session),
            "verdict": verdict,
            "remarks": list(session.notes),
            "takes": dict(session.takes),
            "provenance": sources,
            "files": {
                one.name: sha256_of(one)
                for one in [*common, *(file.with_suffix(suffix) for suffix in (".csv", ".md", ".tex"))]
            },
        }
        written.append(put_json(file.with_suffix(".json"), about))
    return written


def _write_table(table: SimilarityTable, file: Path, *, title: str, caption: str, notes: tuple[str, ...]) -> list[Path]:
    """Write a table as CSV, Markdown and LaTeX; ``file`` lacks the suffix."""
    label = "tab:" + file.name.removesuffix("_table").replace("_", ":")
    contents = {
        ".csv": table_csv(table),
        ".md": table_markdown(table, title=title, caption=caption, notes=notes),
        ".tex": table_latex(table, caption=f"{title}. {caption}", label=label),
    }
    return [put(file.with_suffix(suffix), content) for suffix, content in contents.items()]


def _width_note(made: SessionTables, metric: int) -> Iterator[str]:
    """Yield how wide the intervals of single scores are, where they are known."""
    if (found := median_width(one for row in made.uncertainties[metric] for one in row)) is not None:
        width, count = found
        yield (
            f"The 95 % interval of a single score over repeated pictures is {width:.2f} wide (median of {count}); the "
            "scores file has the interval and the likelihood ratio of each."
        )
    frames = sum(bool(mimic.retakes) for mimic in made.session.mimics)
    if found is not None and made.session.with_retakes and not made.trial_tables[metric][0].pooled:
        yield (
            f"Neighbouring camera frames of {frames} of {len(made.session.mimics)} imitations were measured; where "
            "they scatter more than pictures usually do, the interval is wider."
        )


def _draw_table(table: SimilarityTable, file: Path, *, title: str, caption: str) -> list[Path]:
    from analysis.tables.table_figure import draw_table, figure_bytes  # loading matplotlib takes half a second

    figure = draw_table(table, title=title, caption=caption)
    kinds: tuple[Literal["png", "svg"], ...] = ("png", "svg")
    return [put(file.with_suffix(f".{kind}"), figure_bytes(figure, kind)) for kind in kinds]


def _verdict(metric: Metric, table: SimilarityTable, session: MeasuredSession, *, model: FaceModel) -> str:
    return f"{session.title}, {describe_metric(metric, model, session.calibration)}: {finding(table)}"


def _score_rows(made: SessionTables) -> Iterator[Row]:
    session = made.session
    expressions = {name: target.expression for name, target in session.record.targets.items()}
    parts = [[_parts_row(one) for one in row] for row in made.comparisons]
    for (metric, table), certain in zip(made.trial_tables, made.uncertainties, strict=True):
        for column, mimic in enumerate(session.mimics):
            own = mimic.trial.target
            for row, target in enumerate(session.targets):
                yield {
                    "metric": metric.name,
                    "trial_id": mimic.trial.id,
                    "mimic": own,
                    "target": target,
                    "matching": "yes" if own == target else "no",
                    "same_expression": "yes" if expressions[own] == expressions[target] else "no",
                    "score": float(table.scores[row, column]),
                    **uncertainty_cells(certain[column][row]),
                    **parts[column][row],
                    **_trial_row(mimic, session),
                }


def _trial_row(mimic: Mimic, session: MeasuredSession) -> Row:
    """Return the predictors of a statistical model, with times in seconds."""
    trial = mimic.trial
    return {
        "participant": session.record.participant,
        "session": session.record.session,
        "block": trial.block,
        "kind": trial.kind,
        "response_time_s": trial.response_time_s,
        **{f"condition_{factor}": level for factor, level in trial.condition.items()},
        **{f"rating_{question}": rating for question, rating in trial.ratings.items()},
        **{name: cell for answer in trial.answers for name, cell in answer_cells(answer).items()},
    }


def _parts_row(parts: Similarity) -> Row:
    return {
        **{f"region_{name}": value for name, value in parts.regions.items()},
        "target_strength_mm": parts.target_strength_mm,
        "mimic_strength_mm": parts.mimic_strength_mm,
        "target_floor_mm": parts.target_floor_mm,
        "mimic_floor_mm": parts.mimic_floor_mm,
        "intensity_ratio": parts.intensity_ratio,
        "target_asymmetry": parts.target_asymmetry,
        "mimic_asymmetry": parts.mimic_asymmetry,
        "without_expression": "+".join(parts.without_expression),
    }


def summary_row(metric: Metric, table: SimilarityTable, session: MeasuredSession) -> Row:
    """Return the line of ``summary.csv`` for a table.

    Parameters
    ----------
    metric : Metric
        The metric of the table.
    table : SimilarityTable
        Means over the takes of each target.
    session : MeasuredSession
        The session of the table.
    """
    matching, other = table.smallest_matching, table.largest_other
    pattern = table.published_pattern
    counted = table.counted
    trials = len(counted.imitated)
    return {
        "participant": session.record.participant,
        "session": session.record.session,
        "task": bids_label(session.record.task),
        "metric": metric.name,
        "calibration": session.calibration if session.participant else "none",
        "smallest_matching": matching.score if matching else None,
        "smallest_matching_mimic": matching.mimic if matching else None,
        "largest_other": other.score if other else None,
        "largest_other_target": other.target if other else None,
        "largest_other_mimic": other.mimic if other else None,
        "rank1": rank1([counted]) if trials else None,
        "rank1_expression": float(expression_hits(counted).mean()) if trials else None,
        "rank1_chance": 1.0 / len(counted.targets) if trials else None,
        "trials": trials,
        "mimics": len(table.imitated),
        "above_098_below_094": "" if pattern is None else "yes" if pattern else "no",
        "excluded": len(session.exclusions),
        "pilot": "yes" if session.record.pilot else "no",
    }


@dataclass(frozen=True, slots=True)
class SessionOutput:
    """What remains of a session after its files were written."""

    record: SessionRecord
    files: tuple[Path, ...]
    rows: tuple[Row, ...]
    """Lines of ``summary.csv``."""
    markdown: str
    """Part of ``summary.md``."""
    text: str
    """Tables and notes for the terminal."""


@dataclass(frozen=True, slots=True)
class TableWriter:
    """Scores a measured session and writes its files; can be sent to other processes."""

    metrics: tuple[Metric, ...]
    model: FaceModel
    folder: Path
    dataset: Path
    figures: bool = False
    grey: bool = False
    """Whether the text for the terminal shows some cells in grey."""
    all_units: bool = False
    """Whether the measurements have the units that 68 landmarks hardly show."""

    def __call__(self, session: MeasuredSession) -> SessionOutput:
        """Write the files of a session and return what the summary needs."""
        made = session_tables(session, self.metrics, self.model)
        session = made.session
        options = {"figures": self.figures, "all_units": self.all_units}
        written = write_session(made, self.folder, dataset=self.dataset, model=self.model, **options)
        markdown, text = [], []
        for metric, table in made.tables:
            described = describe_metric(metric, self.model, session.calibration)
            notes = (_verdict(metric, table, session, model=self.model),)
            caption = f"Similarity, {described}."
            markdown.append(table_markdown(table, title=session.title, caption=caption, notes=notes))
            text.append(f"{session.title}, {described}\n{table_text(table, grey=self.grey)}  {finding(table)}\n\n")
        lines = (*session.exclusion_lines, *session.notes)
        text += [f"  {session.label}: {line}\n" for line in lines]
        return SessionOutput(
            record=session.record,
            files=tuple(written),
            rows=tuple(summary_row(metric, table, session) for metric, table in made.tables),
            markdown="\n".join([*markdown, *(f"- {line}" for line in (*session.notes, *session.exclusion_lines)), ""]),
            text="".join(text),
        )


def write_summary(made: Sequence[SessionOutput], folder: Path, *, warnings: Sequence[str] = ()) -> list[Path]:
    """Write one line per table as CSV, and all tables as Markdown.

    Parameters
    ----------
    made : sequence of SessionOutput
        The sessions.
    folder : Path
        The folder of the tables.
    warnings : sequence of str
        Sentences about the whole data set; they come first in the Markdown.

    Returns
    -------
    list of Path
        CSV and Markdown.
    """
    rows = [row for one in made for row in one.rows]
    lines = ["# Target x mimic tables", ""]
    used = {str(row["metric"]): metric_named(str(row["metric"])) for row in rows}
    formulas = [f"- `{name}`: {one.formula}" for name, one in used.items() if one.short]
    lines += [*formulas, ""] if formulas else []
    lines += [*(f"- Warning: {warning}" for warning in warnings), ""] if warnings else []
    lines += [one.markdown for one in made]
    return [*put_table(folder / "summary.csv", rows), put(folder / "summary.md", "\n".join(lines))]
