"""Key frames drawn without a session are those of the session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import prototype
from experiment.simulation.drawing.states import camera_renderer, state_drawer
from experiment.simulation.keyframes import key_frames
from experiment.simulation.person import draw_simulated_person
from experiment.simulation.study.measuring import emotion_targets
from tests.conftest import PROJECT
from tests.experiment.simulation.rehearsing import assert_kept, fingerprint, plan_of, rehearse, small_person


def test_key_frames_are_those_a_session_keeps(tmp_path: Path) -> None:
    model = load_model()
    done = rehearse(plan_of(PROJECT / "protocols" / "minimal.yaml"), tmp_path / "data", model, seed=5)
    shown = emotion_targets(model)
    targets = {name: shown[name] for name in ("happiness", "anger", "surprise")}

    frames = list(key_frames(small_person(5, model), targets, model, draw=fingerprint))

    assert [frame.target for frame in frames] == ["neutral"] * 10 + list(targets)
    assert_kept(done.place, frames)


@pytest.mark.slow
def test_the_same_person_is_drawn_pixel_for_pixel_the_same(tmp_path: Path) -> None:
    model = load_model()
    targets = {"fear": prototype("fear", model.bases["units"].names)}
    drawn = []
    for _ in range(2):
        person = draw_simulated_person(11, model)
        draw = state_drawer(person, camera_renderer(model.name))
        drawn.append([frame.image for frame in key_frames(person, targets, model, draw=draw, neutrals=2)])

    assert len(drawn[0]) == 3
    for one, again in zip(*drawn, strict=True):
        assert np.array_equal(one, again)
