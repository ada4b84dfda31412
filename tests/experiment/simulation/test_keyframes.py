"""The short way to a session's frames gives the frames of the session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.face.models.registry import load_model
from experiment.simulation.drawn_pictures import PersonDrawer, make_renderer
from experiment.simulation.keyframes import key_frames
from experiment.simulation.movement import FaceState
from experiment.simulation.person import draw_person
from experiment.simulation.target_units import units_of_blend
from tests.conftest import PROJECT
from tests.experiment.simulation.rehearsing import assert_kept, fingerprint, plan_of, rehearse, small_person


class FingerprintDrawer:
    """Draws fingerprints as sessions of tests do."""

    def draw(self, state: FaceState) -> np.ndarray:
        return fingerprint(state)


def test_key_frames_are_those_a_session_keeps(tmp_path: Path) -> None:
    model = load_model()
    done = rehearse(plan_of(PROJECT / "protocols" / "minimal.yaml"), tmp_path / "data", model, seed=5)
    goals = {name: units_of_blend({name: 1.0}, model) for name in ("happiness", "anger", "surprise")}

    frames = list(key_frames(small_person(5, model), goals, model, FingerprintDrawer()))  # type: ignore[arg-type]

    assert [frame.target for frame in frames] == ["neutral"] * 10 + list(goals)
    assert_kept(done.place, frames)


@pytest.mark.slow
def test_the_same_person_is_drawn_pixel_for_pixel_the_same(tmp_path: Path) -> None:
    model = load_model()
    goals = {"fear": units_of_blend({"fear": 1.0}, model)}
    drawn = []
    for _ in range(2):
        person = draw_person(11, model)
        drawer = PersonDrawer(person, model, make_renderer(model))
        drawn.append([frame.image for frame in key_frames(person, goals, model, drawer, neutrals=2)])

    assert len(drawn[0]) == 3
    for one, again in zip(*drawn, strict=True):
        assert np.array_equal(one, again)
