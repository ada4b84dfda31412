"""One trial: fixation, target, response or time-out, ratings. Follows the plan and says what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.ports.keyboard import KeyPress
from experiment.protocol.plan import CameraSettings, Trial
from experiment.record.values import PendingCapture, TrialResult
from experiment.screens import step_screens
from experiment.screens.screen import Screen
from experiment.screens.step_screens import Look
from experiment.session.display_loop import Stage, StepInterrupted, Tick

CAPTURE_MARGIN_S = 1.0
"""How long the frames after a key press may take beyond their due time."""


class Moment(Protocol):
    """The instant a trainee's imitation counts for."""

    @property
    def time_s(self) -> float:
        """On the clock of the session."""
        ...


class LiveTraining(Protocol):
    """Live measurement and what trainees see of it; `experiment.feedback.controller.Training` is one."""

    def calibrate(self, frames: Sequence[CameraFrame]) -> None:
        """Take the participant's neutral face."""
        ...

    def rehearsal(self, trial: Trial) -> Sequence[Screen]:
        """Return screens of a trial for the display to load beforehand."""
        ...

    def begin(self, trial: Trial, now_s: float) -> None:
        """Start measuring against a trial's target."""
        ...

    def screen(self, now_s: float) -> Screen:
        """Return what the next flip shows."""
        ...

    def flipped(self, flip: Flip) -> Moment | None:
        """Note a flip; a moment when a hold is completed."""
        ...

    def answer(self, time_s: float) -> Moment:
        """Return the best moment of a key press."""
        ...

    def rows(self) -> Iterable[Mapping[str, Any]]:
        """Return measurements for the journal."""
        ...

    def end(self) -> Mapping[str, Any]:
        """Stop measuring; what goes into the trial's line."""
        ...

    def afterwards(self) -> Screen | None:
        """Return what is shown between the last trial and the next; None for nothing."""
        ...

    def close(self) -> None:
        """Stop for good."""
        ...


@dataclass(slots=True)
class Attempt:
    """A trial while it runs."""

    trial: Trial
    fixation_s: float | None = None
    onset_s: float | None = None
    offset_s: float | None = None
    key: str | None = None
    anchor_s: float | None = None
    capture: PendingCapture | None = None
    early: list[KeyPress] = field(default_factory=list)
    """Keys pressed before the target was there: never a response."""
    held: list[KeyPress] = field(default_factory=list)
    """Repetitions of a key held down: never a response."""
    ratings: dict[str, int] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    def listen(self, presses: Sequence[KeyPress], *, until_s: float | None = None) -> KeyPress | None:
        """Sort presses into early, held and the response; returns the response if it is among them."""
        for press in presses:
            if press.key not in self.trial.respond_keys:
                continue
            if press.is_repeat:
                self.held.append(press)
            elif self.onset_s is None or press.time_s < self.onset_s:
                self.early.append(press)
            elif until_s is None or press.time_s < until_s:
                return press
        return None

    def result(
        self, stage: Stage, outcome: Literal["response", "timeout", "aborted"], *, problem: str | None = None
    ) -> TrialResult:
        """Return the trial as it is recorded. The target must have been shown."""
        assert self.onset_s is not None
        log = stage.take_log()
        trial = self.trial
        details: dict[str, Any] = {**self.training}
        if log.late:
            details["late"] = [[late.index, late.missed] for late in log.late]
        if self.early:
            details["before_onset_s"] = [round(press.time_s - self.onset_s, 6) for press in self.early]
        if self.held:
            details["held_repeats"] = len(self.held)
        return TrialResult(
            id=trial.id,
            block=trial.block,
            kind=trial.kind,
            index=trial.index,
            target=trial.target.name,
            expression=trial.target.expression,
            outcome=outcome,
            fixation_s=self.fixation_s,
            onset_s=self.onset_s,
            offset_s=stage.clock.now() if self.offset_s is None else self.offset_s,
            key=self.key,
            anchor_s=self.anchor_s,
            condition=trial.condition,
            ratings=self.ratings,
            late_flips=len(log.late),
            missed_frames=log.missed,
            flip_times_s=log.times_s,
            problem=problem,
            details=details,
        )


