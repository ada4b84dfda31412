"""One trial: fixation, target, response or time-out.

`experiment.session.trial_questions` asks the questions after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.ports.keyboard import KeyPress
from experiment.ports.recording_permission import NoFrameReason
from experiment.protocol.plan import TONES_AFTER_S, SessionPlan, Trial
from experiment.record.journal_lines import HOLD, LiveLine
from experiment.record.values import PendingCapture, TrialOutcome, TrialResult
from experiment.screens import step_screens
from experiment.screens.exercise_screens import with_hold_bar
from experiment.screens.moving_targets import MovingTargets, Samples
from experiment.screens.question_screens import question_screen
from experiment.screens.screen import Screen
from experiment.screens.sounds import hold_tones, load_sound, success_sound
from experiment.screens.style import Style
from experiment.session.attention import Attention
from experiment.session.display_loop import DisplayLoop, StepInterrupted, Tick
from experiment.session.playback import Playback, ShownTarget, StillTarget
from experiment.session.sounding import SoundingTarget

CAPTURE_MARGIN_S = 1.0
"""How long the frames after a key press may take beyond their due time."""


class AnsweringMoment(Protocol):
    """The moment that answers a training trial (`experiment.feedback.hold.Moment`)."""

    @property
    def time_s(self) -> float:
        """When the frame to keep was captured, on the clock of the session."""
        ...


class LiveFeedback(Protocol):
    """Live feedback of training trials (`experiment.feedback.controller.Training`)."""

    def calibrate(self, frames: Sequence[CameraFrame]) -> None:
        """Measure the participant's neutral face."""
        ...

    @property
    def is_warm(self) -> bool:
        """Whether a trial need not wait for the measurement."""
        ...

    def prepare(self, trial: Trial) -> Screen:
        """Measure against the target of a trial; return a screen for meanwhile."""
        ...

    def check_warm(self) -> bool:
        """Take the newest measurement; return `is_warm`."""
        ...

    def rehearsal(self, trial: Trial) -> Sequence[Screen]:
        """Return the screens of a trial that the display loads before the trial."""
        ...

    def begin(self, trial: Trial, now_s: float) -> None:
        """Start to measure against the target of a trial."""
        ...

    def screen(self, now_s: float) -> Screen:
        """Return the screen of the next flip."""
        ...

    def flipped(self, flip: Flip) -> AnsweringMoment | None:
        """Record a flip; return the best moment of a hold if one is complete."""
        ...

    def answer(self, time_s: float, *, by: Literal["key", "time"] = "key") -> AnsweringMoment:
        """Return the best moment before a key press, or before the end of a hold by time."""
        ...

    def rows(self) -> Iterable[LiveLine]:
        """Return measurements for the journal."""
        ...

    def end(self) -> Mapping[str, Any]:
        """Stop measuring; return the details of the trial for the journal."""
        ...

    def afterwards(self) -> Screen | None:
        """Return the screen between this trial and the next; None for a blank one."""
        ...

    def close(self) -> None:
        """Stop the measurement process."""
        ...


