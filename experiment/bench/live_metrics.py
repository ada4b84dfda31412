"""Compare the metrics of live feedback: which thresholds are reached, and by whom.

``python -m experiment.bench.live_metrics``.

Drawn people hold imitations of the targets of `protocols/facial_training.yaml` before a simulated camera: good ones,
ones halfway, and nothing. Each is measured as in training and smoothed as on the screen. ``--photos`` adds photographs
of real people, neutral and with a smile. `scripts/bench metrics` runs it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.images import read_image
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.combined import forget_parts
from analysis.face.similarity.metrics import metric
from analysis.terminal import progress
from experiment.bench.live_session import bench_plan, target_pictures
from experiment.bench.result import Result, ResultPart, print_results
from experiment.feedback.live_measurer import FaceMeasurer, distinctness
from experiment.feedback.messages import LiveReading
from experiment.feedback.score import ShownScore
from experiment.protocol.live_metrics import LIVE_METRICS
from experiment.protocol.plan import SessionPlan, Target
from experiment.simulation.person import SimulatedPerson, draw_simulated_person
from experiment.simulation.target_units import target_units
from experiment.simulation.trainee import NEUTRAL_FRAMES, NOVICE, Trainee

RATE_HZ = 10.0
FRAMES = 20
HOLD_S = 1.0
"""Time of a hold in the protocols that ship."""
SMILE = "happiness"
TIMED_FRAMES = 60
MOST = 0.9
"""Share of the right expressions that hold at the threshold by which metrics are compared."""
_SETTLED = 10
"""Frames after which the smoothed similarity is that of the expression."""


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One expression, held before the camera, against one target."""

    kind: str
    """``good``, ``halfway``, ``other`` (a good imitation of another emotion), ``rest`` or ``photo``."""
    metric: str
    target: str
    measured: FloatArray
    """Similarity of each frame."""
    shown: FloatArray
    """Similarity on the screen at each frame."""

    @property
    def held(self) -> float:
        """The highest similarity that is held for `HOLD_S`."""
        return highest_held(self.shown)


def highest_held(shown: FloatArray) -> float:
    """Return the highest threshold at which a hold of `HOLD_S` completes.

    Parameters
    ----------
    shown : (N,) float array
        Similarity on the screen, `RATE_HZ` values a second.
    """
    window = round(HOLD_S * RATE_HZ) + 1
    return float(np.lib.stride_tricks.sliding_window_view(shown, window).min(axis=1).max())


class Meter:
    """Measures expressions against all targets in all metrics.

    Parameters
    ----------
    plan
        Has the targets.
    model
        The face model.
    """

    def __init__(self, plan: SessionPlan, model: FaceModel) -> None:
        self.model = model
        self.measurer = FaceMeasurer(model, target_pictures(plan), metric_name="combined")

    def attempts(self, frames: Sequence[ImageArray], kind: str, targets: Sequence[str]) -> Iterator[Attempt]:
        """Yield the attempts of one expression; nothing if the face is lost.

        Parameters
        ----------
        frames : sequence of (H, W, 3) uint8 arrays
            Of a held expression.
        kind
            Of the attempts.
        targets
            Names of the targets to compare with.
        """
        faces = [self.measurer.face(frame) for frame in frames]
        found = [face for face in faces if not isinstance(face, str)]
        if len(found) < len(faces):
            return
        distinct = [distinctness(face.intensity_fit.displacement_mm(self.model), self.model) for face in found]
        for name in LIVE_METRICS:
            score = metric(name).score
            for target in targets:
                whole = self.measurer.targets[target]
                similarities = [score(whole, face, self.model) for face in found]
                shown, on_screen = ShownScore(), []
                for index, (value, share) in enumerate(zip(similarities, distinct, strict=True)):
                    on_screen.append(shown.add(LiveReading(None, value, distinct=share), index / RATE_HZ))
                yield Attempt(kind, name, target, np.array(similarities), np.array(on_screen))
        forget_parts()


def drawn_attempts(meter: Meter, person: SimulatedPerson, targets: Sequence[Target]) -> Iterator[Attempt]:
    """Yield all attempts of one drawn person.

    Parameters
    ----------
    meter
        Measures them.
    person
        Who imitates.
    targets
        The faces to imitate; other emotions are compared among the six of `EMOTIONS` alone.
    """
    names, model = [target.name for target in targets], meter.model
    for index, target in enumerate(targets):
        units = target_units(target, model)
        for kind, skill in (("good", person.skill), ("halfway", NOVICE)):
            trainee = Trainee(replace(person, skill=skill), model, units, attitude="follows")
            if index == 0 and kind == "good":
                meter.measurer.calibrate([trainee.film(at_rest=True) for _ in range(NEUTRAL_FRAMES)])
                yield from meter.attempts([trainee.film(at_rest=True) for _ in range(FRAMES)], "rest", names)
            frames = [trainee.film() for _ in range(FRAMES)]
            others = [name for name in EMOTIONS if kind == "good" and target.name in EMOTIONS and name != target.name]
            for attempt in meter.attempts(frames, kind, [target.name, *others]):
                yield attempt if attempt.target == target.name else replace(attempt, kind="other")


