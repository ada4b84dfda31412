from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from analysis.face.similarity.metrics import DEFAULT_METRIC
from tests.analysis.conftest import PEOPLE, SHOWN, Photographed
from tests.analysis.running import run
from tests.conftest import PROJECT


def table(file: Path) -> dict[str, dict[str, float]]:
    with file.open(newline="") as stream:
        return {row.pop("target"): {name: float(cell) for name, cell in row.items()} for row in csv.DictReader(stream)}


def summary(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return content


@pytest.fixture(scope="module")
def each(photographed: Photographed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pairs of people, one of them without a neutral picture, four unusable pictures.

    One of the four is all there is of somebody.
    """
    folder = tmp_path_factory.mktemp("each")
    (folder / "torn.jpg").write_bytes(b"no picture")
    Image.new("RGB", (200, 240), "grey").save(folder / "wall.png")
    manifest = photographed.manifest(
        folder / "people.csv",
        without=[("cho", "neutral")],
        more=["ann,anger,torn.jpg", "bob,anger,wall.png", "cho,surprise,gone.png", "dan,anger,no.png"],
    )
    command = [sys.executable, "-m", "analysis", "compare", manifest, "--targets", "each", "--out", folder / "out"]
    done = subprocess.run([*map(str, command)], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder / "printed.txt").write_text(done.stdout)
    return folder


def test_every_ordered_pair_of_people_gets_a_table(each: Path) -> None:
    expected = {f"{a}_{b}_table.csv" for a in PEOPLE for b in PEOPLE if a != b}

    assert {file.name for file in (each / "out" / "tables").iterdir()} == expected


def test_only_the_owner_reads_the_files_and_their_hashes_are_listed(each: Path) -> None:
    files = [path for path in (each / "out").rglob("*") if path.is_file()]

    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=each / "out", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.count(": OK") == len(files) - 1


def test_rows_are_targets_and_columns_mimics_in_the_same_order_with_full_precision(each: Path) -> None:
    lines = (each / "out" / "tables" / "ann_bob_table.csv").read_text().splitlines()
    cells = table(each / "out" / "tables" / "ann_bob_table.csv")

    assert lines[0] == "target," + ",".join(SHOWN)
    assert list(cells) == list(SHOWN)
    assert len(lines[1].split(",")[1]) > 10


def test_scores_have_their_intervals_where_both_people_have_a_neutral_picture(each: Path) -> None:
    with (each / "out" / "scores.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    known = [row for row in rows if "cho" not in (row["target_person"], row["mimic_person"])]

    assert {row["score_low"] for row in rows if row not in known} == {""}
    assert all(float(row["score_low"]) <= float(row["score"]) <= float(row["score_high"]) for row in known)
    assert summary(each / "out")["score_interval"]["scores"] == len(known)
    assert f"(median of {len(known)}); scores.csv has the interval" in (each / "printed.txt").read_text()


def test_the_right_target_scores_highest_if_everyone_shows_the_same(each: Path) -> None:
    cells = table(each / "out" / "tables" / "ann_bob_table.csv")

    for mimic in SHOWN:
        assert max(SHOWN, key=lambda target: cells[target][mimic]) == mimic


def test_the_summary_has_the_documented_keys(each: Path) -> None:
    found = summary(each / "out")

    assert found["metric"] == DEFAULT_METRIC
    assert found["pairs"] == 6
    assert found["mimics"] == 18
    assert 0.8 <= found["rank1"] <= 1
    assert 0.8 <= found["auc"] <= 1
    assert found["d_prime"] > 1
    assert found["rank1_interval_95"][0] <= found["rank1"] <= found["rank1_interval_95"][1]
    assert abs(found["rank1_chance"] - 1 / 3) < 0.05
    assert found["rank1_p_value"] < 0.05
    assert set(found["double_centred"]) == {"rank1", "auc", "d_prime"}
    assert found["model"] == "makehuman"
    assert {"commit", "dlib-bin", "numpy"} <= set(found["made_by"])


def test_people_without_a_neutral_picture_are_compared_and_reported_as_less_certain(each: Path) -> None:
    assert summary(each / "out")["calibration"] == {"ann": "neutral", "bob": "neutral", "cho": "alone"}
    assert "without a neutral picture, so measured less well: cho" in (each / "printed.txt").read_text()


def test_exclusions_are_listed_with_reason_and_file_relative_to_the_manifest(each: Path) -> None:
    left_out = summary(each / "out")["excluded"]

    assert [(one["file"], one["reason"]) for one in left_out] == [
        ("torn.jpg", "image"),
        ("wall.png", "no-face"),
        ("gone.png", "image"),
        ("no.png", "image"),
    ]
    assert left_out[2]["message"] == "the file does not exist"
    assert str(each) not in json.dumps(left_out)
    printed = (each / "printed.txt").read_text()
    assert "in no table, as none of their pictures can be measured: dan\n" in printed
    assert (
        "4 pictures left out: torn.jpg (this is not a picture that can be read; save it as PNG or JPEG), and 3"
        in printed
    )


def test_one_expression_and_neutral_give_scores_without_statistics(
    photographed: Photographed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left_out = [(person, shown) for person in PEOPLE for shown in SHOWN if shown != "surprise" or person == "cho"]
    manifest = photographed.manifest(tmp_path / "people.csv", without=left_out)

    done = run(capsys, "compare", manifest, "--targets", "ann", "--out", tmp_path / "out", "--metric", "units")

    assert done.status == 0
    assert "1 table, 1 mimic, metric units\nevery target person shows one expression only, so" in done.out
    assert "chance" not in done.out
    assert summary(tmp_path / "out")["auc"] is None
    assert (tmp_path / "out" / "scores.csv").read_text().splitlines()[1].startswith("ann,bob,surprise,surprise,1,0.")
    dictionary = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert list(dictionary) == (tmp_path / "out" / "scores.csv").read_text().splitlines()[0].split(",")
    assert "pictures" in dictionary["take"]["Description"]


@pytest.mark.slow
def test_two_processes_and_one_write_the_same_bytes(
    each: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(capsys, "compare", each / "people.csv", "--targets", "each", "--out", tmp_path, "--jobs", 2)

    assert done.status == 0
    for file in ["summary.json", "scores.csv", *(f"tables/{one.name}" for one in (each / "out" / "tables").iterdir())]:
        assert (tmp_path / file).read_bytes() == (each / "out" / file).read_bytes(), file


def test_one_target_person_is_imitated_by_all_others(
    photographed: Photographed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = photographed.manifest(tmp_path / "people.csv")
    (tmp_path / "out" / "tables").mkdir(parents=True)
    (tmp_path / "out" / "tables" / "ann_old_table.csv").write_text("target\n")

    done = run(capsys, "compare", manifest, "--targets", "bob", "--out", tmp_path / "out", "--metric", "points:mobile")

    assert done.status == 0
    assert summary(tmp_path / "out")["metric"] == "points:mobile"
    assert summary(tmp_path / "out")["pairs"] == 2
    assert (tmp_path / "out" / "tables" / "bob_ann_table.csv").exists()
    assert (tmp_path / "out" / "tables" / "bob_cho_table.csv").exists()
    assert "1 older tables in" in done.out


@pytest.mark.slow
def test_a_terminal_shows_the_progress_of_every_step(photographed: Photographed, tmp_path: Path) -> None:
    manifest = photographed.manifest(tmp_path / "people.csv")
    command = [sys.executable, "-m", "analysis", "compare", manifest, "--targets", "ann", "--out", tmp_path / "out"]
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [*map(str, command)], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=theirs, env=os.environ | {"TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)

    assert done.wait() == 0
    for title, count in (("finding faces", "12/12"), ("measuring people", "3/3"), ("comparing", "2/2")):
        assert title in shown.decode()
        assert count in shown.decode()


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--targets", "dan"], 1, "error: the target person 'dan' has no picture; the people are ann, bob, cho\n"),
        (["--targets", "ann", "--metric", "nose"], 1, "error: unknown metric 'nose'; choose one of "),
        (["--targets", "ann", "--model", "wax"], 1, "error: no face model is called 'wax'; installed: "),
        (["--targets", "ann", "--jobs", "0"], 2, "give a number of processes, or -1 for one per core"),
        (["--targets", "ann", "--jobs", "-2"], 2, "give a number of processes, or -1 for one per core"),
        ([], 2, "Missing option '--targets'"),
    ],
)
def test_impossible_options_are_refused_in_one_sentence(
    photographed: Photographed,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    status: int,
    message: str,
) -> None:
    manifest = photographed.manifest(tmp_path / "people.csv")

    done = run(capsys, "compare", manifest, "--out", tmp_path / "out", *options)

    assert done.status == status
    assert message in done.err
    assert not (tmp_path / "out" / "summary.json").exists()


def test_an_unwritable_folder_is_reported_before_anything_is_measured(
    photographed: Photographed, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.tables.people.detect_face", lambda _: pytest.fail("a picture was read"))
    (tmp_path / "file").write_text("in the way")
    manifest = photographed.manifest(tmp_path / "people.csv")

    done = run(capsys, "compare", manifest, "--targets", "ann", "--out", tmp_path / "file")

    assert done.status == 1
    message = "a file lies where a folder is needed; choose another folder"
    assert done.err == f"error: cannot write {tmp_path / 'file'}: {message}\n"


def test_a_missing_manifest_is_reported_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "compare", tmp_path / "none.csv", "--targets", "each", "--out", tmp_path / "out")

    assert done.status == 1
    assert done.err == f"error: {tmp_path / 'none.csv'}: the file does not exist\n"
    assert not (tmp_path / "out").exists()
