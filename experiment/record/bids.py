"""The BIDS files of a data set, made from the journals at any time and as often as one likes.

What people may have edited by hand is kept: ``dataset_description.json`` and ``README`` are written once, columns and
keys that others added to ``participants.tsv`` and its description stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from experiment.record.files import record_errors, replace_file
from experiment.record.history import History, read_history
from experiment.record.layout import recorded_sessions, task_label

BIDS_VERSION = "1.10.0"
MISSING = "n/a"
Row = Mapping[str, Any]


def rebuild(dataset: Path) -> int:
    """Make everything but the journals, frames and stimuli anew; how many sessions there are.

    Raises
    ------
    RecordError
        If a journal is damaged or a file cannot be written.
    """
    histories = [read_history(place) for place in recorded_sessions(dataset)]
    describe_dataset(dataset, title=histories[-1].start["title"] if histories else dataset.name)
    for history in histories:
        derive_session(history)
    derive_participants(dataset, histories)
    return len(histories)


def derive_session(history: History) -> None:
    """Write ``_events`` (one row a trial) and, if there are answers, ``_beh`` (one row an answer) of one session."""
    place, task = history.place, history.start["task"]
    columns = [*_EVENT_COLUMNS, *_varying_columns(history)]
    rows = [{column.name: column.value(trial, history) for column in columns} for trial in history.trials]
    _write_table(place.dataset, place.table(task, "events"), [column.name for column in columns], rows)
    described = {column.name: column.description for column in columns}
    _write_json(place.dataset, place.table(task, "events").with_suffix(".json"), {**_task_facts(history), **described})
    if history.answers:
        answers = [{**answer, "onset": _seconds(answer["onset_s"])} for answer in history.answers]
        _write_table(place.dataset, place.table(task, "beh"), list(_ANSWER_COLUMNS), answers)
        _write_json(
            place.dataset, place.table(task, "beh").with_suffix(".json"), {**_task_facts(history), **_ANSWER_COLUMNS}
        )


def describe_dataset(dataset: Path, *, title: str) -> None:
    """Write what a data set needs once: ``dataset_description.json`` and ``README``; existing ones stay as they are."""
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
    """Write ``participants.tsv``: bring in what ``histories`` tell, leave out whom the data set no longer has."""
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
        for factor, group in history.start["groups"].items():
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


class _Column:
    """A column of ``_events.tsv``: its name, where a row's value comes from, what the sidecar says about it."""

    def __init__(
        self,
        name: str,
        description: str,
        value: Callable[[Row, History], object],
        *,
        units: str = "",
        levels: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.value = value
        self.description: dict[str, Any] = {"Description": description}
        if units:
            self.description["Units"] = units
        if levels:
            self.description["Levels"] = dict(levels)


def _response_time(trial: Row, _: History) -> str:
    return MISSING if trial["key_time_s"] is None else _seconds(trial["key_time_s"] - trial["onset_s"])


def _stimulus(trial: Row, history: History) -> str:
    return next((s.image for s in history.stimuli if s.name == trial["target"]), MISSING)


def _key_frame(field: str) -> Callable[[Row, History], object]:
    def value(trial: Row, _: History) -> object:
        return next((frame[field] for frame in trial["frames"] if frame["role"] == "key"), None)

    return value


def _field(name: str) -> Callable[[Row, History], object]:
    return lambda trial, _: trial[name]


_EVENT_COLUMNS = (
    _Column(
        "onset",
        "First flip that showed the target, from the start of the session.",
        lambda t, _: _seconds(t["onset_s"]),
        units="s",
    ),
    _Column(
        "duration", "How long the target was shown.", lambda t, _: _seconds(t["offset_s"] - t["onset_s"]), units="s"
    ),
    _Column("trial_id", "Name of the trial, unique in the session.", _field("id")),
    _Column("attempt", "1, or more for a trial that was broken off and repeated.", _field("attempt")),
    _Column("block", "Block of the protocol.", _field("block")),
    _Column(
        "kind",
        "Kind of the block.",
        _field("kind"),
        levels={
            "practice": "not to be analysed",
            "experiment": "a trial of the experiment",
            "training": "with live feedback",
        },
    ),
    _Column("target", "Name of the target face to be imitated.", _field("target")),
    _Column("expression", "Expression the target face shows.", _field("expression")),
    _Column("stim_file", "Picture of the target face, below stimuli/.", _stimulus),
    _Column(
        "outcome",
        "How the trial ended.",
        _field("outcome"),
        levels={
            "response": "key pressed",
            "timeout": "no key, and no completed hold, in time",
            "aborted": "broken off, repeated when the session was resumed",
        },
    ),
    _Column("key", "Key of the response.", _field("key")),
    _Column("response_time", "Key press minus onset.", _response_time, units="s"),
    _Column("frame_file", "Camera frame nearest to the key press, from the data set's folder.", _key_frame("file")),
    _Column("frame_index", "Number of that frame in the camera's count.", _key_frame("index")),
    _Column(
        "frame_time_kind",
        "Where the time of that frame comes from.",
        _key_frame("time_kind"),
        levels={
            "driver": "stamped by the capture driver",
            "arrival": "when the program received it",
            "media": "position in a clip or folder played as a camera",
            "simulated": "clock of the simulated face",
        },
    ),
    _Column(
        "key_to_frame_ms", "Time of that frame minus time of the key press.", _field("key_to_frame_ms"), units="ms"
    ),
    _Column(
        "half_interval_ms",
        "Half the time between the two camera frames around the key press, the bound of key_to_frame_ms.",
        _field("half_interval_ms"),
        units="ms",
    ),
    _Column(
        "neighbour_frames", "Further frames kept beside it.", lambda t, _: sum(f["role"] != "key" for f in t["frames"])
    ),
    _Column("late_flips", "Flips of the trial that came late.", _field("late_flips")),
    _Column("missed_frames", "Display frames that were missed by them.", _field("missed_frames")),
    _Column("problem", "What spoilt the trial, a word of the program; n/a when nothing did.", _field("problem")),
)


def _varying_columns(history: History) -> list[_Column]:
    """One column a condition factor and one a rating scale, in order of first appearance."""

    def of(part: str, name: str) -> Callable[[Row, History], object]:
        return lambda trial, _: trial[part].get(name)

    columns: dict[str, _Column] = {}
    for trial in history.trials:
        for factor in trial["condition"]:
            name = f"condition_{factor}"
            columns.setdefault(name, _Column(name, f"Condition {factor} of the protocol.", of("condition", factor)))
        for rating in trial["ratings"]:
            name = f"rating_{rating}"
            columns.setdefault(
                name, _Column(name, f"Answer on the scale {rating}, 1 is the lowest point.", of("ratings", rating))
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
    display, versions = start["display"], start["versions"]
    presentation: dict[str, Any] = {"OperatingSystem": start["machine"]["system"], "SoftwareName": "PsychoPy"}
    presentation["SoftwareRRID"] = "RRID:SCR_006571"
    if "psychopy" in versions:
        presentation["SoftwareVersion"] = versions["psychopy"]
    presentation["Code"] = f"commit {start['commit']}, protocol sha256:{start['protocol']['sha256']}"
    facts: dict[str, Any] = {"TaskName": task_label(start["task"]), "TaskDescription": start["title"]}
    facts["StimulusPresentation"] = presentation
    facts["Display"] = display
    facts["Pilot"] = start["pilot"]
    facts["Complete"] = history.complete
    return facts


# -- files


def _seconds(value: float) -> str:
    return f"{value:.6f}"


def _cell(value: object) -> str:
    text = MISSING if value is None else str(value)
    return " ".join(text.split()) or MISSING


def _write_table(dataset: Path, path: Path, columns: list[str], rows: list[Row] | list[dict[str, Any]]) -> None:
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

sub-*/.../beh/*_events.tsv   one row a trial; the .json beside it explains every column
sub-*/.../beh/*_beh.tsv      answers to the questions of the protocol, apart from the demographics in participants.tsv
stimuli/                     the target faces that were shown, with their SHA-256
sourcedata/                  the journal of every session, from which all tables can be made anew
                             (run_experiment.py rebuild), and the camera frames
derivatives/mimicry/         what the analysis made of them; can be deleted and made anew

The frames show faces: they are personal data. run_experiment.py forget deletes a participant from the whole data set.
"""
