"""Recorded sessions as values for the analysis; needs no display, camera or PsychoPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.layout import recorded_sessions
from experiment.record.session_record import SessionRecord, TargetRecord, TrialRecord


def read_sessions(dataset: Path) -> list[SessionRecord]:
    """Every session of a data set, complete or not, sorted by participant and session.

    Raises
    ------
    RecordError
        If the folder is no data set, has no session, or a journal is damaged.
    """
    dataset = dataset.absolute()
    if not dataset.is_dir():
        raise RecordError(f"there is no data set at {dataset}; give the folder that was named by --dataset")
    sessions = [session_record(read_history(place)) for place in recorded_sessions(dataset)]
    if not sessions:
        raise RecordError(f"no recorded session in {dataset}; expected sourcedata/sub-*/journal.jsonl")
    return sessions


def session_record(history: History) -> SessionRecord:
    """One session as the analysis sees it."""
    dataset, start = history.place.dataset, history.start
    stimuli = dataset / "stimuli"
    targets = {
        stimulus.name: TargetRecord(
            stimulus.name,
            stimulus.expression,
            stimuli / stimulus.image,
            stimulus.sha256,
            stimuli / stimulus.neutral if stimulus.neutral else None,
            stimulus.blend,
        )
        for stimulus in history.stimuli
    }
    calibration = tuple(dataset / frame["file"] for step in history.calibrations for frame in step["frames"])
    trials = tuple(_trial(trial, dataset) for trial in history.trials)
    pictures = (*calibration, *(picture for trial in trials for picture in (trial.frame, *trial.neighbours) if picture))
    missing = [picture for picture in pictures if not picture.is_file()]
    warnings = [
        f"line {torn.line} of the journal was torn by a crash; nothing after it is lost" for torn in history.torn
    ]
    if missing:
        warnings.append(f"{len(missing)} pictures are missing, the first is {missing[0]}")
    return SessionRecord(
        participant=history.place.participant,
        session=history.place.session,
        task=start["task"],
        complete=history.complete,
        targets=targets,
        calibration_frames=calibration,
        trials=trials,
        seed=int(start["seed"]),
        display_verdict=_verdict(history),
        notes=_notes(history),
        pilot=bool(start["pilot"]),
        demographics=dict(history.demographics),
        groups=dict(start["groups"]),
        warnings=tuple(warnings),
    )


def _trial(trial: dict[str, Any], dataset: Path) -> TrialRecord:
    frames = trial["frames"]
    key_frames = [dataset / frame["file"] for frame in frames if frame["role"] == "key"]
    anchor_s = trial["key_time_s"]
    return TrialRecord(
        id=trial["id"],
        block=trial["block"],
        kind=trial["kind"],
        target=trial["target"],
        condition=dict(trial["condition"]),
        outcome=trial["outcome"],
        onset_s=trial["onset_s"],
        duration_s=trial["offset_s"] - trial["onset_s"],
        response_time_s=None if anchor_s is None else anchor_s - trial["onset_s"],
        frame=key_frames[0] if key_frames else None,
        key_to_frame_ms=trial["key_to_frame_ms"],
        half_interval_ms=trial["half_interval_ms"],
        neighbours=tuple(dataset / frame["file"] for frame in frames if frame["role"] != "key"),
        late_flips=int(trial["late_flips"]),
        missed_frames=int(trial["missed_frames"]),
        ratings={name: int(value) for name, value in trial["ratings"].items()},
        problem=trial["problem"],
        attempt=int(trial["attempt"]),
        details=dict(trial["details"]),
    )


def _verdict(history: History) -> str:
    """The verdict on the display; all of them where a session went on with another one."""
    displays = [start["display"] for start in (history.start, *history.resumed)]
    return ", then ".join(dict.fromkeys(str(display["verdict"]) for display in displays if "verdict" in display))


def _notes(history: History) -> dict[str, str]:
    start = history.start
    notes = {
        "title": start["title"],
        "language": start["language"],
        "started": start["utc"],
        "resumed": str(len(history.resumed)),
        "protocol": Path(start["protocol"]["file"]).name,
        "protocol_sha256": start["protocol"]["sha256"],
        "commit": start["commit"],
    }
    notes |= {f"version_{name}": version for name, version in start["versions"].items()}
    notes |= {f"machine_{name}": value for name, value in start["machine"].items()}
    for device in ("display", "camera"):
        notes |= {f"{device}_{name}": str(value) for name, value in start[device].items()}
    return notes
