"""Each CSV file has a data dictionary next to it that describes every column."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from analysis.tables.column_descriptions import data_dictionary, describe_column, put_table
from tests.analysis.running import run


def undescribed(folder: Path) -> dict[str, set[str]]:
    """For each CSV file that is not a target x mimic table, the columns that its dictionary lacks."""
    lacking = {}
    for file in folder.rglob("*.csv"):
        if file.name.endswith("_table.csv"):
            continue
        with file.open(encoding="utf-8", newline="") as opened:
            columns = next(csv.reader(opened))
        described = json.loads(file.with_suffix(".json").read_text())
        if missing := set(columns) - set(described):
            lacking[file.name] = missing
    return lacking


def test_every_column_of_tables_timing_and_training_is_described(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("tables", "timing", "training", "export", "group"):
        done = run(capsys, command, dataset)
        assert done.status == 0, done.err
    derived = dataset / "derivatives" / "mimicry"
    assert len(list(derived.rglob("*.csv"))) > 12
    assert undescribed(derived) == {}


def test_units_have_their_action_unit_and_answers_their_type() -> None:
    smile = describe_column("score_mouthSmileLeft")
    assert "lip corner puller, left, FACS AU12" in smile.description
    assert "seen well, r " in describe_column("intensity_mouthSmileLeft").description
    assert describe_column("question_why_response_time").units == "s"
    assert describe_column("question_why_accuracy").type == "integer"
    assert describe_column("rating_fear").description == "Answer on the scale fear; 1 is the lowest point."
    assert describe_column("emotion_fear").description.count("FACS AU1+2+4+5+7+16+20+25") == 1
    assert (describe_column("y68_px").units, describe_column("y68_px").type) == ("px", "number")
    with pytest.raises(KeyError):
        describe_column("unknown")


def test_a_table_without_rows_has_its_columns_and_their_dictionary(tmp_path: Path) -> None:
    table, dictionary = put_table(tmp_path / "none.csv", [], columns=("what", "reason"))
    assert table.read_text() == "what,reason\n"
    assert json.loads(dictionary.read_text()) == data_dictionary(["what", "reason"])
