"""Results are refused inside another data set and among recordings; messages name the program that was called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from analysis.errors import DataSetError
from analysis.paths import _is_called_mimicry
from analysis.tables.output_place import require_output_place
from tests.analysis.running import run
from tests.conftest import PROJECT


def data_set(folder: Path) -> Path:
    (folder / "sourcedata/sub-01/ses-a").mkdir(parents=True)
    (folder / "sourcedata/sub-01/ses-a/journal.jsonl").touch()
    return folder


def test_a_place_inside_another_data_set_is_refused_with_the_remedy(tmp_path: Path) -> None:
    own, other = data_set(tmp_path / "own"), data_set(tmp_path / "other")
    for out in (other, other / "derivatives/mimicry/tables", other / "new"):
        with pytest.raises(
            DataSetError, match=r"is inside another data set, .*name a folder outside, or leave out --out"
        ):
            require_output_place(out, dataset=own)
    with pytest.raises(DataSetError, match="inside another data set"):
        require_output_place(other / "report.html", dataset=own, is_file=True)


def test_a_bids_data_set_of_another_program_is_one_and_derivatives_are_not(tmp_path: Path) -> None:
    own, other = data_set(tmp_path / "own"), tmp_path / "other"
    other.mkdir()
    (other / "dataset_description.json").write_text('{"Name": "x", "DatasetType": "derivative"}')
    require_output_place(other / "tables", dataset=own)
    (other / "dataset_description.json").write_text('{"Name": "x"}')
    with pytest.raises(DataSetError, match="inside another data set"):
        require_output_place(other / "tables", dataset=own)


def test_a_link_into_another_data_set_is_followed(tmp_path: Path) -> None:
    own, other = data_set(tmp_path / "own"), data_set(tmp_path / "other")
    (tmp_path / "link").symlink_to(other / "derivatives")

    with pytest.raises(DataSetError, match="inside another data set"):
        require_output_place(tmp_path / "link/tables", dataset=own)


def test_places_outside_and_in_the_own_derivatives_are_accepted(tmp_path: Path) -> None:
    own = data_set(tmp_path / "own")
    for out in (None, tmp_path / "paper", own / "derivatives/paper"):
        require_output_place(out, dataset=own)
    require_output_place(own / "derivatives/photographs", dataset=None)
    require_output_place(tmp_path, dataset=None)


@pytest.mark.parametrize("place", ["", "sourcedata/sub-01", "stimuli", "sub-01/beh"])
def test_places_among_recordings_are_refused(tmp_path: Path, place: str) -> None:
    own = data_set(tmp_path / "own")

    with pytest.raises(DataSetError, match="is among the recordings of the data set; name a folder outside"):
        require_output_place(own / place, dataset=own)
    with pytest.raises(DataSetError, match=r"is inside a data set, .*; name a folder outside"):
        require_output_place(own / place, dataset=None)


@pytest.mark.parametrize("command", ["tables", "courses", "report", "timing", "training"])
def test_every_command_refuses_before_it_reads_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    own, other = data_set(tmp_path / "own"), data_set(tmp_path / "other")

    done = run(capsys, command, own, "--out", other / "results/report.html")

    assert done.status == 1
    assert done.err.startswith(f"error: {other / 'results/report.html'} is inside another data set, {other}:")
    assert done.err.count("\n") == 1
    assert not (other / "results").exists()


@pytest.mark.parametrize(
    ("called", "is_mimicry"),
    [
        ("/usr/bin/mimicry", True),
        ("C:/Scripts/mimicry.exe", True),
        ("/site-packages/mimicry_lab/__main__.py", True),
        ("run_experiment.py", False),
        ("/home/lab/analysis/__main__.py", False),
    ],
)
def test_the_program_is_recognised_by_what_was_called(called: str, *, is_mimicry: bool) -> None:
    assert _is_called_mimicry(called) is is_mimicry


@pytest.mark.parametrize(("module", "name"), [("mimicry_lab", "mimicry"), ("analysis", "python -m analysis")])
def test_messages_name_the_program_that_was_called(module: str, name: str) -> None:
    words = [sys.executable, "-m", module, "models"]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True)

    assert f"Add one with: {name} models import KIND PATH" in done.stdout
