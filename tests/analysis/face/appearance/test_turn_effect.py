"""The change of appearance of a turned face as it would be facing the camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.appearance.gradients import SHAPE, mirrored_descriptor
from analysis.face.appearance.population import population
from analysis.face.appearance.turn_effect import (
    FACTORS,
    HALF,
    TurnEffect,
    join_halves,
    split_halves,
    turn_effect,
)
from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError
from analysis.face.fitting.learned_arrays import read_learned


def change(rng: np.random.Generator) -> FloatArray:
    return rng.normal(size=SHAPE)


def drawn_effect(rng: np.random.Generator) -> TurnEffect:
    """Any average, and covariances of full rank."""
    return TurnEffect(
        mean=rng.normal(size=HALF),
        effect=rng.normal(size=(5, HALF)),
        variances=rng.uniform(0.5, 2.0, (2, 4, HALF)),
        factors=rng.normal(size=(2, 4, FACTORS, HALF)) / 5.0,
    )


def test_the_parts_of_a_change_together_are_the_change(rng: np.random.Generator) -> None:
    one = change(rng)
    parts = split_halves(one)
    assert_allclose(join_halves(parts, np.zeros(SHAPE))[population().face > 1e-3], one[population().face > 1e-3])
    assert (parts**2).sum() * 2.0 == pytest.approx(float((population().weights * one**2).sum()))


def test_the_mirror_image_has_the_opposite_antisymmetric_part(rng: np.random.Generator) -> None:
    one = change(rng)
    assert_allclose(split_halves(mirrored_descriptor(one)), split_halves(one) * [[1.0], [-1.0]], atol=1e-12)


def test_a_face_that_faces_the_camera_keeps_its_change(rng: np.random.Generator) -> None:
    one = change(rng)
    assert_allclose(turn_effect().facing(one, (0.0, 0.0)), one)
    almost = turn_effect().facing(one, (1e-4, -1e-4))
    seen = population().weights > 1e-3 * population().weights.max()
    assert_allclose(almost[seen], one[seen], atol=1e-3)


@pytest.mark.parametrize(("turn", "chin"), [((9.0, 12.0), 2), ((9.0, -12.0), 3)])
def test_the_prediction_is_that_of_whole_covariances(
    turn: tuple[float, float], chin: int, rng: np.random.Generator
) -> None:
    """Equation 2, with covariances written out and one solution of the whole system."""
    known, one = drawn_effect(rng), change(rng)
    yaw, pitch = turn[0] / 15.0, turn[1] / 15.0
    average = [
        yaw**2 * known.effect[0] + pitch * known.effect[1] + pitch**2 * known.effect[2],
        yaw * known.effect[3] + yaw * pitch * known.effect[4],
    ]
    mean = [known.mean, np.zeros(HALF)]
    expected = []
    for k in range(2):
        whole = [np.diag(known.variances[k, q]) + known.factors[k, q].T @ known.factors[k, q] for q in range(4)]
        noise = yaw**2 * whole[1] + pitch**2 * whole[chin]
        away = split_halves(one)[k] - average[k] - mean[k]
        expected.append(mean[k] + whole[0] @ np.linalg.solve(whole[0] + noise, away))
    assert_allclose(split_halves(known.facing(one, turn)), expected, atol=1e-9)


def test_the_mirror_image_of_a_turned_face_faces_the_camera_as_the_mirror_image(rng: np.random.Generator) -> None:
    one = change(rng)
    found = turn_effect().facing(one, (12.0, -5.0))
    mirrored = turn_effect().facing(mirrored_descriptor(one), (-12.0, -5.0))
    assert_allclose(mirrored, mirrored_descriptor(found), atol=1e-9)


def test_neutral_pictures_with_the_same_turn_remove_the_average_and_half_of_the_error(
    rng: np.random.Generator,
) -> None:
    known, one = drawn_effect(rng), change(rng)
    turn = (15.0, 0.0)
    expected = []
    for k, mean in enumerate((known.mean, np.zeros(HALF))):
        whole = [np.diag(known.variances[k, q]) + known.factors[k, q].T @ known.factors[k, q] for q in (0, 1)]
        away = split_halves(one)[k] - mean
        expected.append(mean + whole[0] @ np.linalg.solve(whole[0] + whole[1] / 2.0, away))
    assert_allclose(split_halves(known.facing(one, turn, turn)), expected, atol=1e-9)


def test_the_error_left_by_turned_neutral_pictures_has_the_direction_from_them_to_the_picture(
    rng: np.random.Generator,
) -> None:
    """The chin is 6 degrees up, and 12 degrees below that of the neutral pictures."""
    known, one = drawn_effect(rng), change(rng)
    expected = []
    for k, mean in enumerate((known.mean, np.zeros(HALF))):
        whole = [np.diag(known.variances[k, q]) + known.factors[k, q].T @ known.factors[k, q] for q in range(4)]
        noise = 0.4**2 / 2.0 * whole[2] + 0.8**2 / 2.0 * whole[3]
        average = (0.4 - 1.2) * known.effect[1] + (0.4**2 - 1.2**2) * known.effect[2]
        away = split_halves(one)[k] - mean - (average if k == 0 else 0.0)
        expected.append(mean + whole[0] @ np.linalg.solve(whole[0] + noise, away))
    assert_allclose(split_halves(known.facing(one, (0.0, 6.0), (0.0, 18.0))), expected, atol=1e-9)


def test_larger_turns_are_treated_as_the_largest_learned_one(rng: np.random.Generator) -> None:
    one = change(rng)
    assert_allclose(turn_effect().facing(one, (28.0, 24.0)), turn_effect().facing(one, (20.0, 20.0)))


def test_in_the_file_that_ships_a_lowered_chin_alters_more_than_a_raised_one() -> None:
    known = turn_effect()
    whole = known.variances.sum(axis=2) + (known.factors**2).sum(axis=(2, 3))
    assert whole[0, 3] > whole[0, 2]
    assert (known.variances > 0).all()


def test_saved_arrays_are_read_again(rng: np.random.Generator, tmp_path: Path) -> None:
    drawn_effect(rng).save(tmp_path / "turns.npz")
    shapes = {"mean": (HALF,), "effect": (5, HALF), "variances": (2, 4, HALF), "factors": (2, 4, FACTORS, HALF)}
    again = read_learned(tmp_path / "turns.npz", shapes)
    assert again["variances"].min() > 0.49
    with pytest.raises(AnalysisError, match="another version"):
        read_learned(tmp_path / "turns.npz", {"mean": (1,)})