class TrialRunner:
    """Runs trials on a stage.

    Parameters
    ----------
    record
        Takes every attempt at which the target was seen, with the frames of its key press.
    tell
        Hears of events as they happen: name, time, target.
    training
        Live feedback, for trials that have some.
    on_measured
        Takes rows of live measurements.
    """

    def __init__(
        self,
        stage: Stage,
        look: Look,
        camera: CameraSettings,
        *,
        record: Callable[[TrialResult, PendingCapture | None], None],
        tell: Callable[[str, float, str | None], None],
        training: LiveTraining | None = None,
        on_measured: Callable[[float, Mapping[str, Any]], None] | None = None,
    ) -> None:
        self._stage = stage
        self._look = look
        self._camera = camera
        self._record = record
        self._tell = tell
        self._training = training
        self._on_measured = on_measured

    def run(self, trial: Trial) -> int:
        """Run one trial; handed to the record when it returns.

        Returns
        -------
        int
            How many frames the display has been blank at its end: they belong to the time between trials.

        Raises
        ------
        StepInterrupted, KeyboardInterrupt, CameraError
            After recording the attempt as aborted, if the target had been seen.
        """
        attempt = Attempt(trial)
        target, blank = step_screens.target(self._look, trial), step_screens.blank(self._look)
        live = self._live(trial)
        self._stage.prepare(
            [
                *([target] if live is None else live.rehearsal(trial)),
                *(step_screens.rating(self._look, rating) for rating in trial.ratings),
            ]
        )
        self._stage.start_log()
        try:
            self._fixate(attempt)
            blank_frames = self._show_target(attempt, target, blank)
            self._rate(attempt)
        except StepInterrupted as interruption:
            self._abort(attempt, f"camera-{interruption.fault}" if interruption.fault else interruption.why)
            raise
        except (KeyboardInterrupt, CameraError):
            self._abort(attempt, "stopped")
            raise
        self._record(
            attempt.result(self._stage, "response" if attempt.anchor_s is not None else "timeout"), attempt.capture
        )
        return 0 if trial.ratings else blank_frames

    def _abort(self, attempt: Attempt, problem: str) -> None:
        if attempt.onset_s is not None:
            self._end_training(attempt)
            self._record(attempt.result(self._stage, "aborted", problem=problem), attempt.capture)

    def _fixate(self, attempt: Attempt) -> None:
        cross, frames = step_screens.fixation(self._look), attempt.trial.fixation_frames
        passed = 0
        while passed < frames:
            tick = self._stage.show(cross)
            if attempt.fixation_s is None:
                attempt.fixation_s = tick.flip.time_s
                self._tell("fixation", tick.flip.time_s, None)
            passed += tick.periods if passed else 1
            attempt.listen(tick.presses)

    def _show_target(self, attempt: Attempt, target: Screen, blank: Screen) -> int:
        """Show the target until the response, the time-out or the end of its own time, whichever comes first.

        Returns how many blank frames were shown since.
        """
        trial, stage = attempt.trial, self._stage
        live = self._live(trial)
        if live is not None:
            live.begin(trial, stage.clock.now())
        tick = stage.show(live.screen(stage.clock.now()) if live else target)
        attempt.onset_s = tick.flip.time_s
        self._tell("target", tick.flip.time_s, trial.target.name)
        passed = 0  # refreshes since the onset
        while not self._answered(attempt, tick, live):
            if trial.timeout_frames is not None and passed + 1 >= trial.timeout_frames:
                break
            gone = trial.target_frames is not None and passed + 1 >= trial.target_frames
            if gone and trial.timeout_frames is None:
                break
            tick = stage.show(blank if gone else live.screen(stage.clock.now()) if live else target)
            passed += tick.periods
            if gone and attempt.offset_s is None:
                attempt.offset_s = tick.flip.time_s
        last = stage.show(blank)
        if attempt.offset_s is None:
            attempt.offset_s = last.flip.time_s
        blank_frames = 1
        if attempt.anchor_s is None and not self._answered(attempt, last, live, until_s=last.flip.time_s):
            # A press just before the end may be handed on by its driver just after it: what counts is its time.
            tick = stage.show(blank)
            blank_frames += tick.periods
            self._answered(attempt, tick, live, until_s=last.flip.time_s)
        if attempt.anchor_s is None:
            self._tell("timeout", last.flip.time_s, trial.target.name)
        self._end_training(attempt)
        return blank_frames

    def _answered(
        self, attempt: Attempt, tick: Tick, live: LiveTraining | None, *, until_s: float | None = None
    ) -> bool:
        """Look for a response in what a frame brought; asks the camera for its frames at once."""
        moment_s: float | None = None
        press = attempt.listen(tick.presses, until_s=until_s)
        if live is not None:
            held = live.flipped(tick.flip)
            self._measured(live, tick.flip.time_s)
            if held is not None and press is None:
                attempt.key, moment_s = "hold", held.time_s
            elif press is not None:
                moment_s = live.answer(press.time_s).time_s
        if press is not None:
            attempt.key = press.key
            attempt.anchor_s = press.time_s
        elif moment_s is not None:
            attempt.anchor_s = moment_s
        if attempt.anchor_s is None:
            return False
        self._tell("response", attempt.anchor_s, attempt.trial.target.name)
        camera = self._stage.camera
        if camera is None:
            return True
        if not self._stage.camera_works():
            raise StepInterrupted("camera", "stalled")
        attempt.capture = camera.capture(
            attempt.anchor_s if moment_s is None else moment_s,
            before=self._camera.keep_before,
            after=self._camera.keep_after,
            timeout_s=self._camera.keep_after / self._camera.rate_hz + CAPTURE_MARGIN_S,
        )
        return True

    def _rate(self, attempt: Attempt) -> None:
        for scale in attempt.trial.ratings:
            keys = [str(number + 1) for number in range(len(scale.labels))]
            press = self._stage.wait_for_key(step_screens.rating(self._look, scale), *keys)
            assert press is not None
            attempt.ratings[scale.id] = int(press.key)
            self._tell("rating", press.time_s, attempt.trial.target.name)

    def _end_training(self, attempt: Attempt) -> None:
        live = self._live(attempt.trial)
        if live is not None:
            attempt.training = live.end()
            self._measured(live, self._stage.clock.now())

    def afterwards(self, trial: Trial) -> Screen:
        """Return what is shown between a trial that is over and the next."""
        live = self._live(trial)
        return (live.afterwards() if live is not None else None) or step_screens.blank(self._look)

    def _live(self, trial: Trial) -> LiveTraining | None:
        """What measures during a trial, if anything does."""
        return self._training if trial.is_live else None

    def _measured(self, live: LiveTraining, time_s: float) -> None:
        for row in live.rows():
            if self._on_measured is not None:
                self._on_measured(time_s, row)
