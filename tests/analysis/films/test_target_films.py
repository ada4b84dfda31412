"""Trials whose target is a film: similarity, lag and congruency."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.course_columns import csv_text
from analysis.courses.course_files import measure_columns
from analysis.errors import DataSetError
from analysis.face.models.registry import load_model
from analysis.films.agreement import film_agreement
from analysis.films.course_table import CourseRow, CourseTable, columns_of, row_cells
from analysis.films.target_films import TargetFilm, measure_targets
from analysis.films.trials import FilmTrial, read_trials
from tests.analysis.films.filmed import PICTURE, empty_film, smiling_film
from tests.analysis.running import run

RATE_HZ = 30
ONSETS_S = (3.0, 9.0)
LATENCY_S = 0.4
MOVED = tuple(
    [f"unit_{name}{side}" for name in names for side in ("Left", "Right")]
    for names in (("mouthSmile",), ("browDown", "noseSneer", "mouthFrown"))
)


def rise(time_s: float, begin_s: float) -> float:
    """Return a minimum-jerk rise of 0.6 s, a plateau of 1 s, and the same fall."""
    at = min(max((time_s - begin_s) / 0.6, 0.0), 1.0) - min(max((time_s - begin_s - 1.6) / 0.6, 0.0), 1.0)
    return float(10 * at**3 - 15 * at**4 + 6 * at**5)


def course(latency_s: float, *, strength: float = 0.5, seconds: float = 13.0) -> CourseTable:
    """Return a face that smiles, and later frowns, some time after each onset, with noise."""
    measures, rng = measure_columns(load_model()), np.random.default_rng(3)
    rows = []
    for number in range(round(seconds * RATE_HZ)):
        time_s = number / RATE_HZ
        values = dict.fromkeys(measures, 0.0)
        for onset_s, units in zip(ONSETS_S, MOVED, strict=True):
            for name in units:
                values[name] = strength * rise(time_s, onset_s + 0.3 + latency_s) + abs(rng.normal(0, 0.003))
        rows.append(CourseRow(number, time_s, "", (0.0,) * 6, tuple(values.values())))
    return CourseTable(measures, "picture", has_pose=True, rows=tuple(rows))


def written(table: CourseTable, file: Path) -> Path:
    file.write_text(csv_text(columns_of(table), (row_cells(row, table) for row in table.rows)), encoding="utf-8")
    return file


def openface(table: CourseTable, file: Path) -> Path:
    lines = ["frame, face_id, timestamp, confidence, success, AU04_r, AU12_r"]
    for row in table.rows:
        values = dict(zip(table.measures, row.values, strict=True))
        numbers = (0.3 + 5 * (values[name] or 0.0) for name in ("unit_browDownLeft", "unit_mouthSmileLeft"))
        lines.append(f"{row.index + 1}, 0, {row.time_s:.3f}, 0.98, 1, " + ", ".join(f"{one:.2f}" for one in numbers))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def trials_table(folder: Path, target: str) -> Path:
    file = folder / "trials.csv"
    lines = ["film,trial_id,onset_s,offset_s,target,expression,target_film,target_begin_s,group"]
    for number, (onset_s, name) in enumerate(zip(ONSETS_S, ("smile", "frown"), strict=True)):
        lines.append(f"anna,t{number},{onset_s},{onset_s + 3},{name},{name},{target},{target and onset_s},control")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("write", [written, openface])
def test_the_lag_behind_the_table_of_another_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write: Callable[[CourseTable, Path], Path]
) -> None:
    anna = write(course(LATENCY_S, strength=0.3), tmp_path / "anna.csv")
    write(course(0.0), tmp_path / "bert.csv")

    done = run(
        capsys, "measure", "--from", anna, "--trials", trials_table(tmp_path, "bert.csv"), "--out", tmp_path / "out"
    )

    assert done.status == 0, done.err
    lags = read(tmp_path / "out/anna_lag.csv")
    assert [row["expression"] for row in lags] == ["smile", "frown"]
    for row in lags:
        assert float(row["lag_s"]) == pytest.approx(LATENCY_S, abs=0.05)
        assert float(row["low_s"]) <= LATENCY_S + 0.05
        assert float(row["congruency"]) > 0.95
        assert (row["own_pairs"], row["reason"], row["group"]) == ("1", "", "control")
    indices = {(row["trial_id"], row["measure"]): row for row in read(tmp_path / "out/anna_indices.csv")}
    assert float(indices["t0", "similarity"]["lag_s"]) == pytest.approx(LATENCY_S, abs=0.05)
    assert float(indices["t0", "contrast"]["peak"]) == pytest.approx(0.3, abs=0.03)
    assert indices["t1", "contrast"]["onset_s"] == ""
    assert float(indices["t1", "congruent_contrast"]["peak"]) == pytest.approx(0.3, abs=0.03)
    assert len(read(tmp_path / "out/anna_lag-pairs.csv")) == 4


def test_similarity_is_written_while_the_target_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    anna = written(course(0.0, strength=0.3), tmp_path / "anna.csv")
    written(course(0.0), tmp_path / "bert.csv")

    run(capsys, "measure", "--from", anna, "--trials", trials_table(tmp_path, "bert.csv"), "--out", tmp_path / "out")

    rows = read(tmp_path / "out/anna.csv")
    assert list(rows[0])[:5] == ["frame_index", "time_s", "used", "reason", "similarity"]
    found = {float(row["time_s"]): float(row["similarity"]) for row in rows if row["similarity"]}
    assert all(3.3 < time_s < 5.6 or 9.3 < time_s < 11.6 for time_s in found)
    assert len(found) > 80
    assert min(found.values()) > 0.95


def test_a_face_that_does_not_move_has_no_lag() -> None:
    model = load_model()
    trial = FilmTrial("a", "1", 3.0, 6.0, 2.0, "", {}, "line 2", target_film=Path("b"), target_begin_s=3.0)

    agreement = film_agreement(course(0.0, strength=0.0), [trial], {Path("b"): TargetFilm(course(0.0))}, model)

    assert agreement is not None
    assert agreement.lags["1"].lag.reason == "no-movement"
    assert agreement.congruency["1"] is None
    assert agreement.similarities == {}


def test_a_film_is_measured_as_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    smiling_film(tmp_path / "smile.mp4")
    trials = tmp_path / "trials.csv"
    trials.write_text("film,trial_id,onset_s,offset_s,target_film,target_begin_s\nsmile,one,0.2,1.44,smile.mp4,0.2\n")

    done = run(
        capsys, "measure", tmp_path / "smile.mp4", "--neutral", PICTURE, "--trials", trials, "--out", tmp_path / "out"
    )

    assert done.status == 0, done.err
    rows = read(tmp_path / "out/smile.csv")
    assert min(float(row["similarity"]) for row in rows if row["similarity"]) > 0.9
    (lag,) = read(tmp_path / "out/smile_lag.csv")
    assert float(lag["congruency"]) > 0.95
    assert lag["reason"] == "at-limit"  # one window: the film is too short for a lag


def test_a_target_without_a_face_is_reported(tmp_path: Path) -> None:
    film = empty_film(tmp_path / "empty.mp4")
    trial = FilmTrial("a", "1", 3.0, 6.0, 2.0, "", {}, "line 2", target_film=film)

    targets = measure_targets([trial], load_model())
    agreement = film_agreement(course(0.0), [trial], targets, load_model())

    assert agreement is not None
    assert "target empty.mp4 is not measured" in agreement.notes[0]
    assert agreement.lags["1"].lag.reason == "target-not-measured"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("film,trial_id,onset_s,offset_s,peak\na,1,1,2,3\n", "have a column peak of their own; give the condition"),
        ("film,trial_id,onset_s,offset_s\n", "the table has no trial"),
        ("film,trial_id,onset_s,offset_s\na,1,0,2\n", "line 2: onset_s must be later than 0, because the baseline"),
        ("film,trial_id,onset_s,offset_s\na,1,1,2\na.mp4,1,3,4\n", "line 3: a.mp4 has a trial 1 already"),
        (
            "film,trial_id,onset_s,offset_s,target_film\na,1,1,3,x.mp4\na.mp4,2,2,4,x.mp4\n",
            "line 3: trials 1 and 2 overlap, so a frame would have two targets",
        ),
        ("film,trial_id,onset_s,offset_s,target_begin_s\na,1,1,3,2\n", "target_begin_s is a time of target_film"),
    ],
)
def test_trials_that_cannot_be_compared_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(DataSetError, match=message):
        read_trials(file, [Path("a.mp4")])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nothing.mp4", "line 2 of the trials, column target_film: .*nothing.mp4: the file does not exist"),
        ("nothing.csv", "line 2 of the trials, column target_film: .*nothing.csv: the file does not exist"),
    ],
)
def test_a_target_that_is_missing_is_named_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], target: str, message: str
) -> None:
    anna = written(course(0.0, seconds=12.5), tmp_path / "anna.csv")

    done = run(capsys, "measure", "--from", anna, "--trials", trials_table(tmp_path, target), "--out", tmp_path / "out")

    assert done.status == 1
    assert re.search(message, " ".join(done.err.split()))
    assert not list((tmp_path / "out").glob("*.csv"))


def test_trials_behind_the_end_of_a_table_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    anna = written(course(0.0, seconds=8.0), tmp_path / "anna.csv")

    done = run(capsys, "measure", "--from", anna, "--trials", trials_table(tmp_path, ""), "--out", tmp_path / "out")

    assert done.status == 1
    assert "trial t1 (line 3 of the trials) ends after the film, which lasts 8.000 s" in " ".join(done.err.split())
