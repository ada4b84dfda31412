"""Rows of a film on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.courses.frames import POSE
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.stored_rows import StoredRows
from experiment.record.errors import RecordError

MEASURES = ("unit_jawOpen", "unit_mouthSmileLeft")


def row(number: int) -> CourseRow:
    quality = (0.9, 64.0 + number, None, None, 0.01)
    if number % 5 == 3:
        return CourseRow(number, number / 25, "no-face", (), ())
    if number % 5 == 4:
        return CourseRow(number, number / 25, "fit", (), (), quality)
    pose = tuple(number + part / 7 for part in range(len(POSE)))
    return CourseRow(number, number / 25, "blink" if number % 5 == 1 else "", pose, (number / 3, 0.1), quality)


def content(rows: object) -> list[tuple[object, ...]]:
    assert isinstance(rows, list)
    return [(one.index, one.time_s, one.reason, one.pose, one.values, one.quality) for one in rows]


def test_stored_rows_are_those_that_were_appended_to_the_last_digit(tmp_path: Path) -> None:
    rows = [row(number) for number in range(700)]

    with StoredRows(tmp_path, measures=len(MEASURES)) as stored:
        stored.extend(rows[:300])
        assert content(stored[299:]) == content(rows[299:300])
        stored.extend(rows[300:])

        assert len(stored) == 700
        assert content(list(stored)) == content(rows)
        assert content(stored[255:258]) == content(rows[255:258])
        assert content(stored[600:100:-250]) == content(rows[600:100:-250])
        assert content([stored[-1], stored[3]]) == content([rows[-1], rows[3]])
        assert content(stored[5:5]) == []
        with pytest.raises(IndexError):
            stored[700]


def test_a_table_with_stored_rows_finds_an_interval_and_counts_reasons(tmp_path: Path) -> None:
    rows = [row(number) for number in range(400)]

    with StoredRows(tmp_path, measures=len(MEASURES)) as stored:
        stored.extend(rows)
        table = CourseTable(MEASURES, "picture", has_pose=True, rows=stored)

        found = table.between(100 / 25, 130.4 / 25)

        assert [one.index for one in found] == list(range(100, 131))
        assert table.reasons() == {"": 160, "blink": 80, "no-face": 80, "fit": 80}


def test_no_file_remains_and_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    with StoredRows(tmp_path / "work", measures=2) as stored:
        stored.extend([row(0)])
    assert list((tmp_path / "work").iterdir()) == []

    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="a file lies where a folder is needed"):
        StoredRows(tmp_path / "file", measures=2)
