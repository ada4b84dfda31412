from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from experiment.record.errors import RecordError
from experiment.record.journal import JournalWriter, read_journal


def written(path: Path, events: list[str]) -> None:
    writer = JournalWriter(path, next_line=0)
    for time_s, event in enumerate(events):
        writer.append(event, float(time_s), {"word": event.upper(), "text": "ünï\ncode"})
    writer.close()


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])

    journal = read_journal(path)

    assert [(e.n, e.event, e.time_s, e.data["word"]) for e in journal.entries] == [
        (0, "session-start", 0.0, "SESSION-START"),
        (1, "step", 1.0, "STEP"),
        (2, "trial", 2.0, "TRIAL"),
    ]
    assert journal.entries[0].data["text"] == "ünï\ncode"
    assert journal.torn == ()


def test_a_journal_cut_off_at_any_byte_keeps_every_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])
    content = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(content) if byte == ord("\n")]

    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        journal = read_journal(path)
        # A line that lacks nothing but its line end is whole.
        whole = sum(end - 1 <= length for end in ends)
        assert len(journal.entries) == whole
        assert len(journal.torn) == (length not in ends and length + 1 not in ends and length > 0)


@pytest.mark.parametrize("rest", [b'{"n":3,"event":"tri', b"\0\0\0\0", b'{"n":3}', b"\xff\xfe"])
def test_a_torn_line_is_kept_and_reported_and_the_journal_continues_after_it(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])
    before = path.read_bytes() + rest
    path.write_bytes(before)

    writer = JournalWriter(path, next_line=len(read_journal(path).entries))
    writer.append("session-resume", 4.0, {})
    writer.append("trial", 5.0, {})
    writer.close()

    journal = read_journal(path)
    assert path.read_bytes().startswith(before)
    assert [e.event for e in journal.entries] == ["session-start", "step", "trial", "session-resume", "trial"]
    assert [torn.line for torn in journal.torn] == [4]


def test_a_damaged_line_in_the_middle_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[1][:-5], lines[2], b""]))

    with pytest.raises(RecordError, match=r"journal\.jsonl:2: this line of the journal is damaged"):
        read_journal(path)


def test_a_removed_line_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[2], b""]))

    with pytest.raises(RecordError, match=r":2: line 1 of the journal was expected and line 2 came"):
        read_journal(path)


def test_numbers_of_numpy_and_paths_are_written_as_plain_ones(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path, next_line=0)
    writer.append("note", 0.0, {"a": np.float64(1.5), "b": np.arange(3), "c": Path("x/y"), "d": np.int32(4)})
    writer.close()

    assert read_journal(path).entries[0].data == {"a": 1.5, "b": [0, 1, 2], "c": "x/y", "d": 4}


def test_not_a_number_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path, next_line=0)

    with pytest.raises(ValueError, match="Out of range float"):
        writer.append("note", 0.0, {"a": float("nan")})
    writer.close()

    assert path.read_bytes() == b""


def test_a_line_that_does_not_fit_on_the_disk_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path, next_line=0)
    writer.append("session-start", 0.0, {})
    before = path.read_bytes()

    def half(handle: int, content: bytes) -> None:
        os.write(handle, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("experiment.record.appended_file.write_all", half)
    with pytest.raises(RecordError, match="the disk is full"):
        writer.append("trial", 1.0, {})
    monkeypatch.undo()
    assert path.read_bytes() == before

    writer.append("trial", 2.0, {})
    writer.close()
    assert [entry.time_s for entry in read_journal(path).entries] == [0.0, 2.0]


def test_a_missing_journal_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"cannot read .*journal\.jsonl: the folder is gone"):
        read_journal(tmp_path / "journal.jsonl")


def changed_lines(path: Path) -> list[int]:
    return [line.line for line in read_journal(path).changed]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_word_is_found_in_every_line_the_last_included(tmp_path: Path, number: int) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])
    assert changed_lines(path) == []
    lines = path.read_bytes().split(b"\n")
    lines[number - 1] = lines[number - 1].replace("ünï".encode(), b"uni")
    path.write_bytes(b"\n".join(lines))

    assert changed_lines(path) == [number]


def test_a_line_that_was_replaced_together_with_its_own_hash_is_found_by_the_next_line(tmp_path: Path) -> None:
    path, other = tmp_path / "journal.jsonl", tmp_path / "other.jsonl"
    written(path, ["session-start", "step", "trial"])
    written(other, ["session-start", "note", "trial"])
    lines, others = path.read_bytes().split(b"\n"), other.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], others[1], *lines[2:]]))

    assert changed_lines(path) == [2]


def test_the_hash_of_the_line_before_is_that_of_sha256sum(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step"])
    first, second = path.read_bytes().splitlines()

    assert json.loads(first)["prev"] == ""
    assert json.loads(second)["prev"] == hashlib.sha256(first).hexdigest()


def test_a_line_without_hashes_in_a_journal_that_has_them_is_found(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])
    lines = path.read_bytes().split(b"\n")
    value = json.loads(lines[2])
    del value["prev"], value["sha256"]
    lines[2] = json.dumps(value).encode()
    path.write_bytes(b"\n".join(lines))

    assert changed_lines(path) == [3]


def test_a_journal_of_format_1_has_no_hashes_and_gets_them_when_it_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    old = b'{"n":0,"event":"session-start","time_s":0.0,"data":{"format":1}}\n'
    path.write_bytes(old)
    assert changed_lines(path) == []

    writer = JournalWriter(path, next_line=1)
    writer.append("session-resume", 1.0, {})
    writer.close()
    assert changed_lines(path) == []

    path.write_bytes(path.read_bytes().replace(b'"time_s":0.0', b'"time_s":0.5'))
    assert changed_lines(path) == [1]


def test_line_ends_of_windows_are_not_a_change(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, ["session-start", "step", "trial"])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert changed_lines(path) == []

    writer = JournalWriter(path, next_line=3)
    writer.append("session-resume", 4.0, {})
    writer.close()
    assert changed_lines(path) == []
