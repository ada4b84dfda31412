"""Simulated participants in the real window: reproducible frames, valid BIDS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis.face.models.registry import load_model
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.live_state.reading import seen_session
from experiment.simulation.drawing.states import camera_renderer, state_drawer
from experiment.simulation.keyframes import key_frames
from experiment.simulation.person import draw_simulated_person
from experiment.simulation.study.measuring import emotion_targets
from experiment.simulation.truth import FILE, read_truth
from experiment.simulation.visitor import person_seed
from tests.conftest import PROJECT
from tests.experiment.record.helpers import validate
from tests.experiment.simulation.rehearsing import assert_kept, key_indices

pytestmark = [pytest.mark.slow, pytest.mark.display]


@dataclass(frozen=True)
class Simulated:
    dataset: Path
    printed: str
    audit: dict[str, Any]
    """From `tests.experiment.session.first_use`."""


@pytest.fixture(scope="module")
def simulated(virtual_display: str, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """One simulated participant in the real window, with a report of what its session does for the first time."""
    dataset = tmp_path_factory.mktemp("simulated") / "data"
    options = ("--participants", "1", "--dataset", str(dataset), "--seed", "7")
    done = subprocess.run(
        [sys.executable, "-m", "tests.experiment.session.first_use", "simulate", "protocols/minimal.yaml", *options],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": virtual_display},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed, _, audit = done.stdout.rstrip().rpartition("\n")
    return Simulated(dataset, printed, json.loads(audit))


def test_the_drawing_thread_loads_nothing_inside_a_trial(simulated: Simulated) -> None:
    """No import, no file, no library, no new texture."""
    assert simulated.audit["trials"] == 3
    assert simulated.audit["in_trials"] == []
    assert simulated.audit["modules"] == []


def test_a_real_run_keeps_exactly_the_frames_of_its_seed(simulated: Simulated) -> None:
    dataset = simulated.dataset
    assert "sub-01: complete" in simulated.printed
    place = SessionPlace(dataset, "01", None)
    published = seen_session(dataset, "01", None)
    assert published is not None
    assert (published.state.phase, published.state.reason) == ("ended", "complete")
    assert {trial.outcome for trial in read_history(place).trials} == {"response"}
    # the same person, drawn in this process without a session
    model = load_model()
    person = draw_simulated_person(person_seed(7, "01"), model)
    shown = emotion_targets(model)
    targets = {name: shown[name] for name in ("happiness", "anger", "surprise")}
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
