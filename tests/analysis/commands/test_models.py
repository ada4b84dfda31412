from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.models.readers.npz import write_npz
from analysis.face.models.readers.surrey import read_surrey
from analysis.face.models.registry import load_model
from tests.analysis.face.models.readers.test_surrey import folder as surrey_folder
from tests.analysis.running import run

__all__ = ["surrey_folder"]


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_the_model_that_ships_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "models")
    assert done.status == 0
    assert "makehuman  (default)" in done.out
    assert "68 of 68 landmarks" in done.out
    assert "CC0" in done.out


def test_the_list_can_be_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(run(capsys, "models", "--json").out)
    shipped = next(row for row in rows if row["name"] == "makehuman")
    assert shipped["vertices"] == len(load_model("makehuman").mean)
    assert "emotions" in shipped["bases"]


def test_an_imported_model_is_listed_and_can_be_selected(
    capsys: pytest.CaptureFixture[str], surrey_folder: Path, own_folder: Path
) -> None:
    done = run(capsys, "models", "import", "surrey", surrey_folder, "--name", "ours")
    assert done.status == 0, done.err
    assert "use it with --model ours" in done.out
    assert "non-commercial" in done.out
    assert (own_folder / "ours.npz").is_file()
    assert "ours\n  128 vertices, 4 identity components, 6 emotions, 66 of 68 landmarks" in run(capsys, "models").out
    assert_allclose(load_model("ours").mean, read_surrey(surrey_folder).mean, atol=1e-4)


def test_a_model_that_cannot_be_written_is_reported_with_the_remedy(
    capsys: pytest.CaptureFixture[str], surrey_folder: Path, own_folder: Path
) -> None:
    own_folder.write_text("in the way")

    done = run(capsys, "models", "import", "surrey", surrey_folder, "--name", "ours")

    assert done.status == 1
    place = own_folder / "ours.npz"
    assert done.err == (
        f"error: the model cannot be written to {place}: a file lies where a folder is needed; choose another folder\n"
    )


def test_a_model_in_the_projects_layout_is_checked_too(
    capsys: pytest.CaptureFixture[str], surrey_folder: Path, own_folder: Path, tmp_path: Path
) -> None:
    model = read_surrey(surrey_folder)
    write_npz(model, tmp_path / "lab.npz")
    assert run(capsys, "models", "import", "npz", tmp_path / "lab.npz", "--name", "lab").status == 0
    model.mean[:] = model.mean / 10
    write_npz(model, tmp_path / "cm.npz")
    refused = run(capsys, "models", "import", "npz", tmp_path / "cm.npz", "--name", "cm")
    assert refused.status == 1
    assert "check the landmark map and the unit of the file" in refused.err
    assert not (own_folder / "cm.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smpl", "."], 'unknown kind of face model "smpl"; known are surrey, ict, basel, flame, npz'),
        (["surrey", "/nowhere"], "/nowhere does not exist; expected a folder with sfm_shape_3448.bin"),
        (["surrey", ".", "--name", "../up"], '"../up" cannot be a name'),
        (["surrey", ".", "--name", "makehuman"], "ships with the project"),
        (["flame", "pyproject.toml"], "does not name the vertices of the 68 landmarks"),
    ],
)
def test_a_refused_installation_is_one_sentence(
    capsys: pytest.CaptureFixture[str], own_folder: Path, arguments: list[str], message: str
) -> None:
    done = run(capsys, "models", "import", *arguments)
    assert done.status == 1
    assert done.err.startswith("error: ")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not list(own_folder.glob("*"))


def test_an_installed_model_is_not_replaced_by_accident(
    capsys: pytest.CaptureFixture[str], surrey_folder: Path, own_folder: Path
) -> None:
    assert run(capsys, "models", "import", "surrey", surrey_folder).status == 0
    again = run(capsys, "models", "import", "surrey", surrey_folder)
    assert again.status == 1
    assert "add --replace" in again.err
    assert run(capsys, "models", "import", "surrey", surrey_folder, "--replace").status == 0


def test_a_damaged_installed_model_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str], own_folder: Path
) -> None:
    own_folder.mkdir()
    np.savez(own_folder / "broken.npz", nothing=np.zeros(1))
    done = run(capsys, "models")
    assert done.status == 0
    assert "broken\n  damaged: " in done.out
    assert "makehuman" in done.out


def test_wrong_usage_has_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "models", "import").status == 2
