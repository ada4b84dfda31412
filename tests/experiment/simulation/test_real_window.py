"""Simulated participants in the real window: reproducible frames, valid BIDS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import prototype
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.simulation.drawing.states import camera_renderer, state_drawer
from experiment.simulation.keyframes import key_frames
from experiment.simulation.person import draw_simulated_person
from experiment.simulation.truth import FILE, read_truth
from experiment.simulation.visitor import person_seed
from tests.conftest import PROJECT
from tests.experiment.record.helpers import validate
from tests.experiment.simulation.rehearsing import assert_kept, key_indices

pytestmark = [pytest.mark.slow, pytest.mark.display]


def simulate(display: str, *arguments: str | Path) -> str:
    command = [sys.executable, "run_experiment.py", "simulate", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_real_run_keeps_exactly_the_frames_of_its_seed(virtual_display: str, tmp_path: Path) -> None:
    dataset = tmp_path / "data"

    printed = simulate(
        virtual_display, "protocols/minimal.yaml", "--participants", "1", "--dataset", dataset, "--seed", "7"
    )

    assert "sub-01: complete" in printed
    place = SessionPlace(dataset, "01", None)
    assert {trial.outcome for trial in read_history(place).trials} == {"response"}
    # the same person, drawn in this process without a session
    model = load_model()
    person = draw_simulated_person(person_seed(7, "01"), model)
    names = model.bases["units"].names
    targets = {name: prototype(name, names) for name in ("happiness", "anger", "surprise")}
    draw = state_drawer(person, camera_renderer(model.name))
    frames = list(key_frames(person, targets, model, draw=draw))
    assert_kept(place, frames)
    # the true expressions of these frames
    truth = {row["index"]: row for row in read_truth(place.source / FILE)}
    assert {target: truth[index]["act"] for target, index in key_indices(place).items()} == {
        target: f"{target}-1" for target in targets
    }
    assert (place.source / FILE).stat().st_mode & 0o077 == 0
    errors, _ = validate(dataset)
    assert errors == []
