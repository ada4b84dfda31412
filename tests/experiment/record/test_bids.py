from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from experiment.record.bids import rebuild
from experiment.record.errors import RecordError
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.stimuli import store_stimuli
from experiment.record.values import Stimulus
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.record.test_deletion import run

DERIVED = ("README", "dataset_description.json", "participants.tsv", "participants.json", "sub-01")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    helpers.record_all(tmp_path / "data", tmp_path / "protocol", SetClock())
    return tmp_path / "data"


def contents(dataset: Path) -> dict[str, bytes]:
    files = [p for name in DERIVED for p in [dataset / name, *(dataset / name).rglob("*")] if p.is_file()]
    return {path.relative_to(dataset).as_posix(): path.read_bytes() for path in files}


def test_tables_are_rebuilt_from_the_journal_byte_for_byte(dataset: Path) -> None:
    before = contents(dataset)
    for name in DERIVED:
        shutil.rmtree(dataset / name) if (dataset / name).is_dir() else (dataset / name).unlink()

    result = run("rebuild", "--dataset", str(dataset))

    assert result.returncode == 0, result.stderr
    assert result.stdout == "sub-01: 5 trials, complete\n"
    assert contents(dataset) == before
    assert helpers.validate(dataset)[0] == []


def test_every_column_is_described_and_every_quantity_has_its_unit(dataset: Path) -> None:
    for suffix in ("events", "beh"):
        file = SessionPlace(dataset, "01", None).table("facial-mimicry", suffix)
        columns = file.read_text().splitlines()[0].split("\t")
        described = json.loads(file.with_suffix(".json").read_text())
        for column in columns:
            assert described[column]["Description"], column
        units = {column: described[column].get("Units") for column in columns}
        assert {c: u for c, u in units.items() if c.endswith("_ms")} == {c: "ms" for c in columns if c.endswith("_ms")}
        assert units["onset"] == "s"


def test_demographics_are_not_among_the_responses(dataset: Path) -> None:
    answers = helpers.table(SessionPlace(dataset, "01", None).table("facial-mimicry", "beh"))
    people = helpers.table(dataset / "participants.tsv")

    assert people == [{"participant_id": "sub-01", "age": "22", "gender": "female"}]
    assert [(row["form"], row["question"], row["answer"]) for row in answers] == [
        ("consent", "audio-video", "yes"),
        ("consent", "share", "no"),
        ("about-you", "mood", "fine thanks"),
    ]
    described = json.loads((dataset / "participants.json").read_text())
    assert described["age"] == {"Description": "How old are you?"}


def test_a_row_by_hand(dataset: Path) -> None:
    (row, *_) = helpers.table(SessionPlace(dataset, "01", None).table("facial-mimicry", "events"))

    assert row == {
        "onset": "0.000000",
        "duration": "2.250000",
        "trial_id": "t01",
        "attempt": "1",
        "block": "mimicry",
        "kind": "experiment",
        "target": "angry-face",
        "expression": "anger",
        "stim_file": "anger.png",
        "outcome": "response",
        "key": "space",
        "response_time": "2.000000",
        "frame_file": "sourcedata/sub-01/frames/001-t01/key.png",
        "frame_index": "102",
        "frame_time_kind": "driver",
        "key_to_frame_ms": "5.0",
        "hold_to_frame_ms": "n/a",
        "half_interval_ms": "16.667",
        "neighbour_frames": "3",
        "late_flips": "0",
        "missed_frames": "0",
        "face_check": "n/a",
        "excluded": "no",
        "exclusion_reason": "n/a",
        "problem": "n/a",
        "condition_gaze": "direct",
        "rating_valence": "4",
    }


def test_manual_edits_are_kept(dataset: Path) -> None:
    table = dataset / "participants.tsv"
    lines = table.read_text().splitlines()
    table.write_text(f"{lines[0]}\thandedness\n{lines[1]}\tleft\n")
    description = dataset / "dataset_description.json"
    description.write_text(description.read_text().replace('"Facial mimicry"', '"Our study"'))

    rebuild(dataset)
    helpers.record_all(dataset, dataset.parent / "protocol", SetClock(), participant="02")

    assert helpers.table(table) == [
        {"participant_id": "sub-01", "age": "22", "gender": "female", "handedness": "left"},
        {"participant_id": "sub-02", "age": "22", "gender": "female", "handedness": "n/a"},
    ]
    assert json.loads(description.read_text())["Name"] == "Our study"


def test_two_pictures_of_one_name_are_both_kept(dataset: Path, tmp_path: Path) -> None:
    helpers.header(tmp_path / "other")
    (tmp_path / "other" / "anger.png").write_bytes(b"another picture")
    helpers.record_all(dataset, tmp_path / "other", SetClock(), participant="02")

    sums = (dataset / "stimuli" / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == 2
    rows = helpers.table(SessionPlace(dataset, "02", None).table("facial-mimicry", "events"))
    assert (dataset / "stimuli" / rows[0]["stim_file"]).read_bytes() == b"another picture"
    assert helpers.validate(dataset)[0] == []


def test_two_pictures_whose_names_differ_only_in_case_are_two_files_on_every_disk(
    dataset: Path, tmp_path: Path
) -> None:
    header = helpers.header(tmp_path / "other")
    (picture,) = {stimulus.image for stimulus in header.stimuli}
    capital = picture.with_name("Anger.png")
    capital.write_bytes(b"another picture")

    (stored,) = store_stimuli((Stimulus("x", "anger", capital),), dataset)

    assert stored.image != "Anger.png"
    names = [path.name.lower() for path in (dataset / "stimuli").iterdir()]
    assert len(set(names)) == len(names)
    (again,) = store_stimuli((Stimulus("x", "anger", capital),), dataset)
    assert again.image == stored.image


def test_a_damaged_journal_of_one_participant_does_not_stop_the_next(dataset: Path, tmp_path: Path) -> None:
    journal = SessionPlace(dataset, "01", None).journal
    journal.write_bytes(journal.read_bytes().replace(b'"event":"step"', b'"event:"step"', 1))

    Recorder.start(dataset, helpers.header(tmp_path, participant="02"), clock=SetClock()).close(complete=False)

    with pytest.raises(RecordError, match=r"journal\.jsonl:\d+: this line of the journal is damaged"):
        rebuild(dataset)
