"""The BIDS files of a data set, built from the journals; can be rebuilt at any time.

Manual edits are kept: ``dataset_description.json`` and ``README`` are written once, columns and keys that others added
to ``participants.tsv`` and its description stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from experiment.record.files import record_errors, replace_file
from experiment.record.history import History, RecordedTrial, read_history
from experiment.record.layout import recorded_sessions, task_label

BIDS_VERSION = "1.10.0"
MISSING = "n/a"
Row = Mapping[str, Any]


def rebuild(dataset: Path) -> int:
    """Rebuild everything but journals, frames and stimuli; return the number of sessions.

    Raises
    ------
    RecordError
        If a journal is damaged or a file cannot be written.
    """
    histories = [read_history(place) for place in recorded_sessions(dataset)]
    describe_dataset(dataset, title=histories[-1].start.title if histories else dataset.name)
    for history in histories:
        derive_session(history)
    derive_participants(dataset, histories)
    return len(histories)


def derive_session(history: History) -> None:
    """Write ``_events`` (one row a trial) and, if there are answers, ``_beh`` (one row an answer) of one session."""
    columns = [*_EVENT_COLUMNS, *_varying_columns(history)]
    rows = [{column.name: column.of(trial, history) for column in columns} for trial in history.trials]
    _write_described(history, "events", {column.name: column.description for column in columns}, rows)
    if history.answers:
        answers = [{**asdict(answer), "onset": _seconds(answer.onset_s)} for answer in history.answers]
        _write_described(history, "beh", _ANSWER_COLUMNS, answers)


def _write_described(
    history: History, suffix: str, columns: Mapping[str, Mapping[str, Any]], rows: Sequence[Row]
) -> None:
    """Write a table of a session and its sidecar."""
    dataset, path = history.place.dataset, history.place.table(history.start.task, suffix)
    _write_table(dataset, path, list(columns), rows)
    _write_json(dataset, path.with_suffix(".json"), {**_task_facts(history), **columns})


def describe_dataset(dataset: Path, *, title: str) -> None:
    """Write ``dataset_description.json`` and ``README`` if they do not exist."""
    description = {
        "Name": title,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "Mimicry Lab", "Description": "frames kept at the key press of a mimicry trial"}],
    }
    if not (dataset / "dataset_description.json").exists():
        _write_json(dataset, dataset / "dataset_description.json", description)
    if not any((dataset / name).exists() for name in ("README", "README.md", "README.rst", "README.txt")):
        with record_errors("write", dataset / "README"):
            replace_file(dataset / "README", _README.format(title=title).encode(), inside=dataset)


def derive_participants(dataset: Path, histories: Iterable[History] = ()) -> None:
    """Write ``participants.tsv``: add the facts in ``histories``, remove participants without a session."""
    path = dataset / "participants.tsv"
    columns, rows = _read_table(path)
    labels: dict[str, str] = {}
    recorded = {f"sub-{place.participant}" for place in recorded_sessions(dataset)}
    table = {row["participant_id"]: dict(row) for row in rows if row.get("participant_id") in recorded}
    for name in recorded:
        table.setdefault(name, {"participant_id": name})
    for history in histories:
        row = table[f"sub-{history.place.participant}"]
        row.update(history.demographics)
        labels |= history.labels
        for factor, group in history.start.groups.items():
            row[f"group_{factor}"] = group
            labels[f"group_{factor}"] = f"Between-participant condition {factor} of the protocol."
    names = list(dict.fromkeys(["participant_id", *columns, *labels]))
    _write_table(dataset, path, names, [table[name] for name in sorted(table)])
    described = _read_json(dataset / "participants.json")
    described.setdefault("participant_id", {"Description": "Participant; the label of the folders sub-..."})
    for question, label in labels.items():
        described.setdefault(question, {"Description": label})
    _write_json(dataset, dataset / "participants.json", described)


# -- one row a trial


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of ``_events.tsv`` and its description in the sidecar."""

    name: str
    about: str
    value: Callable[[RecordedTrial, History], object] | None = None
    """From a trial and its history; None for the trial's attribute of the same name."""
    units: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)

    def of(self, trial: RecordedTrial, history: History) -> object:
        """Return the value in the row of a trial."""
        return getattr(trial, self.name) if self.value is None else self.value(trial, history)

    @property
    def description(self) -> dict[str, Any]:
        """What the sidecar says."""
        told: dict[str, Any] = {"Description": self.about}
        if self.units:
            told["Units"] = self.units
        if self.levels:
            told["Levels"] = dict(self.levels)
        return told


