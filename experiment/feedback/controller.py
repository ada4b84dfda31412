"""Training as a session uses it.

Offer frames, ask for the next screen, learn when a hold is complete.

No method waits for a measurement or for the disk. Shown values are smoothed; stored values are as measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

import numpy as np

from analysis.face.arrays import ImageArray
from experiment.feedback.hold import Moment
from experiment.feedback.measurement_log import MeasurementLog
from experiment.feedback.measuring import Measuring
from experiment.feedback.messages import DISTANCE_SIZE_PX, FAULTS, shrink_image
from experiment.feedback.mirror import MirrorBuffer, StampedImage
from experiment.feedback.training_screen import captured_screen, starting_screen, time_out_screen, training_screen
from experiment.feedback.trial_state import NO_FEEDBACK, TrialState
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.plan import HOLD_MARGIN_S, SessionPlan, Trial
from experiment.record.journal_lines import LiveLine
from experiment.screens.screen import Screen

SHOWN_FAULTS = (*FAULTS, "no-camera", "starting", "restarting", "failed")
"""What may prevent a measurement, by the names of the texts on the screen."""
_CAMERA_SILENCE_S = 1.0
_ROWS_EVERY_S = 1.0


class Training:
    """Live feedback during one session.

    Parameters
    ----------
    plan
        Of the session; its language and colours are those of the screens.
    measuring
        Measures the camera frames.
    clock
        The clock of the session.
    """

    def __init__(self, plan: SessionPlan, measuring: Measuring, *, clock: Clock) -> None:
        self._plan = plan
        self._measuring = measuring
        self._clock = clock
        self._mirror = MirrorBuffer(plan.display.size_px, kept_s=plan.longest_hold_s + HOLD_MARGIN_S, clock=clock)
        self._trial: TrialState | None = None
        self._log = MeasurementLog(plan.live_metric)
        self._drawn: tuple[object, Screen] | None = None
        self._result: Screen | None = None
        self._is_warm = False
        self._best: dict[str, int] = {}

    def remember(self, target: str, similarity: float) -> None:
        """Note the similarity of an attempt; the best one of each target is shown.

        Parameters
        ----------
        target
            Its name.
        similarity
            As after a capture: that of the kept frame times its `LiveReading.distinct`, -1..1.
        """
        self._best[target] = max(self._best.get(target, 0), _percent(similarity))

    def offer(self, frame: CameraFrame) -> None:
        """Take the newest frame. Called by the camera's thread only; returns at once."""
        small = replace(frame, image=shrink_image(frame.image))
        self._mirror.add(small)
        self._measuring.offer(small)

    def check_ready(self) -> bool:
        """Return whether measuring has started or has failed for good."""
        self._measuring.latest()
        return self._measuring.state in ("ready", "failed")

    @property
    def is_warm(self) -> bool:
        """Whether a trial need not wait for the measurement.

        It answers at once, or has failed for good.
        """
        state = self._measuring.state
        return state == "failed" or (self._is_warm and state == "ready")

    def prepare(self, trial: Trial) -> Screen:
        """Measure against the target of a trial; return a screen for meanwhile.

        The first measurement takes seconds: the process starts, calibrates, and loads what draws the coloured face.
        """
        self._is_warm = False
        self._set_target(trial)
        return starting_screen(self._plan)

    def check_warm(self) -> bool:
        """Take the newest measurement; return `is_warm`."""
        newest = self._measuring.latest()
        if newest is not None and newest.target is not None:
            self._is_warm = True
            self._measuring.set_target(None)
        return self.is_warm

    def calibrate(self, frames: Sequence[CameraFrame]) -> None:
        """Take these frames as the trainee's neutral face, instead of earlier ones."""
        self.calibrate_pictures([frame.image for frame in frames])

    def calibrate_pictures(self, neutrals: Sequence[ImageArray]) -> None:
        """Take these pictures as the trainee's neutral face, instead of earlier ones.

        Parameters
        ----------
        neutrals : sequence of (H, W, 3) uint8 arrays
            RGB.
        """
        self._is_warm = False
        self._measuring.calibrate(neutrals)

    def rehearsal(self, trial: Trial) -> Sequence[Screen]:
        """Return the screens of a trial, for a display to load beforehand.

        Hints are not among them.
        """
        now_s = self._clock.now()
        state = TrialState(trial, self._plan, now_s, best=self._best.get(trial.target.name))
        state.add(None, self._measuring.info, now_s)
        mirror = self._mirror.newest
        blank = np.zeros((*DISTANCE_SIZE_PX, 3), dtype=np.uint8)
        view = state.view(fault=None, mirror=None if mirror is None else mirror[1])
        view = replace(view, similarity=0.5, distance=blank)
        views = [
            *(replace(view, number=number, hint=view.words["close"]) for number in (123, 456, 789, 0)),
            view,
            replace(view, held=0.5, hint=view.words["holding"]),
            *(replace(view, fault=name) for name in SHOWN_FAULTS),
        ]
        captured = captured_screen(view), captured_screen(replace(view, best=0, number=1))
        return [*captured, time_out_screen(view), *map(training_screen, views)]

    def begin(self, trial: Trial, now_s: float) -> None:
        """Begin a trial: its target is about to be shown."""
        self._trial = TrialState(trial, self._plan, now_s, best=self._best.get(trial.target.name))
        self._set_target(trial)
        self._drawn = self._result = None
        self._log = MeasurementLog(self._plan.live_metric)

    def screen(self, now_s: float) -> Screen:
        """Return what the next flip shows, with the newest measurement.

        The same object as before if nothing has changed, so that a display need not draw it again.
        """
        trial = self._current()
        trial.add(self._measuring.latest(), self._measuring.info, now_s)
        mirror = self._mirror.newest
        fault = self._fault(trial, mirror, now_s)
        content = (trial.version, fault, None if mirror is None else mirror[0])
        if self._drawn is None or self._drawn[0] != content:
            view = trial.view(fault=fault, mirror=None if mirror is None else mirror[1])
            self._drawn = (content, training_screen(view))
        return self._drawn[1]

    def flipped(self, flip: Flip) -> Moment | None:
        """Note that the screen is on the display.

        Return the best moment if this flip completes a hold.
        """
        trial = self._current()
        shown = trial.take_unshown()
        if shown is not None:
            self._log.add(shown, shown_s=flip.time_s, hint=trial.hints.hint)
        return trial.take_locked()

    def answer(self, time_s: float, *, by: Literal["key", "time"] = "key") -> Moment:
        """Return the best moment before a key press or the end of a hold by time.

        Without a measurement, it is the key press or that end.
        """
        trial = self._current()
        trial.answer = replace(trial.hold.best_before(time_s), by=by)
        return trial.answer

    def rows(self) -> Iterator[LiveLine]:
        """Yield the frames measured since the last call, as columns.

        About once a second, and after `end`.
        """
        columns = self._log.take_columns(self._clock.now(), every_s=0.0 if self._trial is None else _ROWS_EVERY_S)
        if columns is not None:
            yield columns

    def end(self) -> Mapping[str, Any]:
        """End the trial and return the fields of its record (JSON).

        Similarities are as measured.
        """
        trial = self._current()
        self._trial = self._drawn = None
        self._measuring.set_target(None)
        moment, hold = trial.answer, trial.step.hold
        self._result = self._result_screen(trial, moment)
        return {
            "similarity": None if moment is None else moment.similarity,
            "distinct": None if moment is None else moment.distinct,
            "locked_by": None if moment is None else moment.by,
            "locked_frame_s": None if moment is None else moment.time_s,
            "hold": None if hold is None else asdict(hold),
            **self._log.summary(),
            "hints": dict(trial.hints.counts),
            "troubles": dict(trial.fault_counts),
            "measuring_restarts": self._measuring.restarts,
            "measuring_problem": self._measuring.fault,
        }

    def afterwards(self) -> Screen | None:
        """Return the screen until the next trial: the captured frame, or the time-out.

        None for a capture in a group without a gauge.
        """
        return self._result

    def close(self) -> None:
        """End the measuring process."""
        self._measuring.close()

    def _set_target(self, trial: Trial) -> None:
        wanted = trial.feedback or NO_FEEDBACK
        self._measuring.set_target(trial.target.name, want_distance=wanted.difference, want_forecast=wanted.hint)

    def _result_screen(self, trial: TrialState, moment: Moment | None) -> Screen | None:
        if moment is None:
            newest = self._mirror.newest
            view = trial.view(fault=None, mirror=None if newest is None else newest[1], with_arrows=False)
            return time_out_screen(replace(view, number=trial.highest))
        if moment.similarity is None:
            return None
        similarity = moment.similarity * moment.distinct
        self.remember(trial.step.target.name, similarity)
        if not trial.feedback.gauge:
            return None
        view = trial.view(fault=None, mirror=self._mirror.nearest(moment.time_s), with_arrows=False)
        return captured_screen(replace(view, number=_percent(similarity)))

    def _current(self) -> TrialState:
        if self._trial is None:
            raise RuntimeError("no training trial has begun")
        return self._trial

    def _fault(self, trial: TrialState, mirror: StampedImage | None, now_s: float) -> str | None:
        if not trial.shows_measurement:
            return None
        state = self._measuring.state
        if state != "ready":
            return state
        if mirror is None or now_s - mirror[0] > _CAMERA_SILENCE_S:
            return "no-camera"
        return trial.status.shown


def _percent(similarity: float) -> int:
    return round(100.0 * max(similarity, 0.0))
