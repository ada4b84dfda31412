"""Fits of many pictures at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.errors import FaceTurnedError, FitError
from analysis.face.fitting.box_qp import minimise_in_box
from analysis.face.fitting.fit import calibrate_identity, fit_expression, fit_expressions
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings, Identity
from analysis.face.fitting.many_views import minimise_in_boxes
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.people import Photograph, draw_person

SETTINGS = FitSettings(ridge=INTENSITY_RIDGE)
BASES = ("units", "emotions")


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def person(model: FaceModel) -> tuple[Identity, list[Landmarks]]:
    """Noisy landmarks of a person who moves: eight expressions, one head turned too far, one that is not a face."""
    rng = np.random.default_rng(5)
    who = draw_person("ann", len(model.identity), rng)
    names = model.bases["units"].names

    def seen(units: np.ndarray, yaw_deg: float) -> Landmarks:
        exact = Photograph(who, "x", units, who.turned(yaw_deg=yaw_deg)).exact_landmarks(model)
        return Landmarks(exact.points_px + rng.normal(scale=0.5, size=(68, 2)), exact.image_size)

    identity = calibrate_identity([seen(np.zeros(len(names)), yaw) for yaw in (-4.0, 0.0, 4.0)], model)
    shown = [seen(rng.uniform(size=len(names)) * (rng.uniform(size=len(names)) < 0.2), yaw) for yaw in range(-8, 8, 2)]
    no_face = Landmarks(rng.uniform(100, 400, size=(68, 2)), shown[0].image_size)
    return identity, [*shown, seen(np.zeros(len(names)), 45.0), no_face]


def test_fits_together_are_the_fits_of_single_pictures(
    model: FaceModel, person: tuple[Identity, list[Landmarks]]
) -> None:
    identity, faces = person
    for face, fits in zip(
        faces[:8], fit_expressions(faces, model, identity, bases=BASES, settings=SETTINGS), strict=False
    ):
        assert isinstance(fits, tuple)
        for basis, fit in zip(BASES, fits, strict=True):
            alone = fit_expression(face, model, identity, basis=basis, settings=SETTINGS)
            assert_allclose(fit.expression, alone.expression, atol=1e-7)
            assert_allclose(fit.pose.rotation, alone.pose.rotation, atol=1e-9)
            assert_allclose(fit.pose.translation_mm, alone.pose.translation_mm, atol=1e-5)
            assert_allclose(fit.uncertainty, alone.uncertainty, rtol=1e-6)
            assert_allclose(fit.neutral_shift, alone.neutral_shift, atol=1e-7)
            assert fit.basis == basis


def test_a_picture_that_cannot_be_fitted_keeps_its_reason(
    model: FaceModel, person: tuple[Identity, list[Landmarks]]
) -> None:
    identity, faces = person
    fits = fit_expressions(faces, model, identity, bases=BASES, settings=SETTINGS)
    assert isinstance(fits[8], FaceTurnedError)
    assert isinstance(fits[9], FitError)
    wrong = Landmarks(np.full((68, 2), np.nan), faces[0].image_size)
    refused, kept = fit_expressions([wrong, faces[0]], model, identity, bases=BASES, settings=SETTINGS)
    assert isinstance(refused, FitError)
    assert isinstance(kept, tuple)


def test_a_fit_does_not_depend_on_the_other_pictures(
    model: FaceModel, person: tuple[Identity, list[Landmarks]]
) -> None:
    identity, faces = person
    together = fit_expressions(faces, model, identity, bases=BASES, settings=SETTINGS)
    for some in ([3], [6, 2], [0, 1, 2, 3, 4]):
        parts = fit_expressions([faces[one] for one in some], model, identity, bases=BASES, settings=SETTINGS)
        for one, part in zip(some, parts, strict=True):
            whole = together[one]
            assert isinstance(part, tuple)
            assert isinstance(whole, tuple)
            for fit, same in zip(part, whole, strict=True):
                assert_array_equal(fit.expression, same.expression)
                assert_array_equal(fit.pose.rotation, same.pose.rotation)


def test_bounded_problems_together_have_the_solutions_of_each() -> None:
    rng = np.random.default_rng(2)
    factors = rng.normal(size=(20, 8, 8))
    hessian = factors @ factors.transpose(0, 2, 1) + 0.5 * np.eye(8)
    linear = rng.normal(scale=3.0, size=(20, 8))
    start = np.clip(rng.normal(size=(20, 8)), 0.0, 1.0)

    found = minimise_in_boxes(hessian, linear, start=start)

    alone = [minimise_in_box(*one[:2], start=one[2]) for one in zip(hessian, linear, start, strict=True)]
    assert_allclose(found, alone, atol=1e-10)
    assert ((found == 0.0) | (found == 1.0)).any(axis=1).sum() > 10