def _key_frame(attribute: str) -> Callable[[RecordedTrial, History], object]:
    return lambda trial, _: getattr(trial.key_frame, attribute, None)


_EVENT_COLUMNS = (
    _Column(
        name="onset",
        about="First flip that showed the target, from the start of the session.",
        value=lambda trial, _: _seconds(trial.onset_s),
        units="s",
    ),
    _Column(
        name="duration",
        about="How long the target was shown.",
        value=lambda trial, _: _seconds(trial.offset_s - trial.onset_s),
        units="s",
    ),
    _Column(name="trial_id", about="Name of the trial, unique in the session.", value=lambda trial, _: trial.id),
    _Column(name="attempt", about="1, or more for a trial that was aborted and repeated."),
    _Column(name="block", about="Block of the protocol."),
    _Column(
        name="kind",
        about="Kind of the block.",
        levels={
            "practice": "not to be analysed",
            "experiment": "a trial of the experiment",
            "training": "with live feedback",
        },
    ),
    _Column(name="target", about="Name of the target face to be imitated."),
    _Column(name="expression", about="Expression the target face shows."),
    _Column(
        name="stim_file",
        about="Picture of the target face, below stimuli/.",
        value=lambda trial, history: next((s.image for s in history.stimuli if s.name == trial.target), None),
    ),
    _Column(
        name="outcome",
        about="How the trial ended.",
        levels={
            "response": "key pressed, or expression held",
            "timeout": "no key, and no completed hold, in time",
            "aborted": "interrupted, repeated when the session was resumed",
        },
    ),
    _Column(name="key", about="Key of the response; hold for an expression that was held."),
    _Column(
        name="response_time",
        about="Key press, or best moment of the hold, minus onset.",
        value=lambda trial, _: None if trial.response_time_s is None else _seconds(trial.response_time_s),
        units="s",
    ),
    _Column(
        name="frame_file",
        about="Camera frame nearest to the key press or hold, from the data set's folder.",
        value=_key_frame("file"),
    ),
    _Column(name="frame_index", about="Number of that frame in the camera's count.", value=_key_frame("index")),
    _Column(
        name="frame_time_kind",
        about="Where the time of that frame comes from.",
        value=_key_frame("time_kind"),
        levels={
            "driver": "stamped by the capture driver",
            "arrival": "when the program received it",
            "media": "position in a clip or folder played as a camera",
            "simulated": "clock of the simulated face",
        },
    ),
    _Column(
        name="key_to_frame_ms",
        about="Time of that frame minus time of the key press; with live feedback, minus the best moment before the "
        "key press. n/a after a hold.",
        units="ms",
    ),
    _Column(
        name="hold_to_frame_ms",
        about="Time of that frame minus the best moment of the hold. n/a after a key press.",
        units="ms",
    ),
    _Column(
        name="half_interval_ms",
        about="Half the time between the two camera frames around the key press or hold, the bound of key_to_frame_ms "
        "and hold_to_frame_ms.",
        units="ms",
    ),
    _Column(
        name="neighbour_frames",
        about="Number of further frames kept.",
        value=lambda trial, _: len(trial.neighbours),
    ),
    _Column(name="late_flips", about="Flips of the trial that came late."),
    _Column(name="missed_frames", about="Display frames that were missed by them."),
    _Column(name="problem", about="Fault that spoilt the trial, a word of the program; n/a when there was none."),
)


