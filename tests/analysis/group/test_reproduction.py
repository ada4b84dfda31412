"""The R script and the notebook next to the data compute the same numbers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.group.analyse import analyse
from analysis.group.reproduction_files import SOURCES, write_reproduction
from analysis.group.result_files import write_statistics
from analysis.group.study_files import write_frames
from tests.analysis.group.simulated import simulated_study

NUMBERS = ["value", "low", "high", "p"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a study with groups, sessions, a condition and missing trials."""
    made = tmp_path_factory.mktemp("reproduction")
    frames = simulated_study(
        np.random.default_rng(5),
        participants=8,
        targets=("anger", "fear", "happiness"),
        sessions=("pre", "post"),
        groups=("control", "live"),
        levels=("fast", "slow"),
        effect=0.05,
        effect_spread=0.1,
        missing=0.04,
        noise=0.2,
    )
    write_frames(frames, made)
    write_statistics(analyse(frames), made)
    write_reproduction(made)
    return made


@pytest.mark.slow  # R fits three mixed models
def test_the_r_script_computes_the_same_numbers_with_lme4(folder: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("needs R")
    installed = subprocess.run(["Rscript", "-e", "library(lme4)"], capture_output=True, check=False)
    if installed.returncode:
        pytest.skip("needs the R package lme4")

    done = subprocess.run(["Rscript", "group.R"], cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    found = pd.read_csv(folder / "statistics_r.csv")
    assert set(found["analysis"]) == {
        "mean", "rank1", "rank1-by-expression", "icc", "contrast", "ancova", "lmm", "glmm", "learning",
    }  # fmt: skip
    for analysis, rows in found.groupby("analysis"):
        is_logistic, is_random = analysis == "glmm", str(analysis).startswith("rank1")
        is_fitted = analysis in ("lmm", "learning")
        assert rows["r_value"].notna().all()
        for name in NUMBERS:
            rtol, atol = (0.02, 0.02) if is_logistic else (1e-3, 1e-5) if is_fitted else (1e-6, 0.03 * is_random)
            assert_allclose(rows[f"r_{name}"], rows[name], rtol=rtol, atol=atol, err_msg=f"{analysis}, {name}")


def test_the_notebook_computes_the_same_numbers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads((folder / "group.ipynb").read_text())
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)

    again, stored = names["again"], pd.read_csv(folder / "statistics.csv")
    assert isinstance(again, pd.DataFrame)
    assert again["value"].notna().all()
    for analysis, rows in stored.groupby("analysis"):
        rtol, atol = (5e-3, 1e-4) if analysis in ("lmm", "glmm", "learning") else (1e-6, 1e-9)
        for name in NUMBERS:
            ours = again.loc[rows.index, name]
            assert_allclose(ours, rows[name], rtol=rtol, atol=atol, err_msg=f"{analysis}, {name}")


def test_the_notebook_uses_no_models_of_the_program() -> None:
    source = (SOURCES / "notebook.md").read_text("utf-8")

    assert re.findall(r"^from (analysis\S*) import", source, re.MULTILINE) == [
        "analysis",
        "analysis.inference.intervals",
    ]


def test_a_wrong_number_is_found(folder: Path, tmp_path: Path) -> None:
    """The script compares with the numbers of the file, not with themselves."""
    if shutil.which("Rscript") is None:
        pytest.skip("needs R")
    for name in ("trials.csv", "group.R"):
        shutil.copy(folder / name, tmp_path)
    statistics = pd.read_csv(folder / "statistics.csv")
    changed = statistics[statistics["analysis"] == "mean"].copy()
    changed["value"] += 0.5
    changed.to_csv(tmp_path / "statistics.csv", index=False)

    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["Rscript", "group.R"], cwd=tmp_path, capture_output=True, text=True, check=True, env=environment
    )

    assert "0.5" in done.stdout
