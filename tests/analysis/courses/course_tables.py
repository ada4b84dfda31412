"""Sessions without a film, with tables of courses whose numbers are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.courses.course_columns import FRAME_COLUMNS, csv_text
from analysis.courses.frames import POSE
from analysis.tables.output_files import put
from analysis.tables.table_text import file_stem
from experiment.record.recorder import Recorder
from experiment.record.values import Stimulus, TrialResult
from tests.analysis.courses.filmed_session import TARGETS, header
from tests.experiment.clocks import SetClock

MEASURES = ("unit_browDownLeft", "unit_browDownRight", "unit_mouthSmileLeft", "unit_mouthSmileRight", "emotion_anger")
DURATION_S = 3.0
RATE_HZ = 30.0
_ABOUT = ("participant", "session", "trial_id", "kind", "target")


@dataclass(frozen=True)
class Reaction:
    """What a person does in a trial."""

    target: str = "smile"
    strength: float = 0.5
    onset_s: float | None = 0.8
    blink_s: float | None = None
    """Middle of a blink of 0.2 s."""


def write_session(
    dataset: Path, participant: str, reactions: Sequence[Reaction], *, noise: float = 0.01, seed: int = 0
) -> None:
    """Record a session and write its courses. Its targets have no neutral picture, so nothing can measure them."""
    stimuli = tuple(
        Stimulus(name, expression, TARGETS / f"{expression}.png", None)
        for name, expression in (("smile", "happiness"), ("frown", "anger"))
    )
    ids = [f"{one.target}-{number}" for number, one in enumerate(reactions)]
    clock = SetClock(100.0)
    start = replace(header(participant), stimuli=stimuli, steps=("baseline", *ids))
    recorder = Recorder.start(dataset, start, clock=clock)
    frames: list[list[object]] = []
    indices: list[list[object]] = []
    rng = np.random.default_rng(seed)
    for trial_id, one in zip(ids, reactions, strict=True):
        begins_s = clock.now()
        onset_s = begins_s + 1.0
        clock.sleep_until(onset_s + DURATION_S + 0.3)
        recorder.trial(
            TrialResult(
                id=trial_id,
                block="watching",
                kind="viewing",
                index=0,
                target=one.target,
                expression="happiness" if one.target == "smile" else "anger",
                outcome="viewed",
                fixation_s=begins_s,
                onset_s=onset_s,
                offset_s=onset_s + DURATION_S,
                flip_times_s=(onset_s,),
                condition={"group": "a"},
                baseline_s=begins_s,
                filmed=True,
            )
        )
        about = [participant, "", trial_id, "viewing", one.target]
        for number, time_s in enumerate(np.arange(-1.0, DURATION_S + 0.2, 1.0 / RATE_HZ)):
            is_blink = one.blink_s is not None and abs(time_s - one.blink_s) < 0.11
            values = strengths(one, float(time_s)) + rng.normal(scale=noise, size=len(MEASURES)).clip(min=-0.02)
            cells = [number, f"{time_s:.6f}", int(not is_blink), "blink" if is_blink else ""]
            frames.append([*about, *cells, "", *([0.0] * len(POSE)), "calibration", *values.round(5)])
        moved = "mouthSmile" if one.target == "smile" else "browDown"
        onset = "" if one.onset_s is None else one.onset_s
        indices.append([*about, moved, onset, "" if one.onset_s is None else one.onset_s + 0.5, one.strength])
    recorder.close(complete=True)
    folder = dataset / "derivatives" / "mimicry" / "courses"
    stem = file_stem(participant, None, "watching")
    columns = (*_ABOUT, *FRAME_COLUMNS, "similarity", *POSE, "neutral", *MEASURES)
    put(folder / f"{stem}_courses.csv", csv_text(columns, frames))
    put(folder / f"{stem}_indices.csv", csv_text((*_ABOUT, "measure", "onset_s", "peak_s", "peak"), indices))


def strengths(one: Reaction, time_s: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the values of `MEASURES` at a moment: 0.1 at rest, then a rise within 0.5 s."""
    rise = 0.0 if one.onset_s is None else one.strength * min(max((time_s - one.onset_s) / 0.5, 0.0), 1.0)
    moves = {"smile": ("mouthSmile",), "frown": ("browDown", "emotion_anger")}[one.target]
    names = [name.removeprefix("unit_").removesuffix("Left").removesuffix("Right") for name in MEASURES]
    return np.array([0.1 + (rise if name in moves else 0.0) for name in names])
