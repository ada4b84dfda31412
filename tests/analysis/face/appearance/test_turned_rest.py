"""Neutral pictures with deliberate turns of the head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.appearance.gradients import SHAPE
from analysis.face.appearance.part_statistics import Seen, noise_terms
from analysis.face.appearance.turned_rest import TurnedRest, facing
from analysis.face.fitting.fitted_face import Identity
from analysis.face.measurement import NEUTRAL, DetectedFace, PersonSteps, Picture, PictureFits, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.people import Photograph, draw_person

TURNS = {"front-1": (0.0, 0.0), "front-2": (2.0, 1.0), "front-3": (-2.0, -1.0), "left": (-12.0, 0.0), "up": (0.0, 11.0)}
LOOKS = {"front-1": 0.1, "front-2": 0.2, "front-3": 0.3, "left": 0.6, "up": 0.8, "smile": 1.0, "smile-left": 1.0}


def seen(look: float) -> Seen:
    return Seen(np.full(SHAPE, look), 60.0)


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([], []),
        ([(20.0, 5.0)], [True]),
        ([(-3.0, 0.0), (3.0, 4.0)], [True, True]),
        ([(-11.0, 0.0), (11.0, 0.0)], [True, True]),
        (list(TURNS.values()), [True, True, True, False, False]),
        ([(10.0, 5.0), (11.0, 4.0), (0.0, 5.0)], [True, True, True]),
        ([(10.0, 5.0), (11.0, 4.0), (9.0, 4.0), (0.0, 5.0)], [True, True, True, False]),
    ],
)
def test_a_picture_is_turned_that_differs_from_most(turns: list[tuple[float, float]], expected: list[bool]) -> None:
    """With fewer than three near the middle of all, none is taken for turned."""
    assert facing(turns).tolist() == expected


def test_the_rest_is_that_of_the_nearest_turn() -> None:
    rest = TurnedRest(tuple(seen(LOOKS[name]) for name in TURNS), tuple(TURNS.values()))
    assert_allclose(rest.at((-30.0, 0.0)), 0.6, atol=0.001)
    assert_allclose(rest.at((0.0, 40.0)), 0.8, atol=0.001)
    # In front, those that face the camera: exp(-5 / 32) for two of them, and a little of those 11 and 12 degrees away.
    weights = np.exp(-np.array([0.0, 5.0, 5.0, 144.0, 121.0]) / 32.0)
    assert_allclose(rest.at((0.0, 0.0)), weights @ [0.1, 0.2, 0.3, 0.6, 0.8] / weights.sum())
    assert [one.edges.flat[0] for one in rest.near((0.0, 0.0))] == [0.1, 0.2, 0.3]


class Looks(PersonSteps):
    """Every picture has one amount of edges everywhere, by its file name."""

    def fit(self, face: DetectedFace, identity: Identity, model: FaceModel) -> PictureFits:
        edges = np.full(SHAPE, LOOKS[face.picture.path.stem])
        return replace(super().fit(face, identity, model), edges=edges)


def test_turned_neutral_pictures_are_the_rest_of_turned_faces_and_not_part_of_the_identity() -> None:
    model, rng = load_model(), np.random.default_rng(3)
    person = draw_person("ann", len(model.identity), rng)
    names = model.bases["units"].names
    smile = np.array([0.8 * ("mouthSmile" in name) for name in names])

    def face(name: str, turn: tuple[float, float], units: np.ndarray, label: str) -> DetectedFace:
        scene = person.turned(yaw_deg=turn[0], pitch_deg=turn[1])
        landmarks = Photograph(person, label, units, scene).exact_landmarks(model)
        return DetectedFace(Picture(Path(f"{name}.png"), label), landmarks)

    neutrals = [face(name, turn, np.zeros(len(names)), NEUTRAL) for name, turn in TURNS.items()]
    smiles = [face("smile", (0.0, 0.0), smile, "smile"), face("smile-left", (-12.0, 0.0), smile, "smile")]

    measured = measure_person("ann", [*neutrals, *smiles], model, steps=Looks())

    assert measured.identity is not None
    assert measured.identity.frames == 3
    front, left = measured.faces
    assert_allclose(front.turn_deg, (0.0, 0.0), atol=1.5)
    assert_allclose(left.turn_deg, (-12.0, 0.0), atol=2.0)
    assert_allclose(front.rest_turn_deg, (0.0, 0.0), atol=1.5)
    assert_allclose(left.rest_turn_deg, (-12.0, 0.0), atol=2.0)
    assert front.appearance is not None
    assert left.appearance is not None
    assert_allclose(front.appearance, 0.8, atol=0.08)
    assert_allclose(left.appearance, 0.4, atol=0.05)
    eyes_px = left.landmarks.eye_distance_px
    near = Seen(np.full(SHAPE, 0.6), neutrals[3].landmarks.eye_distance_px)
    assert left.noise_terms == pytest.approx(noise_terms(Seen(np.full(SHAPE, 1.0), eyes_px), [near]))
