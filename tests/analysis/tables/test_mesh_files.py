"""Fitted faces as files of triangles."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import trimesh

from analysis.face.models.registry import load_model
from analysis.tables.mesh_files import MeshFormat, mesh_content
from tests.analysis.running import run


@pytest.mark.parametrize("kind", ["ply", "obj"])
def test_vertices_and_triangles_are_read_back_in_their_order(kind: MeshFormat) -> None:
    model = load_model()
    content = mesh_content(model.mean, model.triangles, kind)
    read = trimesh.load(io.BytesIO(content), file_type=kind, process=False, maintain_order=True)
    assert isinstance(read, trimesh.Trimesh)
    assert np.allclose(read.vertices, model.mean, atol=1e-4)
    assert np.array_equal(read.faces, model.triangles)


def vertices(file: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    read = trimesh.load(file, process=False)
    assert isinstance(read, trimesh.Trimesh)
    return np.asarray(read.vertices, dtype=float)


def test_the_command_writes_each_face_and_tables_with_dictionaries(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(capsys, "export", dataset, "--parquet")

    assert done.status == 0, done.err
    assert "protect them" in done.out
    folder = dataset / "derivatives" / "mimicry" / "export"
    names = {file.stem.partition("facialmimicry_")[2] for file in folder.glob("*.ply")}
    imitated = ("anger", "fear", "happiness")
    assert names == {"rest", *(f"{what}-{name}" for what in ("trial", "target") for name in imitated)}
    rest, trial = (vertices(folder / f"sub-01_task-facialmimicry_{name}.ply") for name in ("rest", "trial-fear"))
    assert 0 < np.abs(rest - trial).max() < 60, "an expression, in mm"
    coefficients = pd.read_csv(folder / "coefficients.csv", dtype={"participant": str})
    assert set(coefficients["participant"]) == {"01"}
    parquet = pd.read_parquet(folder / "coefficients.parquet")
    strengths = [name for name in map(str, coefficients) if name.startswith("score_")]
    assert len(strengths) > 5
    assert np.array_equal(coefficients[strengths].to_numpy(float), parquet[strengths].to_numpy(float))
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.rglob("*.*"))


def test_a_mesh_on_the_mean_face_has_no_identity(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(capsys, "export", dataset, "--what", "meshes", "--shape", "mean", "--out", tmp_path)

    assert done.status == 0, done.err
    assert "protect" not in done.out
    files = {file.name for file in tmp_path.glob("*.ply")}
    assert not any("rest" in name for name in files)
    assert not list(tmp_path.glob("*.csv"))
    model = load_model("toy")
    target = vertices(tmp_path / "sub-01_task-facialmimicry_target-anger.ply")
    moved = np.linalg.norm(target - model.mean, axis=1)
    assert np.median(moved) < 10, "the mean face with an expression"


def test_results_of_earlier_options_are_deleted(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = dataset / "derivatives" / "mimicry" / "export"
    for options in ((), ("--what", "landmarks")):
        assert run(capsys, "export", dataset, *options).status == 0
    assert {file.name for file in folder.iterdir() if file.is_file()} == {
        "landmarks.csv",
        "landmarks.json",
        "SHA256SUMS",
    }
    assert not list(folder.rglob("*.ply"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--what", "photos"], "photos is none of coefficients, landmarks, meshes"),
        (["--mesh-format", "stl"], "stl is none of ply, obj"),
        (["--shape", "none"], "none is none of own, mean"),
    ],
)
def test_unknown_words_are_refused(
    dataset: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    done = run(capsys, "export", dataset, *options)
    assert done.status == 2
    assert message in " ".join(done.err.replace("│", " ").split())