def photographed_attempts(meter: Meter, folder: Path) -> Iterator[Attempt]:
    """Yield attempts of photographed people who smile.

    Parameters
    ----------
    meter
        Measures them.
    folder
        Has ``NNN_neutral.jpg`` and ``NNN_smiling.jpg`` of each person.
    """
    files = sorted(folder.glob("*_smiling.jpg"))
    for file in progress(files, total=len(files), title="photographs"):
        meter.measurer.calibrate([read_image(file.with_name(file.name.replace("smiling", "neutral")))])
        frames = [read_image(file)] * 2  # the second one is tracked, as in training
        for attempt in meter.attempts(frames, "photo", EMOTIONS):
            steady = np.full(FRAMES, attempt.measured[-1] * attempt.shown[0] / (attempt.measured[0] or 1.0))
            yield replace(attempt, shown=steady, kind="photo" if attempt.target == SMILE else "photo, other")


def metric_results(attempts: Sequence[Attempt]) -> Iterator[Result]:
    """Yield which share of the attempts reaches the usual threshold of each metric.

    Parameters
    ----------
    attempts
        Of all people.
    """
    for name, usual in LIVE_METRICS.items():
        part = ResultPart(f"{name}, usual threshold {usual.hold:g}")
        own = [one for one in attempts if one.metric == name]
        for kind in dict.fromkeys(one.kind for one in own):
            held = np.array([one.held for one in own if one.kind == kind])
            low, quarter, middle, high = np.quantile(held, (0.1, 0.25, 0.5, 0.9)).tolist()
            share = float(np.mean(held >= usual.hold))
            yield part.note(
                f"{kind}: highest similarity held for {HOLD_S:g} s",
                f"{share:.0%} of {len(held)} complete a hold; median {middle:.2f}, 10 % {low:.2f}, 25 % {quarter:.2f}, "
                f"90 % {high:.2f}",
                share=share,
                median=middle,
                low=low,
                quarter=quarter,
                high=high,
            )
        yield from _separation(part, own)
        good = [one for one in own if one.kind == "good"]
        frame = float(np.median([one.measured.std() for one in good]))
        screen = float(np.median([one.shown[_SETTLED:].std() for one in good]))
        measured = f"{frame:.3f} of single frames, {screen:.3f} on the screen"
        yield part.note("standard deviation while an expression is held", measured, frames=frame, screen=screen)


def _separation(part: ResultPart, attempts: Sequence[Attempt]) -> Iterator[Result]:
    """Yield the threshold that most right expressions hold, and who else holds it.

    Metrics have different scales; these shares can be compared.
    """
    for right, others in (("good", ("halfway", "other", "rest")), ("photo", ("photo, other",))):
        held = [one.held for one in attempts if one.kind == right]
        if not held:
            continue
        threshold = float(np.quantile(held, 1.0 - MOST))
        shares = {kind: [one.held >= threshold for one in attempts if one.kind == kind] for kind in others}
        said = ", ".join(f"{kind} {np.mean(share):.0%}" for kind, share in shares.items() if share)
        what = f"threshold that {MOST:.0%} of {right} hold, and the share of the others"
        yield part.note(what, f"{threshold:.2f}: {said}", threshold=threshold)


def time_results(plan: SessionPlan, model: FaceModel) -> Iterator[Result]:
    """Yield the time of a tracked frame with each metric.

    Parameters
    ----------
    plan
        Has the targets.
    model
        The face model.
    """
    part, target = ResultPart("time"), plan.targets[0]
    units = target_units(target, model)
    trainee = Trainee(draw_simulated_person(0, model), model, units, attitude="follows")
    at_rest, clip = [trainee.film(at_rest=True) for _ in range(NEUTRAL_FRAMES)], [trainee.film() for _ in range(8)]
    measurers = {name: FaceMeasurer(model, target_pictures(plan), metric_name=name) for name in LIVE_METRICS}
    took: dict[str, list[float]] = {name: [] for name in LIVE_METRICS}
    for measurer in measurers.values():
        measurer.calibrate(at_rest)
        measurer.set_target(target.name, want_distance=False, want_forecast=False)
    for number in range(TIMED_FRAMES):  # by turns, because other programs may be busy
        for name, measurer in measurers.items():
            began_s = time.thread_time()
            measurer.measure(clip[number % len(clip)])
            took[name].append(1000.0 * (time.thread_time() - began_s))
    for name, times_ms in took.items():
        median = float(np.median(times_ms))
        yield part.note(f"{name}: processor time of a frame, median", f"{median:.1f} ms", ms=median)


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/bench metrics", description=__doc__)
    parser.add_argument("--people", type=int, default=10, help="drawn people; default 10")
    parser.add_argument("--seed", type=int, default=2000, help="of the first one; default 2000")
    parser.add_argument("--photos", metavar="DIR", type=Path, help="NNN_neutral.jpg and NNN_smiling.jpg of real people")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    given = parser.parse_args()
    if given.people < 1:
        parser.error(f"--people is {given.people}; give at least 1")
    if given.photos and not any(given.photos.glob("*_smiling.jpg")):
        parser.error(f"the folder {given.photos} has no NNN_smiling.jpg")
    model, plan = load_model(), bench_plan(seconds=1000)
    meter, found = Meter(plan, model), list[Attempt]()
    for seed in progress(range(given.seed, given.seed + given.people), total=given.people, title="drawn people"):
        found += drawn_attempts(meter, draw_simulated_person(seed, model), plan.targets)
    if given.photos:
        found += photographed_attempts(meter, given.photos)
    return print_results([*metric_results(found), *time_results(plan, model)], as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
