"""``participants.tsv`` and ``participants.json`` as people save them: nothing is lost, or the file is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiment.record import bids
from experiment.record.errors import RecordError
from experiment.record.participants_file import check_participants_files, read_participants
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers

PLANNED = [["participant_id", "handedness", "note"], ["sub-01", "left", "Zoë"], ["sub-09", "right", "comes in May"]]


def saved(
    path: Path, rows: list[list[str]], *, delimiter: str = "\t", encoding: str = "utf-8", quote: str = ""
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))


def recorded(dataset: Path, folder: Path, participant: str = "01") -> list[dict[str, str]]:
    helpers.record_all(dataset, folder, SetClock(), participant=participant)
    return helpers.table(dataset / "participants.tsv")


@pytest.mark.parametrize(
    ("delimiter", "encoding", "quote"),
    [
        ("\t", "utf-8", ""),
        ("\t", "utf-8-sig", ""),
        ("\t", "utf-16", ""),
        ("\t", "utf-8", '"'),
        (";", "utf-8", ""),
        (";", "utf-8-sig", '"'),
        (",", "utf-8", '"'),
    ],
)
def test_a_list_of_planned_participants_survives_a_session_however_it_was_saved(
    tmp_path: Path, delimiter: str, encoding: str, quote: str
) -> None:
    data = tmp_path / "data"
    saved(data / "participants.tsv", PLANNED, delimiter=delimiter, encoding=encoding, quote=quote)

    first, ninth = recorded(data, tmp_path)

    assert first == {
        "participant_id": "sub-01",
        "handedness": "left",
        "note": "Zoë",
        "age": "22",
        "gender": "female",
    }
    assert ninth == {
        "participant_id": "sub-09",
        "handedness": "right",
        "note": "comes in May",
        "age": "n/a",
        "gender": "n/a",
    }
    content = (data / "participants.tsv").read_bytes()
    bids.rebuild(data)
    assert (data / "participants.tsv").read_bytes() == content


def test_ids_without_the_prefix_are_the_same_participants(tmp_path: Path) -> None:
    data = tmp_path / "data"
    saved(data / "participants.tsv", [["participant_id", "hand"], ["01", "left"], ["02", "right"], ["Sub-x3", "both"]])

    rows = recorded(data, tmp_path)

    assert [(row["participant_id"], row["hand"]) for row in rows] == [
        ("sub-01", "left"),
        ("sub-02", "right"),
        ("sub-x3", "both"),
    ]


def test_short_lines_empty_lines_and_unusual_characters_are_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    text = 'participant_id\ta\tb\n\nsub-01\nsub-02\tx  y\u2028z\t"quoted"\n\t\t\nP 03\t1\t"\n'
    (data / "participants.tsv").write_text(text, encoding="utf-8")

    helpers.record_all(data, tmp_path, SetClock(), participant="01")

    lines = (data / "participants.tsv").read_text(encoding="utf-8").split("\n")
    assert lines[1:] == [
        'P 03\t1\t"\tn/a\tn/a',
        "sub-01\tn/a\tn/a\t22\tfemale",
        'sub-02\tx  y\u2028z\t"quoted"\tn/a\tn/a',
        "",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"participant_id\tnote\nsub-01\tZo\xeb\n", r"participants\.tsv:2: the file is not saved as UTF-8; save it as"),
        (b"PK\x03\x04\x00\x00", r"participants\.tsv is not a text file; if a spreadsheet"),
        ("participant_id\tx\n".encode("utf-16-le"), r"participants\.tsv is not a text file"),
        (b"id\tage\nsub-01\t3\n", r"participants\.tsv has no column participant_id; name the column"),
        (b"participant_id\tage\nsub-01\t3\t4\n", r"participants\.tsv:2: this line has 3 cells and the first line 2"),
        (b"participant_id\tage\n\t3\n", r"participants\.tsv:2: this line has no participant_id"),
        (b"participant_id\tage\nsub-01\t3\n01\t4\n", r"participants\.tsv:3: sub-01 has two lines; keep one"),
        (b"participant_id\tage\tage\nsub-01\t3\t4\n", r"participants\.tsv has two columns called age"),
        (b"participant_id\t\tage\nsub-01\t3\t4\n", r"participants\.tsv has a column without a name"),
        (
            b'participant_id\tnote\nsub-01\t"one\ntwo"\n',
            r"participants\.tsv:3: a cell above has a line break",
        ),
    ],
)
def test_a_list_that_would_lose_something_is_refused_before_the_session(
    tmp_path: Path, content: bytes, message: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "participants.tsv").write_bytes(content)

    with pytest.raises(RecordError, match=message):
        recorded(data, tmp_path)

    assert (data / "participants.tsv").read_bytes() == content
    assert [path.name for path in data.iterdir()] == ["participants.tsv"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"age": {"Units": "years"},}', r"participants\.json:1: this is not JSON .*delete the file"),
        (b'["age"]', r"participants\.json must be a JSON object"),
        (b'{"age": 1, "age": 2}', r"participants\.json: the key 'age' is there twice"),
        (b'{"age": "Jahre \xfc"}', r"participants\.json:1: the file is not saved as UTF-8"),
    ],
)
def test_descriptions_that_would_lose_something_are_refused_before_the_session(
    tmp_path: Path, content: bytes, message: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "participants.json").write_bytes(content)

    with pytest.raises(RecordError, match=message):
        check_participants_files(data)
    with pytest.raises(RecordError, match=message):
        recorded(data, tmp_path)
    assert (data / "participants.json").read_bytes() == content


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_descriptions_of_others_are_kept(tmp_path: Path, encoding: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "participants.json").write_bytes('{"age": {"Units": "Jahre ü"}, "hand": {}}'.encode(encoding))

    recorded(data, tmp_path)

    described = json.loads((data / "participants.json").read_text(encoding="utf-8"))
    assert described["age"] == {"Units": "Jahre ü"}
    assert described["hand"] == {}


def test_a_list_made_unreadable_during_a_session_loses_no_trial(tmp_path: Path) -> None:
    from experiment.record.history import read_history
    from experiment.record.recorder import Recorder

    clock, data = SetClock(), tmp_path / "data"
    recorder = Recorder.start(data, helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)
    for trial_id in helpers.TRIALS:
        helpers.record_trial(recorder, trial_id, clock)
    (data / "participants.tsv").write_bytes(b"participant_id;note\nsub-01;Zo\xeb\n")

    with pytest.raises(RecordError, match="not saved as UTF-8"):
        recorder.close(complete=True)

    assert read_history(recorder.place).complete


def test_an_empty_list_is_like_none(tmp_path: Path) -> None:
    (tmp_path / "participants.tsv").write_bytes(b"\xef\xbb\xbf\r\n")
    assert read_participants(tmp_path).participants == {}
