"""The BIDS files of a data set, built from the journals.

Can be rebuilt at any time.

Manual edits are kept: ``dataset_description.json`` and ``README`` are written once, columns and keys that others added
to ``participants.tsv`` and its description stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.paths import LABORATORY_PROGRAM
from experiment.record.answer_columns import answer_cells, answer_columns, rating_column
from experiment.record.camera_offset import recorded_offsets
from experiment.record.checks.unverifiable import require_tables_of_journal
from experiment.record.files import record_errors, replace_file
from experiment.record.history import History, RecordedTrial, read_history
from experiment.record.layout import recorded_sessions, task_label
from experiment.record.participant_facts import facts_of, in_order_of_time
from experiment.record.participants_file import (
    DESCRIPTIONS,
    ID,
    MISSING,
    read_descriptions,
    read_participants,
    write_participants,
)

BIDS_VERSION = "1.10.0"
DESCRIPTION = "dataset_description.json"
MOTION = "motion"
"""Key of the details of a trial whose target moved (`experiment.session.playback`)."""
SOUND = "sound"
"""Key of the details of a trial with a sound, and of those of a clip with sound (`experiment.session.sounding`)."""
JOURNAL_LINES, JOURNAL_SHA256 = "JournalLines", "JournalSHA256"
"""Keys of a sidecar: lines of the journal when the table was written, and hash of the last one."""
Row = Mapping[str, Any]


def rebuild(dataset: Path) -> int:
    """Rebuild everything but journals, frames and stimuli.

    Return the number of sessions.

    Raises
    ------
    RecordError
        If a journal is damaged or was changed, or a file cannot be written.
    """
    histories = [read_history(place) for place in recorded_sessions(dataset)]
    for history in histories:
        require_tables_of_journal(history)
    describe_dataset(dataset, title=histories[-1].start.title if histories else dataset.name)
    for history in histories:
        derive_session(history)
    derive_participants(dataset, histories)
    return len(histories)


def derive_session(history: History) -> None:
    """Write ``_events`` (a row per trial) and ``_beh`` (a row per answer)."""
    for table in session_tables(history):
        for file, content in ((table.file, table.text), (table.sidecar, table.sidecar_text)):
            with record_errors("write", file):
                replace_file(file, content.encode(), inside=history.place.dataset)


@dataclass(frozen=True, slots=True)
class SessionTable:
    """A table of a session and the JSON file that describes it, as they are written."""

    file: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Cells in the order of the columns."""
    facts: Mapping[str, Any]
    """Content of the sidecar: facts about the session and descriptions of the columns."""

    @property
    def text(self) -> str:
        """The table."""
        return "".join("\t".join(cells) + "\n" for cells in (self.columns, *self.rows))

    @property
    def sidecar(self) -> Path:
        """The JSON file."""
        return self.file.with_suffix(".json")

    @property
    def sidecar_text(self) -> str:
        """The content of the JSON file."""
        return _json_text(self.facts)


def session_tables(history: History) -> Iterator[SessionTable]:
    """Yield the tables of a session, as `derive_session` writes them."""
    facts = _task_facts(history)
    for suffix, columns, rows in _rows_of_tables(history):
        cells = tuple(tuple(_cell(row.get(column)) for column in columns) for row in rows)
        yield SessionTable(history.place.table(history.start.task, suffix), tuple(columns), cells, {**facts, **columns})


def _rows_of_tables(history: History) -> Iterator[tuple[str, Mapping[str, Mapping[str, Any]], Sequence[Row]]]:
    """Yield suffix, columns and rows of the tables of a session."""
    yield "events", _event_columns(history), [_event_row(trial, history) for trial in history.trials]
    if history.answers:
        answers = [{**asdict(answer), "onset": _seconds(answer.onset_s)} for answer in history.answers]
        yield "beh", _COLUMNS["beh"], answers


def description(title: str) -> dict[str, Any]:
    """Return the content of a new ``dataset_description.json``."""
    return {
        "Name": title,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "Mimicry Lab", "Description": "frames kept at the key press of a mimicry trial"}],
    }