@dataclass(slots=True)
class Attempt:
    """One attempt at a trial while it runs."""

    trial: Trial
    attention: Attention
    fixation_s: float | None = None
    baseline_s: float | None = None
    onset_s: float | None = None
    offset_s: float | None = None
    key: str | None = None
    anchor_s: float | None = None
    capture: PendingCapture | None = None
    early: list[KeyPress] = field(default_factory=list)
    """Keys pressed before the onset of the target; never a response."""
    held: list[KeyPress] = field(default_factory=list)
    """Repetitions of a key held down; never a response."""
    training: Mapping[str, Any] = field(default_factory=dict)
    shown: ShownTarget | None = None
    """The target, with a record of what was shown of it."""
    success_sound_s: float | None = None
    """When the sound of a complete hold was started."""
    no_frame_reason: NoFrameReason | None = None
    """Why no camera frames may be kept."""
    filmed: bool = False
    """Whether the film contains the trial."""

    def find_response(self, presses: Sequence[KeyPress], *, until_s: float | None = None) -> KeyPress | None:
        """Sort out early and held presses; return the first response before ``until_s``."""
        for press in presses:
            if press.key not in self.trial.answer_keys:
                continue
            if press.is_repeat:
                self.held.append(press)
            elif self.onset_s is None or press.time_s < self.onset_s:
                self.early.append(press)
            elif until_s is None or press.time_s < until_s:
                return press
        return None

    def result(self, loop: DisplayLoop, outcome: TrialOutcome, *, fault: str | None = None) -> TrialResult:
        """Return the values to record. The target must have been shown.

        Parameters
        ----------
        loop
            Has the log of flips since the start of the attempt.
        outcome
            How the attempt ended.
        fault
            Why an attempt was aborted.
        """
        assert self.onset_s is not None
        log = loop.take_log()
        trial = self.trial
        details: dict[str, Any] = {**self.training, **(self.shown.details() if self.shown is not None else {})}
        if log.late:
            details["late"] = [[late.index, late.missed] for late in log.late]
        if self.success_sound_s is not None:
            details["success_sound_s"] = round(self.success_sound_s - self.onset_s, 6)
        if self.early:
            details["before_onset_s"] = [round(press.time_s - self.onset_s, 6) for press in self.early]
        if self.held:
            details["held_repeats"] = len(self.held)
        offset_s = loop.clock.now() if self.offset_s is None else self.offset_s
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
            offset_s=offset_s,
            key=self.key,
            anchor_s=self.anchor_s,
            condition=trial.condition,
            late_flips=len(log.late),
            missed_frames=log.missed,
            flip_times_s=log.times_s,
            problem=fault or self.no_frame_reason,
            details=details,
            baseline_s=self.baseline_s,
            filmed=self.filmed if trial.is_viewing else None,
            probe=self.attention.result(self.onset_s, offset_s),
        )


