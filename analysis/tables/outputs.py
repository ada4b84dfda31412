"""What ``tables`` leaves on disk, for one session and for the whole data set.

::

    derivatives/mimicry/
      dataset_description.json
      sub-01/[ses-a/]landmarks/SHA256.json  stimuli/landmarks/SHA256.json       so that no picture is looked at twice
      tables/
        sub-01[_ses-a]_task-NAME_metric-M_table.{csv,md,tex,png,svg}            one table
        sub-01[_ses-a]_task-NAME_metric-M_table.json                            what it is, and its verdict
        sub-01[_ses-a]_task-NAME_scores.csv                                     every trial against every target
        sub-01[_ses-a]_task-NAME_measurements.csv                               every picture: pose, coefficients, ...
        sub-01[_ses-a]_task-NAME_exclusions.csv                                 what is in no table, and why
        summary.csv  summary.md                                                 all tables, one line each
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import Similarity
from analysis.tables.build import SessionTables
from analysis.tables.output_files import put
from analysis.tables.picture_landmarks import landmark_fingerprint, sha256_of
from analysis.tables.session import MeasuredSession
from analysis.tables.table import ParticipantTable
from analysis.tables.table_figure import draw_table, picture
from analysis.tables.table_text import bids_label, stem, table_csv, table_latex, table_markdown
from analysis.tables.trace import Row, exclusion_rows, measurement_rows, relative, rows_csv
from experiment.record.bids import BIDS_VERSION
from experiment.record.provenance import commit, versions
from experiment.record.session_record import TrialRecord

EXCLUSION_COLUMNS = ("what", "target", "reason", "message", "file")


def what(metric: Metric, model: FaceModel, session: MeasuredSession) -> str:
    """The metric as it must be named beside any number: name, formula, model, calibration."""
    how = session.participant.calibration if session.participant else "no"
    return f"metric {metric.name} ({metric.formula}; model {model.name}; {how} calibration)"


def write_session(made: SessionTables, folder: Path, *, dataset: Path, model: FaceModel) -> list[Path]:
    """Write everything about one session into a folder; returns the CSV file of every table."""
    session, record = made.session, made.session.record
    base = stem(record.participant, record.session, record.task)
    put(folder / f"{base}_measurements.csv", rows_csv(measurement_rows(session, dataset), columns=("role", "id")))
    excluded = exclusion_rows(session.exclusions, dataset)
    put(folder / f"{base}_exclusions.csv", rows_csv(excluded, columns=EXCLUSION_COLUMNS))
    put(folder / f"{base}_scores.csv", rows_csv(_score_rows(made)))
    return [_write_table(table, metric, made, folder, dataset=dataset, model=model) for metric, table in made.tables]


def _write_table(
    table: ParticipantTable, metric: Metric, made: SessionTables, folder: Path, *, dataset: Path, model: FaceModel
) -> Path:
    session = made.session
    base = stem(table.participant, table.session, table.task, metric.label) + "_table"
    caption = f"Similarity of every mimic to every target: {what(metric, model, session)}."
    notes = (table.verdict(what(metric, model, session)), *session.remarks)
    put(folder / f"{base}.csv", table_csv(table))
    put(folder / f"{base}.md", table_markdown(table, caption=caption, notes=notes))
    label = "tab:" + base.removesuffix("_table").replace("_", ":")
    put(folder / f"{base}.tex", table_latex(table, caption=caption, label=label))
    figure = draw_table(table, caption=caption)
    put(folder / f"{base}.png", picture(figure, "png"))
    put(folder / f"{base}.svg", picture(figure, "svg"))
    about = {
        "title": table.title,
        "metric": metric.name,
        "formula": metric.formula,
        "rows": "targets",
        "columns": "mimics, in the order of the rows",
        **summary_row(table, session),
        "verdict": notes[0],
        "remarks": list(session.remarks),
        "takes": dict(table.takes),
        "provenance": provenance(session, model, dataset),
    }
    put(folder / f"{base}.json", json.dumps(about, indent=2, ensure_ascii=False) + "\n")
    return folder / f"{base}.csv"


def _score_rows(made: SessionTables) -> list[Row]:
    expressions = {name: target.expression for name, target in made.session.record.targets.items()}
    parts = {(one.trial, one.target): _parts_row(one.parts) for one in made.comparisons}
    circumstances = {mimic.trial.id: _circumstances_row(mimic.trial, made) for mimic in made.session.mimics}
    return [
        {
            "metric": score.metric,
            "trial": score.trial,
            "mimic": score.mimic,
            "target": score.target,
            "matching": "yes" if score.mimic == score.target else "no",
            "same_expression": "yes" if expressions[score.mimic] == expressions[score.target] else "no",
            "score": score.value,
            **parts[score.trial, score.target],
            **circumstances[score.trial],
        }
        for score in made.scores
    ]


def _circumstances_row(trial: TrialRecord, made: SessionTables) -> Row:
    """What a model of the scores needs besides, named as in ``events.tsv``: no file has to be joined to this one."""
    return {
        "participant": made.session.record.participant,
        "session": made.session.record.session,
        "block": trial.block,
        "response_time": trial.response_time_s,
        **{f"condition_{factor}": level for factor, level in trial.condition.items()},
        **{f"rating_{question}": rating for question, rating in trial.ratings.items()},
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


def summary_row(table: ParticipantTable, session: MeasuredSession) -> Row:
    """One line about a table."""
    matching, other = table.smallest_matching, table.largest_other
    pattern = table.published_pattern
    return {
        "participant": table.participant,
        "session": table.session,
        "task": bids_label(table.task),
        "metric": table.metric,
        "calibration": session.participant.calibration if session.participant else "none",
        "smallest_matching": matching.value if matching else None,
        "smallest_matching_mimic": matching.mimic if matching else None,
        "largest_other": other.value if other else None,
        "largest_other_target": other.target if other else None,
        "largest_other_mimic": other.mimic if other else None,
        "rank1": table.rank1 if table.mimics else None,
        "rank1_expression": table.expression_hits / len(table.mimics) if table.mimics else None,
        "mimics": len(table.mimics),
        "above_098_below_094": "" if pattern is None else "yes" if pattern else "no",
        "excluded": len(session.exclusions),
        "pilot": "yes" if session.record.pilot else "no",
    }


def write_summary(made: Sequence[SessionTables], folder: Path, *, model: FaceModel) -> Path:
    """Write one line per table, as CSV and, with the tables themselves, as Markdown; returns the Markdown file."""
    rows = [summary_row(table, one.session) for one in made for _, table in one.tables]
    put(folder / "summary.csv", rows_csv(rows))
    lines = ["# Target x mimic tables", ""]
    for one in made:
        for metric, table in one.tables:
            name = what(metric, model, one.session)
            lines.append(table_markdown(table, caption=f"Similarity, {name}.", notes=(table.verdict(name),)))
        lines += [f"- {remark}" for remark in one.session.remarks]
        lines += [f"- excluded: {gone.what} ({gone.reason}): {gone.message}" for gone in one.session.exclusions]
        lines.append("")
    return put(folder / "summary.md", "\n".join(lines))


def write_description(top: Path, *, dataset: Path) -> Path:
    """Write the ``dataset_description.json`` that BIDS asks of a derivative."""
    source = _json_of(dataset / "dataset_description.json")
    content = {
        "Name": f"{source.get('Name', dataset.name)}: faces measured, mimics compared with targets",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "Mimicry Lab", "Version": commit(), "Description": "python -m analysis tables"}],
        "SourceDatasets": [{"URL": "../.."}],
    }
    return put(top / "dataset_description.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def provenance(session: MeasuredSession, model: FaceModel, dataset: Path) -> dict[str, Any]:
    """What a number rests on: program, model, protocol, seed, pictures."""
    record = session.record
    pictures = {face.picture.path for face in session.targets.values()}
    pictures |= {mimic.face.picture.path for mimic in session.mimics}
    return {
        "program": _program(),
        "landmarks": landmark_fingerprint(),
        "model": {"name": model.name, "sha256": model_sha256(model), "licence": model.licence.split("\n")[0]},
        "protocol": record.task,
        "seed": record.seed,
        "session": dict(record.notes),
        "pictures": {relative(path, dataset): sha256_of(path) for path in sorted(pictures)},
    }


def model_sha256(model: FaceModel) -> str:
    """Of the numbers of the model, whatever file they came from."""
    digest = hashlib.sha256()
    arrays = [model.mean, model.identity, *(model.bases[name].shapes for name in sorted(model.bases))]
    for array in [*arrays, model.landmark_vertices, model.triangles]:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@functools.cache
def _program() -> dict[str, str]:
    return {"name": "mimicry-lab", "commit": commit(), **versions()}


def _json_of(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
