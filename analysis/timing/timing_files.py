"""The timing files of every session, in ``derivatives/mimicry/timing``.

They are called ``sub-01[_ses-a]_task-NAME_timing.{png,svg,csv}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from analysis.tables.column_descriptions import put_table
from analysis.tables.output_files import Row, put
from analysis.tables.table_figure import figure_bytes
from analysis.tables.table_text import file_stem
from analysis.timing.timing_figure import draw_timing
from experiment.record.session_timing import SessionTiming, TrialTiming, session_timing
from experiment.record.sessions import require_sessions


def timings(dataset: Path) -> Iterator[SessionTiming]:
    """Yield the timing of every session of a data set.

    Raises
    ------
    RecordError
        If the folder does not exist, has no session, or a journal is damaged.
    """
    yield from map(session_timing, require_sessions(dataset))


def write_timing(timing: SessionTiming, folder: Path) -> list[Path]:
    """Write table and figures of a session; return the files."""
    base = f"{file_stem(timing.place.participant, timing.place.session, timing.task)}_timing"
    figure = draw_timing(timing)
    return [
        *put_table(folder / f"{base}.csv", timing_rows(timing)),
        put(folder / f"{base}.svg", figure_bytes(figure, "svg")),
        put(folder / f"{base}.png", figure_bytes(figure, "png", dpi=120)),
    ]


def timing_rows(timing: SessionTiming) -> list[Row]:
    """Return a row per trial.

    Whether it passes, the faults, and the numbers it is judged by.
    """
    return [_timing_row(trial) for trial in timing.trials]


def _timing_row(trial: TrialTiming) -> Row:
    recorded = trial.recorded
    row: Row = {
        "trial_id": recorded.id,
        "attempt": recorded.attempt,
        "kind": recorded.kind,
        "target": recorded.target,
        "outcome": recorded.outcome,
        "timing": "pass" if trial.passes else "fail",
        "faults": " ".join(trial.faults) or None,
        "excluded": trial.excluded or None,
        "begin_s": round(trial.begin_s, 6),
        "flips": len(trial.flips_s),
        "late_flips": recorded.late_flips,
        "missed_frames": recorded.missed_frames,
        "key_to_frame_ms": recorded.key_to_frame_ms,
        "half_interval_ms": recorded.half_interval_ms,
        "camera_interval_ms": None if trial.camera_interval_ms is None else round(trial.camera_interval_ms, 3),
        "camera_lost": trial.camera_lost,
    }
    if recorded.hold_to_frame_ms is not None:
        row["hold_to_frame_ms"] = recorded.hold_to_frame_ms
    if recorded.probe is not None:
        row |= {
            "probe": "yes" if recorded.probe.planned else "no",
            "probe_outcome": {True: "hit", False: "miss", None: None}[recorded.probe.is_hit],
            "probe_response_time_s": recorded.probe.reaction_s,
            "probe_false_presses": len(recorded.probe.false_after_s),
        }
    return row
