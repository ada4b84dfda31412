"""Example of a training screen, measured on a drawn face on its way to the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from analysis.face.arrays import ImageArray
from analysis.face.models.drawn_face import DrawnFace
from experiment.feedback.live_measurer import FaceMeasurer, FaceMeasurerFactory, TargetPictures
from experiment.feedback.messages import Measurement
from experiment.feedback.training_screen import MIRROR_ASPECT, training_screen
from experiment.feedback.trial_state import TrialState
from experiment.protocol.plan import SessionPlan, Target, Trial
from experiment.screens.screen import Screen

FRAMES = 45
"""Number of frames that are measured: a hint is shown after it was the best one for some time."""
RATE_HZ = 30.0
_TARGET_SHARE = 0.4
_OTHER_EMOTIONS, _OTHER_STRENGTH = ("fear", "anger", "happiness"), 0.8
"""What the example shows in addition to the target, so that there is something to correct."""


class TrainingExamples:
    """Makes examples of training screens.

    Parameters
    ----------
    render
        Gives the pictures of faces that are drawn.
    """

    def __init__(self, render: Callable[[Sequence[DrawnFace]], Sequence[Path]]) -> None:
        self._render = render
        self._measurers: dict[FaceMeasurerFactory, FaceMeasurer] = {}

    def screen(self, plan: SessionPlan, trial: Trial) -> Screen | None:
        """Return the screen of a trial; None if a target of the plan cannot be measured.

        Parameters
        ----------
        plan
            The plan of the session.
        trial
            A trial with feedback.
        """
        from analysis.face.errors import AnalysisError
        from analysis.face.images import read_image

        target, feedback = trial.target, trial.feedback
        assert feedback is not None
        try:
            trained = _trained(plan)
            # All at once: one renderer draws those that are missing.
            files = self._render([DrawnFace(), *map(_on_the_way, trained)])
            at_rest, on_the_way = read_image(files[0]), read_image(files[1 + trained.index(target)])
            measurer = self._measurer(trained, plan)
            measurer.calibrate([at_rest])
            measurer.set_target(target.name, want_distance=feedback.difference, want_forecast=feedback.hint)
            state = TrialState(trial, plan, 0.0)
            for frame in range(FRAMES):
                time_s = frame / RATE_HZ
                reading = measurer.measure(on_the_way)
                measured = Measurement(reading, target.name, frame, time_s, time_s, time_s, time_s)
                state.add(measured, measurer.info, time_s)
        except AnalysisError:
            return None
        return training_screen(state.view(fault=None, mirror=_cropped(on_the_way)))

    def _measurer(self, targets: Sequence[Target], plan: SessionPlan) -> FaceMeasurer:
        """Return a measurer that knows some targets."""
        background = plan.display.background
        pictures = tuple(TargetPictures(one.name, one.image, one.neutral, background) for one in targets)
        factory = FaceMeasurerFactory(pictures, metric=plan.live_metric)
        if factory not in self._measurers:
            self._measurers[factory] = factory()
        return self._measurers[factory]


def _trained(plan: SessionPlan) -> list[Target]:
    """Return the targets of all training trials of a plan."""
    steps = (step for step in plan.steps if isinstance(step, Trial) and step.feedback)
    return list({step.target.name: step.target for step in steps}.values())


def _on_the_way(target: Target) -> DrawnFace:
    """Return a face with less than half of a target, and much of another emotion.

    It shows only the other emotion if the strengths of the target are not known, and none for single movements.
    """
    from analysis.face.models.emotions import EMOTIONS

    shape = dict(target.blend or target.units)
    if not shape and target.expression in EMOTIONS:
        shape = {target.expression: 1.0}
    weaker = {name: _TARGET_SHARE * strength for name, strength in shape.items()}
    other = next((name for name in _OTHER_EMOTIONS if name not in weaker), None)
    if other is None or not set(weaker) <= set(EMOTIONS):
        return DrawnFace(weaker)
    return DrawnFace({**weaker, other: _OTHER_STRENGTH})


def _cropped(picture: ImageArray) -> ImageArray:
    """Return the middle of a picture with the proportions of the mirror."""
    height, width = picture.shape[:2]
    wanted = min(width, round(height * MIRROR_ASPECT))
    left = (width - wanted) // 2
    return picture[:, left : left + wanted]
