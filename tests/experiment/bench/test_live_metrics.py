"""Thresholds of live feedback: what is reached, by the rule of a session."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from analysis.face.models.registry import load_model
from analysis.paths import PROTOCOLS
from experiment.bench.live_metrics import (
    FRAMES,
    HOLD_S,
    RATE_HZ,
    Attempt,
    Meter,
    drawn_attempts,
    highest_held,
    metric_results,
    photographed_attempts,
)
from experiment.bench.live_session import bench_plan
from experiment.feedback.hold import HoldDetector
from experiment.lab.rendered_targets import render_drawn
from experiment.protocol.live_metrics import LIVE_METRICS
from experiment.protocol.load import load_protocol
from experiment.protocol.planner import design
from experiment.simulation.person import draw_simulated_person
from experiment.simulation.target_units import target_units
from experiment.simulation.trainee import Trainee
from tests.conftest import shared_path


@pytest.mark.parametrize("seed", range(5))
def test_the_highest_similarity_held_completes_a_hold_and_a_higher_one_does_not(seed: int) -> None:
    shown = np.random.default_rng(seed).uniform(0.2, 0.9, 20)
    held = highest_held(shown)

    def completes(threshold: float) -> bool:
        hold = HoldDetector(threshold=threshold, window_s=HOLD_S - 1e-9)
        moments = [hold.add(number / RATE_HZ, shown=one, measured=one) for number, one in enumerate(shown.tolist())]
        return any(moments)

    assert completes(held)
    assert not completes(held + 1e-6)


def test_the_share_of_holds_is_that_at_the_usual_threshold() -> None:
    usual = LIVE_METRICS["units"].hold
    courses = [np.full(20, at) for at in (usual, usual - 0.01)]
    attempts = [Attempt("good", name, "anger", course, course) for name in LIVE_METRICS for course in courses]
    result = next(one for one in metric_results(attempts) if one.part.startswith("units") and "good" in one.what)

    assert result.values["share"] == 0.5


@pytest.fixture(scope="module")
def meter() -> Meter:
    return Meter(bench_plan(20), load_model())


def medians(attempts: Iterable[Attempt]) -> dict[tuple[str, str], float]:
    """The median similarity held, by metric and kind."""
    held: dict[tuple[str, str], list[float]] = {}
    for one in attempts:
        held.setdefault((one.metric, one.kind), []).append(one.held)
    return {key: float(np.median(values)) for key, values in held.items()}


@pytest.mark.slow
def test_a_good_imitation_is_held_in_every_metric_and_a_face_at_rest_in_none(meter: Meter) -> None:
    targets = [one for one in bench_plan(20).targets if one.name == "happiness"]
    held = medians(drawn_attempts(meter, draw_simulated_person(2000, meter.model), targets))

    for name, usual in LIVE_METRICS.items():
        assert held[name, "good"] > usual.hold > held[name, "rest"]
        assert held[name, "good"] > held[name, "other"]


@pytest.mark.slow
def test_a_photographed_smile_is_nearest_to_a_smile_in_every_metric(meter: Meter, tmp_path: Path) -> None:
    folder = shared_path("faces/london")
    for kind in ("neutral", "smiling"):
        shutil.copy(folder / f"001_{kind}.jpg", tmp_path)
    held = medians(photographed_attempts(meter, tmp_path))

    for name in LIVE_METRICS:
        assert held[name, "photo"] > held[name, "photo, other"] + 0.2


@pytest.mark.slow
def test_only_units_tell_a_movement_of_one_side_from_that_of_the_other() -> None:
    """As `LiveMetric.knows_sides` says, on which a warning of `validate` rests."""
    plan = design(load_protocol(PROTOCOLS / "facial_exercises.yaml"), participant="01", render=render_drawn)
    meter, person = Meter(plan, load_model()), draw_simulated_person(202, load_model())
    left = next(one for one in plan.targets if one.name == "smile-left")
    trainee = Trainee(person, meter.model, target_units(left, meter.model), attitude="follows")
    meter.measurer.calibrate([trainee.film(at_rest=True)])
    frames = [trainee.film() for _ in range(FRAMES)]
    for name, usual in LIVE_METRICS.items():
        found = [one for one in meter.attempts(frames, "good", ["smile-left", "smile-right"]) if one.metric == name]
        right, wrong = (one.held for one in found)

        assert (right - wrong > 0.5) is usual.knows_sides
