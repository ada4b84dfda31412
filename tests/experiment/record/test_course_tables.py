"""Drawn courses in the data set: their table has the exact strengths, and a change is found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.face.synthetic.drawn_course import Course, DrawnMovement
from experiment.record.course_tables import read_course_table
from experiment.record.errors import RecordError
from experiment.record.recorder import Recorder
from experiment.record.sessions import read_sessions
from experiment.record.stimuli import check_stimuli, store_stimuli
from experiment.record.values import Stimulus
from tests.experiment.clocks import SetClock
from tests.experiment.record.helpers import same_plan

MOVEMENT = DrawnMovement({"jawOpen": 0.7}, Course(60, delay=1, onset=3, hold=2, offset=4, length=40, blinks=(12,)))


def stimulus(folder: Path, movement: DrawnMovement = MOVEMENT) -> Stimulus:
    (folder / "data").mkdir(exist_ok=True)
    for name in ("apex.png", "frames.mkv"):
        (folder / name).write_bytes(name.encode())
    return Stimulus(
        "open", "mouth-open", folder / "apex.png", None, {}, folder / "frames.mkv", {"jawOpen": 0.7}, movement
    )


def test_the_table_has_the_strength_of_every_unit_in_every_frame(tmp_path: Path) -> None:
    (stored,) = store_stimuli((stimulus(tmp_path),), tmp_path / "data")

    assert (stored.units, stored.course_table) == ({"jawOpen": 0.7}, "open_course.tsv")
    columns = read_course_table(tmp_path / "data" / "stimuli" / "open_course.tsv")
    assert columns["frame"] == list(range(40))
    for frame, row in enumerate(MOVEMENT.rows()):
        for unit in ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight"):
            assert columns[f"unit_{unit}"][frame] == row.get(unit, 0.0)
        assert columns["intensity"][frame] == MOVEMENT.course.intensity(frame)
        assert columns["time_s"][frame] == pytest.approx(frame / 60, abs=1e-6)


def test_every_column_is_described(tmp_path: Path) -> None:
    store_stimuli((stimulus(tmp_path),), tmp_path / "data")

    columns = read_course_table(tmp_path / "data" / "stimuli" / "open_course.tsv")
    description = json.loads((tmp_path / "data" / "stimuli" / "open_course.json").read_text())
    assert set(columns) == set(description) - {"Course"}
    assert description["Course"]["BlinkFrames"] == [12]


def test_a_changed_table_is_found(tmp_path: Path) -> None:
    stored = store_stimuli((stimulus(tmp_path),), tmp_path / "data")
    check_stimuli(stored, tmp_path / "data")
    (tmp_path / "data" / "stimuli" / "open_course.tsv").write_text("frame\n")

    with pytest.raises(
        RecordError, match=r"the target table .*open_course\.tsv is not the one this session began with"
    ):
        check_stimuli(stored, tmp_path / "data")
    with pytest.raises(RecordError, match="not the table of a course"):
        read_course_table(tmp_path / "data" / "stimuli" / "open_course.tsv")


def test_a_changed_table_is_a_warning_of_every_analysis(tmp_path: Path) -> None:
    clock = SetClock()
    header = replace(same_plan(), participant="01", stimuli=(stimulus(tmp_path),))
    Recorder.start(tmp_path / "data", header, clock=clock).close(complete=False)
    file = tmp_path / "data" / "stimuli" / "open_course.tsv"
    (record,) = read_sessions(tmp_path / "data")
    assert not any("open_course" in warning for warning in record.warnings)

    file.write_text(file.read_text().replace("0.7", "0.8"))
    (record,) = read_sessions(tmp_path / "data")
    assert f"{file} is not the table of target open that was shown; restore it from a copy" in record.warnings

    file.unlink()
    (record,) = read_sessions(tmp_path / "data")
    assert f"the table of target open is missing: {file}; restore it from a copy" in record.warnings


def test_another_course_of_the_same_target_has_a_table_of_its_own(tmp_path: Path) -> None:
    other = DrawnMovement({"jawOpen": 0.7}, Course(60, delay=9, onset=3, hold=2, offset=4, length=40))
    (first,) = store_stimuli((stimulus(tmp_path),), tmp_path / "data")
    (second,) = store_stimuli((stimulus(tmp_path, other),), tmp_path / "data")

    assert first.course_table != second.course_table
    check_stimuli((first, second), tmp_path / "data")