class TrialRunner:
    """Runs trials.

    Parameters
    ----------
    loop
        Shows screens, reads the keyboard and has the camera.
    plan
        The plan of the session.
    record
        Called with every attempt whose target was shown, and the frames of its key press.
    notify
        Called with every event as it happens: name, time, target.
    feedback
        Live feedback, for training trials.
    on_measured
        Called with the time and the values of every live measurement.
    """

    def __init__(
        self,
        loop: DisplayLoop,
        plan: SessionPlan,
        *,
        record: Callable[[TrialResult, PendingCapture | None], None],
        notify: Callable[[str, float, str | None], None],
        feedback: LiveFeedback | None,
        on_measured: Callable[[float, LiveLine], None],
    ) -> None:
        self._loop = loop
        self._style = Style.of(plan)
        self._moving = MovingTargets(loop.display.size_px[1], plan.display.background)
        self._sounds: dict[Path, Samples] = {}
        self._camera = plan.camera
        self._record = record
        self._notify = notify
        self._feedback = feedback
        self._on_measured = on_measured

    def run(self, trial: Trial) -> int:
        """Run one attempt at a trial and record it.

        Returns
        -------
        int
            Number of blank frames shown at the end of the trial; they belong to the time between trials.

        Raises
        ------
        StepInterrupted, KeyboardInterrupt, CameraError
            After recording the attempt as aborted, if the target was shown.
        """
        attention = Attention(trial, self._loop.period_s)
        attempt = Attempt(trial, attention, no_frame_reason=self._loop.permission.no_frame_reason)
        attempt.filmed = self._loop.films and trial.film and attempt.no_frame_reason is None
        attempt.shown = shown = self._shown_target(trial)
        blank = step_screens.blank(self._style)
        feedback = self._feedback_of(trial)
        self._loop.prepare(
            [
                *(self._rehearsal(trial, shown) if feedback is None else feedback.rehearsal(trial)),
                *(question_screen(self._style, asked) for asked in trial.asked),
            ]
        )
        self._loop.start_log()
        try:
            self._show_fixation(attempt)
            show = self._show_viewed if trial.is_viewing else self._show_target
            blank_frames = show(attempt, shown, blank)
        except StepInterrupted as interruption:
            self._abort(attempt, f"camera-{interruption.fault}" if interruption.fault else interruption.reason)
            raise
        except (KeyboardInterrupt, CameraError):
            self._abort(attempt, "stopped")
            raise
        self._record(attempt.result(self._loop, _outcome(attempt)), attempt.capture)
        return blank_frames

    def _shown_target(self, trial: Trial) -> ShownTarget:
        """Return the target of a trial, all frames of one that moves."""
        shown = self._silent_target(trial)
        sound = self._loop.sound
        if sound is not None and trial.tones and trial.timed_hold is not None:
            sound.load(hold_tones(trial.timed_hold * self._loop.period_s))
            return SoundingTarget(shown, sound, kind="hold-tones")
        if sound is not None and trial.has_success_sound:
            sound.load(success_sound())
        if sound is None or trial.target.sound is None:
            return shown
        sound.load(self._samples_of(trial.target.sound))
        return SoundingTarget(shown, sound, kind="file")

    def _samples_of(self, file: Path) -> Samples:
        """Return the samples of a sound file, which is read once."""
        if file not in self._sounds:
            self._sounds[file] = load_sound(file)
        return self._sounds[file]

    def _silent_target(self, trial: Trial) -> ShownTarget:
        """Return the target without its sound file; a clip may have its own sound."""
        picture = None if trial.is_live else self._moving.of(trial.target)
        if picture is None:
            return StillTarget(step_screens.target(self._style, trial))
        screens = step_screens.target_frames(self._style, trial, picture)
        samples = self._moving.sound_of(trial.target)
        sound = None if samples is None else self._loop.sound
        if sound is not None and samples is not None:
            sound.load(samples)
        return Playback(picture, screens, period_s=self._loop.period_s, sound=sound)

    def _rehearsal(self, trial: Trial, shown: ShownTarget) -> list[Screen]:
        """Return the screens of the target that the display loads before the trial."""
        first = shown.next()
        return [first] if trial.probe is None else [first, step_screens.with_dot(first, trial.probe)]

    def must_load(self, trial: Trial) -> bool:
        """Return whether a trial has a moving target that is not in memory."""
        return not trial.is_live and not self._moving.has(trial.target)

    def load_moving(self, trial: Trial) -> Screen | None:
        """Load the moving target of a trial; return a screen of it, None without one."""
        picture = self._moving.of(trial.target)
        return None if picture is None else step_screens.target_frames(self._style, trial, picture)[0]

    def load(self, trials: Iterable[Trial]) -> Iterator[Screen]:
        """Load the sounds of trials, and moving targets while there is memory.

        Yield a screen of each, with the dot of its probe.
        """
        largest = 0
        for trial in trials:
            if trial.target.sound is not None and self._loop.sound is not None:
                self._samples_of(trial.target.sound)
            if trial.target.motion is None or trial.is_live or self._moving.free_bytes < largest:
                continue
            picture = self._moving.of(trial.target)
            assert picture is not None
            largest = max(largest, picture.size_bytes)
            first = step_screens.target_frames(self._style, trial, picture)[0]
            yield first if trial.probe is None else step_screens.with_dot(first, trial.probe)

    def screen_after(self, trial: Trial) -> Screen:
        """Return the screen between a trial and the next."""
        feedback = self._feedback_of(trial)
        return (feedback.afterwards() if feedback is not None else None) or step_screens.blank(self._style)

    def _abort(self, attempt: Attempt, fault: str) -> None:
        if attempt.shown is not None:
            attempt.shown.end()
        if attempt.onset_s is not None:
            self._end_feedback(attempt)
            self._record(attempt.result(self._loop, "aborted", fault=fault), attempt.capture)

    def _show_fixation(self, attempt: Attempt) -> None:
        cross, passed = step_screens.fixation(self._style, attempt.trial), 0
        while passed < attempt.trial.fixation_frames:
            tick = self._loop.show(cross)
            if attempt.fixation_s is None:
                attempt.fixation_s = tick.flip.time_s
                self._notify("fixation", tick.flip.time_s, None)
            passed += tick.periods if passed else 1
            left = attempt.trial.fixation_frames - passed + 1  # refreshes from this flip to the onset
            if attempt.baseline_s is None and left <= attempt.trial.baseline_frames:
                attempt.baseline_s = tick.flip.time_s
                self._notify("baseline", tick.flip.time_s, attempt.trial.target.name)
            attempt.find_response(tick.presses)
            attempt.attention.take(tick.presses)

    def _show_viewed(self, attempt: Attempt, shown: ShownTarget, blank: Screen) -> int:
        """Show the target of a viewing trial for its time, with the probe if it has one.

        Returns the number of blank frames shown after it.
        """
        trial, loop, probe, refresh = attempt.trial, self._loop, attempt.trial.probe, 0
        assert trial.target_frames is not None
        while refresh < trial.target_frames:
            screen, has_dot = shown.next(), probe is not None and probe.is_shown_at(refresh)
            tick = loop.show(step_screens.with_dot(screen, probe) if probe is not None and has_dot else screen)
            shown.flipped(tick, loop.logged - 1)
            refresh += tick.periods if attempt.onset_s is not None else 1
            self._see(attempt, tick, has_dot=has_dot)
        last = loop.show(blank)
        shown.end()
        attempt.offset_s = last.flip.time_s
        self._notify("target-end", last.flip.time_s, trial.target.name)
        self._see(attempt, last, has_dot=False)
        if trial.probe_key is None:
            return 1
        # The driver may deliver a press just before the end one frame later; its time decides.
        tick = loop.show(blank)
        self._see(attempt, tick, has_dot=False)
        return 1 + tick.periods

    def _see(self, attempt: Attempt, tick: Tick, *, has_dot: bool) -> None:
        """Note the times of a flip of a viewing trial, and the presses of the probe's key."""
        name, time_s = attempt.trial.target.name, tick.flip.time_s
        if attempt.onset_s is None:
            attempt.onset_s = time_s
            self._notify("target", time_s, name)
        if attempt.attention.see_flip(time_s, has_dot=has_dot):
            self._notify("probe", time_s, name)
        answer = attempt.attention.take(tick.presses)
        if answer is not None:
            self._notify("probe-response", answer.time_s, name)

    def _show_target(self, attempt: Attempt, shown: ShownTarget, blank: Screen) -> int:
        """Show the target until the response, the time-out or the end of its duration.

        A hold by time ends it as well. Returns the number of blank frames shown after it.
        """
        trial, loop = attempt.trial, self._loop
        feedback, hold = self._feedback_of(trial), trial.timed_hold
        if feedback is not None:
            feedback.begin(trial, loop.clock.now())
        tick = loop.show(self._target_screen(trial, shown, passed=0))
        shown.flipped(tick, loop.logged - 1)
        attempt.onset_s = tick.flip.time_s
        self._notify("target", tick.flip.time_s, trial.target.name)
        passed = 0  # refreshes since the onset
        while not self._is_answered(attempt, tick, feedback, is_held=hold is not None and passed + 1 >= hold):
            if trial.timeout_frames is not None and passed + 1 >= trial.timeout_frames:
                break
            is_over = trial.target_frames is not None and passed + 1 >= trial.target_frames
            if is_over and trial.timeout_frames is None:
                break
            tick = loop.show(blank if is_over else self._target_screen(trial, shown, passed=passed + 1))
            passed += tick.periods
            if not is_over:
                shown.flipped(tick, loop.logged - 1)
            elif attempt.offset_s is None:
                attempt.offset_s = tick.flip.time_s
        last = loop.show(blank)
        if attempt.offset_s is None:
            attempt.offset_s = last.flip.time_s
        blank_frames = 1 + self._play_last_tone(attempt, blank)
        shown.end()
        self._play_success(attempt)
        if attempt.anchor_s is None and not self._is_answered(attempt, last, feedback, until_s=last.flip.time_s):
            # The driver may deliver a press just before the end one frame later; its time decides.
            tick = loop.show(blank)
            blank_frames += tick.periods
            self._is_answered(attempt, tick, feedback, until_s=last.flip.time_s)
        if attempt.anchor_s is None:
            self._notify("timeout", last.flip.time_s, trial.target.name)
        self._end_feedback(attempt)
        return blank_frames

    def _play_success(self, attempt: Attempt) -> None:
        """Start the sound of a complete hold; nothing without a sound device."""
        sound = self._loop.sound
        if sound is not None and attempt.key == HOLD and attempt.trial.has_success_sound:
            sound.start()
            attempt.success_sound_s = self._loop.clock.now()

    def _play_last_tone(self, attempt: Attempt, blank: Screen) -> int:
        """Show blank frames until the last tone of a hold is over; return their number.

        The trial is answered: the pause key does not interrupt it.
        """
        if not attempt.trial.tones or attempt.key != HOLD or self._loop.sound is None:
            return 0
        frames = self._loop.frames(TONES_AFTER_S) - 1
        passed = 0
        with self._loop.uninterruptible():
            while passed < frames:
                passed += self._loop.show(blank).periods
        return passed

    def _target_screen(self, trial: Trial, shown: ShownTarget, *, passed: int) -> Screen:
        """Return the screen of a refresh since the onset of the target, from 0."""
        feedback, hold = self._feedback_of(trial), trial.timed_hold
        target = feedback.screen(self._loop.clock.now()) if feedback else shown.next()
        return target if hold is None else with_hold_bar(target, passed / hold)

    def _is_answered(
        self,
        attempt: Attempt,
        tick: Tick,
        feedback: LiveFeedback | None,
        *,
        until_s: float | None = None,
        is_held: bool = False,
    ) -> bool:
        """Return whether a frame brought the response; then request its camera frames.

        ``is_held``: a hold by time is over, which is a response too.
        """
        press = attempt.find_response(tick.presses, until_s=until_s)
        moment_s = None  # the moment to capture, if it is not that of the key press
        if feedback is not None:
            hold = feedback.flipped(tick.flip)
            self._record_measurements(feedback, tick.flip.time_s)
            if press is not None:
                moment_s = feedback.answer(press.time_s).time_s
            elif hold is not None:
                moment_s = hold.time_s
            elif is_held:
                moment_s = feedback.answer(tick.flip.time_s, by="time").time_s
        elif is_held and press is None:
            moment_s = tick.flip.time_s
        if press is not None:
            attempt.key, attempt.anchor_s = press.key, press.time_s
        elif moment_s is not None:
            attempt.key, attempt.anchor_s = HOLD, moment_s
        else:
            return False
        self._notify("response", attempt.anchor_s, attempt.trial.target.name)
        camera = self._loop.camera
        if camera is None or attempt.no_frame_reason is not None:
            return True
        if not self._loop.camera_works():
            raise StepInterrupted("camera", "stalled")
        attempt.capture = camera.capture(
            attempt.anchor_s if moment_s is None else moment_s,
            before=self._camera.keep_before,
            after=self._camera.keep_after,
            timeout_s=self._camera.keep_after / self._camera.rate_hz + CAPTURE_MARGIN_S,
        )
        return True

    def _end_feedback(self, attempt: Attempt) -> None:
        feedback = self._feedback_of(attempt.trial)
        if feedback is not None:
            attempt.training = feedback.end()
            self._record_measurements(feedback, self._loop.clock.now())

    def _feedback_of(self, trial: Trial) -> LiveFeedback | None:
        """Return the live feedback if the trial has some."""
        return self._feedback if trial.is_live else None

    def _record_measurements(self, feedback: LiveFeedback, time_s: float) -> None:
        for row in feedback.rows():
            self._on_measured(time_s, row)


def _outcome(attempt: Attempt) -> TrialOutcome:
    """Return the outcome of an attempt that was not interrupted."""
    if attempt.trial.is_viewing:
        return "viewed"
    return "timeout" if attempt.anchor_s is None else "response"
