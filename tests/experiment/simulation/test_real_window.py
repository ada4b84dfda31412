"""Simulated participants in the real window: the frames of a real run are those their seed says; BIDS is content."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.face.store import load_model
from experiment.record.history import read_history
from experiment.record.journal import read_journal
from experiment.record.layout import SessionPlace
from experiment.simulation.goals import units_of_blend
from experiment.simulation.keyframes import key_frames
from experiment.simulation.person import draw_person
from experiment.simulation.pictures import PersonDrawer, make_renderer
from experiment.simulation.sitting import person_seed
from experiment.simulation.truth import FILE, read_truth
from tests.conftest import PROJECT
from tests.experiment.record.helpers import validate

pytestmark = [pytest.mark.slow, pytest.mark.display]


def simulate(display: str, *arguments: str | Path) -> str:
    command = [sys.executable, "run_experiment.py", "simulate", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_real_run_keeps_the_very_frames_its_seed_says(virtual_display: str, tmp_path: Path) -> None:
    dataset = tmp_path / "data"

    printed = simulate(
        virtual_display, "protocols/minimal.yaml", "--participants", "1", "--dataset", dataset, "--seed", "7"
    )

    assert "sub-01: complete" in printed
    place = SessionPlace(dataset, "01", None)
    history = read_history(place)
    assert {trial["outcome"] for trial in history.trials} == {"response"}
    # the same person, drawn in this process without a session
    model = load_model()
    person = draw_person(person_seed(7, "01"), model)
    goals = {name: units_of_blend({name: 1.0}, model) for name in ("happiness", "anger", "surprise")}
    frames = list(key_frames(person, goals, model, PersonDrawer(person, model, make_renderer(model))))
    kept = {trial["target"]: trial["id"] for trial in history.trials}
    for number, frame in enumerate(frames):
        if frame.target == "neutral":
            file = place.frames / "baseline" / f"neutral-{number + 1:02d}.png"
        else:
            (file,) = place.frames.glob(f"*-{kept[frame.target]}/key.png")
        assert np.array_equal(np.asarray(Image.open(file)), frame.image), file
    # the truth beside the record is about these frames
    truth = {row["index"]: row for row in read_truth(place.source / FILE)}
    for entry in read_journal(place.journal).entries:
        if entry.event == "trial":
            (key,) = (one for one in entry.data["frames"] if one["role"] == "key")
            assert truth[key["index"]]["act"] == f"{entry.data['target']}-1"
    assert (place.source / FILE).stat().st_mode & 0o077 == 0
    errors, _ = validate(dataset)
    assert errors == []