def describe_dataset(dataset: Path, *, title: str) -> None:
    """Write ``dataset_description.json`` and ``README`` if they do not exist."""
    if not (dataset / DESCRIPTION).exists():
        _write_json(dataset, dataset / DESCRIPTION, description(title))
    if not any((dataset / name).exists() for name in ("README", "README.md", "README.rst", "README.txt")):
        with record_errors("write", dataset / "README"):
            replace_file(
                dataset / "README", _README.format(title=title, program=LABORATORY_PROGRAM).encode(), inside=dataset
            )


def derive_participants(dataset: Path, histories: Iterable[History] = ()) -> None:
    """Write ``participants.tsv`` with the facts in ``histories``.

    Of a participant, ``histories`` has all sessions or none. Participants without a session stay: they are planned.
    Columns and descriptions that others added stay.
    """
    table = read_participants(dataset)
    rows = table.participants
    labels: dict[str, str] = {}
    for place in recorded_sessions(dataset):
        name = f"sub-{place.participant}"
        rows.setdefault(name, {ID: name})
    sessions: dict[str, list[History]] = {}
    for history in in_order_of_time(histories):
        sessions.setdefault(f"sub-{history.place.participant}", []).append(history)
    for name, of_participant in sessions.items():
        facts = facts_of(of_participant)
        rows.setdefault(name, {ID: name}).update(facts.cells)
        labels |= facts.labels
    write_participants(dataset, [*table.columns, *labels], rows)
    described = read_descriptions(dataset)
    described.setdefault(ID, {"Description": "Participant; the label of the folders sub-..."})
    for question, label in labels.items():
        described.setdefault(question, {"Description": label})
    _write_json(dataset, dataset / DESCRIPTIONS, described)


# -- one row a trial

_COLUMNS: Mapping[str, Mapping[str, Mapping[str, Any]]] = json.loads(
    Path(__file__).with_name("table_columns.json").read_text(encoding="utf-8")
)
"""Columns of ``_events`` and ``_beh`` with their descriptions in the sidecar."""


def _event_row(trial: RecordedTrial, history: History) -> dict[str, object]:
    """Return a row of ``_events``.

    Columns that are not listed here are attributes of the trial.
    """
    frame = trial.key_frame
    row: dict[str, object] = {
        "onset": _seconds(trial.onset_s),
        "duration": _seconds(trial.offset_s - trial.onset_s),
        "trial_id": trial.id,
        "stim_file": next((one.shown for one in history.stimuli if one.name == trial.target), None),
        "response_time": None if trial.response_time_s is None else _seconds(trial.response_time_s),
        "frame_file": frame and frame.file,
        "frame_index": frame and frame.index,
        "frame_time_kind": frame and frame.time_kind,
        "neighbour_frames": len(trial.neighbours),
    }
    row["face_check"] = _face_check(trial, history)
    exclusion = history.exclusion_of(trial.id)
    row |= {"excluded": "no" if exclusion is None else "yes", "exclusion_reason": exclusion and exclusion.reason}
    row |= {name: getattr(trial, name) for name in _COLUMNS["events"] if name not in row}
    row |= _motion_cells(trial)
    row |= _sound_cells(trial)
    if trial.kind == "viewing":
        row |= _viewing_cells(trial)
    row |= {f"condition_{factor}": level for factor, level in trial.condition.items()}
    row |= {f"rating_{scale}": answer for scale, answer in trial.ratings.items()}
    for answer in trial.answers:
        row |= answer_cells(answer)
    return row


def _sound_of(trial: RecordedTrial) -> Mapping[str, Any] | None:
    """Return the record of the sound of a trial: its own, or that of its clip."""
    motion = trial.details.get(MOTION)
    of_clip = motion.get(SOUND) if isinstance(motion, Mapping) else None
    sound = trial.details.get(SOUND, of_clip)
    return sound if isinstance(sound, Mapping) else None


def _sound_cells(trial: RecordedTrial) -> dict[str, object]:
    """Return the cells about the sound of a trial; none if it was silent."""
    sound = _sound_of(trial)
    if sound is None:
        return {}
    after_ms = sound.get("after_onset_ms")
    return {
        "sound_onset": None if after_ms is None else _seconds(trial.onset_s + after_ms / 1000.0),
        "sound_after_target_ms": after_ms,
        "sound_expected_delay_ms": sound.get("expected_delay_ms"),
        "sound_gaps": sound.get("gaps"),
    }