def _varying_columns(history: History) -> list[_Column]:
    """Return one column a condition factor and one a rating scale, in order of first appearance."""
    columns: dict[str, _Column] = {}
    for trial in history.trials:
        for factor in trial.condition:
            columns.setdefault(
                f"condition_{factor}",
                _Column(
                    name=f"condition_{factor}",
                    about=f"Condition {factor} of the protocol.",
                    value=lambda trial, _, factor=factor: trial.condition.get(factor),  # type: ignore[misc]
                ),
            )
        for scale in trial.ratings:
            columns.setdefault(
                f"rating_{scale}",
                _Column(
                    name=f"rating_{scale}",
                    about=f"Answer on the scale {scale}, 1 is the lowest point.",
                    value=lambda trial, _, scale=scale: trial.ratings.get(scale),  # type: ignore[misc]
                ),
            )
    return list(columns.values())


_ANSWER_COLUMNS = {
    "onset": {"Description": "When the answer was given, from the start of the session.", "Units": "s"},
    "form": {"Description": "Form or consent page of the protocol."},
    "question": {"Description": "Question or clause."},
    "answer": {"Description": "What was answered."},
}


def _task_facts(history: History) -> dict[str, Any]:
    start = history.start
    setting = start.setting
    presentation = {
        "OperatingSystem": setting.machine["system"],
        "SoftwareName": "PsychoPy",
        "SoftwareRRID": "RRID:SCR_006571",
    }
    if "psychopy" in setting.versions:
        presentation["SoftwareVersion"] = setting.versions["psychopy"]
    presentation["Code"] = f"commit {setting.commit}, protocol sha256:{start.protocol.sha256}"
    return {
        "TaskName": task_label(start.task),
        "TaskDescription": start.title,
        "StimulusPresentation": presentation,
        "Display": setting.display,
        "Pilot": start.pilot,
        "Complete": history.complete,
    }


# -- files


def _seconds(value: float) -> str:
    return f"{value:.6f}"


def _cell(value: object) -> str:
    text = MISSING if value is None else str(value)
    return " ".join(text.split()) or MISSING


def _write_table(dataset: Path, path: Path, columns: list[str], rows: Sequence[Row]) -> None:
    lines = ["\t".join(columns), *("\t".join(_cell(row.get(column)) for column in columns) for row in rows)]
    with record_errors("write", path):
        replace_file(path, ("\n".join(lines) + "\n").encode(), inside=dataset)


def _read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    if not path.is_file():
        return [], []
    with record_errors("read", path):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    columns = lines[0].split("\t") if lines else []
    return columns, [dict(zip(columns, line.split("\t"), strict=False)) for line in lines[1:] if line.strip()]


def _write_json(dataset: Path, path: Path, value: Mapping[str, Any]) -> None:
    with record_errors("write", path):
        replace_file(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode(), inside=dataset)


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    with record_errors("read", path):
        text = path.read_text(encoding="utf-8")
    value = json.loads(text)
    return value if isinstance(value, dict) else {}


_README = """{title}

Recorded with Mimicry Lab: participants imitated target faces and pressed a key when their imitation was best; the
camera frame nearest to the key press was kept.

sub-*/.../beh/*_events.tsv   one row a trial; the .json of the same name explains every column
sub-*/.../beh/*_beh.tsv      answers to the questions of the protocol, apart from the demographics in participants.tsv
stimuli/                     the target faces that were shown, with their SHA-256
sourcedata/                  the journal of every session, from which all tables can be rebuilt
                             (run_experiment.py rebuild), and the camera frames
derivatives/mimicry/         results of the analysis; can be deleted and rebuilt

The frames show faces: they are personal data. run_experiment.py forget deletes a participant from the whole data set.
"""
