"""Long and binned tables, which are made from the table of frames."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.course_columns import ABOUT, FRAME_COLUMNS, SOURCE, csv_text
from analysis.courses.derived_tables import DerivedTables, derive_tables

COLUMNS = (*ABOUT, *FRAME_COLUMNS, "similarity", "yaw_deg", "neutral", SOURCE, "blur", "unit_jawOpen", "emotion_anger")
Frame = tuple[float | None, str, str, str, str]
"""Time, reason, similarity, jawOpen, anger."""


def frame_table(folder: Path, frames: Sequence[Frame], *, trial: str = "a") -> Path:
    rows = [
        [
            *("01", "", trial, "viewing", "smile", number),
            *("" if time_s is None else f"{time_s:.6f}", int(not reason), reason, similarity),
            *("1.00000", "calibration", "film", "0.40000", jaw, anger),
        ]
        for number, (time_s, reason, similarity, jaw, anger) in enumerate(frames)
    ]
    folder.mkdir(exist_ok=True)
    file = folder / "sub-01_task-t_courses.csv"
    file.write_text(csv_text(COLUMNS, rows))
    return file


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def binned(table: Path, width_ms: int) -> list[dict[str, str]]:
    (file,) = derive_tables(table, DerivedTables(bins_ms=width_ms))
    assert file.name == "sub-01_task-t_courses-binned.csv"
    return read(file)


def test_a_bin_is_the_mean_of_its_used_frames(tmp_path: Path) -> None:
    table = frame_table(
        tmp_path,
        [
            (-0.05, "", "", "0.10000", "0.00000"),
            (0.0, "", "0.50000", "0.20000", "0.10000"),
            (0.04, "blink", "0.90000", "0.90000", "0.90000"),
            (0.08, "", "", "0.40000", "0.30000"),
            (None, "lost-camera", "", "", ""),
            (0.1, "no-face", "", "", ""),
        ],
    )

    before, first, second = binned(table, 100)

    assert [(row["bin"], row["begin_s"], row["end_s"]) for row in (before, first, second)] == [
        ("-1", "-0.100", "0.000"),
        ("0", "0.000", "0.100"),
        ("1", "0.100", "0.200"),
    ]
    assert (first["frames"], first["left_out"], first["source"], first["trial_id"]) == ("2", "1", "film", "a")
    assert (first["unit_jawOpen"], first["emotion_anger"], first["similarity"]) == ("0.30000", "0.20000", "0.50000")
    assert (second["frames"], second["left_out"], second["unit_jawOpen"]) == ("0", "1", "")
    assert before["unit_jawOpen"] == "0.10000"


def test_a_bin_without_a_frame_is_a_row_without_values(tmp_path: Path) -> None:
    table = frame_table(tmp_path, [(0.05, "", "", "0.1", "0.1"), (0.35, "", "", "0.2", "0.2")])

    rows = binned(table, 100)

    assert [(row["bin"], row["frames"]) for row in rows] == [("0", "1"), ("1", "0"), ("2", "0"), ("3", "1")]


@pytest.mark.parametrize("width_ms", [10, 33, 100, 250, 1000])
def test_bins_of_an_interval_are_those_of_the_whole(tmp_path: Path, width_ms: int) -> None:
    """Also at times that are on the edge of a bin."""
    rng = np.random.default_rng(width_ms)
    times = np.unique(np.concatenate([np.round(rng.uniform(-1.5, 3.0, 120), 6), np.arange(-1.5, 3.0, 0.05)]))
    frames: list[Frame] = [
        (float(time_s), "blink" if rng.random() < 0.1 else "", "", f"{rng.random():.5f}", f"{rng.random():.5f}")
        for time_s in times
    ]
    edge_s = width_ms / 1000.0
    begin_s, end_s = np.floor(-0.4 / edge_s) * edge_s - 1e-9, np.ceil(1.7 / edge_s) * edge_s - 1e-9

    whole = binned(frame_table(tmp_path / "whole", frames), width_ms)
    part = binned(
        frame_table(tmp_path / "part", [one for one in frames if begin_s <= (one[0] or 0.0) < end_s]), width_ms
    )

    numbers = {row["bin"] for row in part}
    assert part == [row for row in whole if row["bin"] in numbers]
    assert sum(int(row["frames"]) + int(row["left_out"]) for row in whole) == len(frames)
    for row in whole:
        inside = [
            float(jaw)
            for time_s, reason, _, jaw, _ in frames
            if not reason and round(1e6 * (time_s or 0.0)) // (1000 * width_ms) == int(row["bin"])
        ]
        assert row["frames"] == str(len(inside))
        assert float(row["unit_jawOpen"] or "nan") == pytest.approx(np.mean(inside or [np.nan]), abs=1e-5, nan_ok=True)
    assert not any(float(row["begin_s"]) < 0.0 < float(row["end_s"]) for row in whole)


def test_trials_and_sources_have_bins_of_their_own(tmp_path: Path) -> None:
    first = frame_table(tmp_path / "a", [(0.0, "", "", "0.1", "0.1")]).read_text()
    second = frame_table(tmp_path / "b", [(0.0, "", "", "0.3", "0.3")], trial="b").read_text()
    table = tmp_path / "sub-01_task-t_courses.csv"
    table.write_text(first + "".join(second.splitlines(keepends=True)[1:]))

    assert [(row["trial_id"], row["unit_jawOpen"]) for row in binned(table, 500)] == [
        ("a", "0.10000"),
        ("b", "0.30000"),
    ]


def test_a_table_without_frames_has_no_bins(tmp_path: Path) -> None:
    assert binned(frame_table(tmp_path, []), 100) == []
    assert binned(frame_table(tmp_path, [(None, "lost-camera", "", "", "")]), 100) == []


def test_the_long_table_has_one_row_a_frame_and_measure(tmp_path: Path) -> None:
    table = frame_table(tmp_path, [(0.5, "", "0.70000", "0.10000", "0.20000")])

    (file,) = derive_tables(table, DerivedTables(long=True))

    assert file.name == "sub-01_task-t_courses-long.csv"
    rows = read(file)
    assert [(row["measure"], row["value"]) for row in rows] == [
        ("similarity", "0.70000"),
        ("unit_jawOpen", "0.10000"),
        ("emotion_anger", "0.20000"),
    ]
    assert {(row["time_s"], row["used"], row["source"]) for row in rows} == {("0.500000", "1", "film")}