def _motion_cells(trial: RecordedTrial) -> dict[str, object]:
    """Return the cells about a target that moved; none for one that did not."""
    motion = trial.details.get(MOTION)
    if not isinstance(motion, Mapping):
        return {}
    counts = {"shown": "frames", "late": "late", "skipped": "skipped"}
    return {f"motion_frames_{name}": len(motion.get(key, ())) for name, key in counts.items()}


def _viewing_cells(trial: RecordedTrial) -> dict[str, object]:
    """Return what a row of ``_events`` has more for a viewing trial."""
    cells: dict[str, object] = {
        "baseline_onset": None if trial.baseline_s is None else _seconds(trial.baseline_s),
        "target_end": _seconds(trial.offset_s),
        "filmed": "yes" if trial.filmed else "no",
    }
    probe = trial.probe
    if probe is None:
        return cells
    cells |= {"probe": "yes" if probe.planned else "no", "probe_false_presses": len(probe.false_after_s)}
    if probe.shown_after_s is not None and probe.hidden_after_s is not None:
        cells |= {
            "probe_onset": _seconds(trial.onset_s + probe.shown_after_s),
            "probe_duration": _seconds(probe.hidden_after_s - probe.shown_after_s),
            "probe_outcome": "hit" if probe.is_hit else "miss",
            "probe_response_time": None if probe.reaction_s is None else _seconds(probe.reaction_s),
        }
    return cells


def _face_check(trial: RecordedTrial, history: History) -> str | None:
    """Return the result of the check of a trial's frame; None without a check."""
    check = history.face_checks.get(trial.id)
    is_checked = trial.outcome == "response" and trial.key_frame is not None
    if check is None or not is_checked:
        return None
    return "measurable" if check.measurable else "+".join(check.reasons)


def _event_columns(history: History) -> dict[str, Mapping[str, Any]]:
    """Return the columns.

    Those of viewing trials, condition factors, ratings and questions come last.
    """
    columns = dict(_COLUMNS["events"])
    if any(MOTION in trial.details for trial in history.trials):
        columns |= _COLUMNS["motion"]
    if any(_sound_of(trial) is not None for trial in history.trials):
        columns |= _COLUMNS["sound"]
    if any(trial.kind == "viewing" for trial in history.trials):
        columns |= _COLUMNS["viewing"]
    if any(trial.probe is not None for trial in history.trials):
        columns |= _COLUMNS["probe"]
    for trial in history.trials:
        for factor in trial.condition:
            columns[f"condition_{factor}"] = {"Description": f"Condition {factor} of the protocol."}
        for scale in trial.ratings:
            columns[f"rating_{scale}"] = rating_column(scale)
    for trial in history.trials:
        for answer in trial.answers:
            columns |= answer_columns(answer)
    return columns


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
    offsets = {person: offset.to_json() for person, offset in recorded_offsets(setting.camera).items()}
    return {
        "TaskName": task_label(start.task),
        "TaskDescription": start.title,
        "StimulusPresentation": presentation,
        "Display": setting.display,
        **({"CameraOffset": offsets} if offsets else {}),
        "Pilot": start.pilot,
        "Complete": history.complete,
        JOURNAL_LINES: history.lines,
        JOURNAL_SHA256: history.last_sha256,
    }


# -- files


def _seconds(value: float) -> str:
    return f"{value:.6f}"


def _cell(value: object) -> str:
    text = MISSING if value is None else str(value)
    return " ".join(text.split()) or MISSING


def _write_json(dataset: Path, path: Path, value: Mapping[str, Any]) -> None:
    with record_errors("write", path):
        replace_file(path, _json_text(value).encode(), inside=dataset)


def _json_text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


_README = """{title}

Recorded with Mimicry Lab: participants imitated target faces and pressed a key when their imitation was best; the
camera frame nearest to the key press was kept.

sub-*/.../beh/*_events.tsv   one row a trial; the .json of the same name explains every column
sub-*/.../beh/*_beh.tsv      answers to the questions of the protocol, apart from the demographics in participants.tsv
stimuli/                     the target faces that were shown, with their SHA-256
sourcedata/                  the journal of every session, from which all tables can be rebuilt
                             ({program} rebuild), the camera frames, and the film if there is one
derivatives/mimicry/         results of the analysis; can be deleted and rebuilt

The frames show faces: they are personal data. {program} forget deletes a participant from the whole data set.
"""
