"""One session: run the steps of a plan in order and record everything.

The devices are ports, so that a session is the same with real and simulated ones. `experiment.screens.step_screens`
composes the screens; trials and questionnaires have their own modules. This module has the order of steps, pauses, and
the wait for a camera with a fault.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from experiment.ports.camera import CameraFrame
from experiment.protocol.plan import (
    Break,
    Calibration,
    Clause,
    Consent,
    Form,
    Page,
    SessionPlan,
    Step,
    Trial,
    TrialQuestion,
)
from experiment.protocol.trials.criterion import Outcome, is_needed
from experiment.record.captured import captured_similarity
from experiment.record.consent.evidence import clause_facts
from experiment.record.history import RecordedTrial
from experiment.record.journal_lines import (
    BetweenLine,
    BlockLine,
    CameraFaultLine,
    ContinueLine,
    DeclinedLine,
    FrameCounts,
    MeasurementWaitLine,
    NoFaceContinueLine,
    PauseLine,
    PermissionLine,
    RequestLine,
    SkippedLine,
    TrialAnswerLine,
)
from experiment.record.recorder import Recorder
from experiment.record.values import PendingCapture, QuestionAnswer, TrialResult
from experiment.screens import step_screens
from experiment.screens.style import Style
from experiment.session.display_loop import Devices, DisplayLoop, FrameTotals, StepInterrupted
from experiment.session.experimenter import Request
from experiment.session.face_wait import FaceWait
from experiment.session.measurement_wait import wait_for_measurement
from experiment.session.notices import face_results, notice_after, resume_sentence
from experiment.session.questionnaire import (
    ConsentDeclined,
    FormProgress,
    ask_consent,
    ask_form,
    ask_yes_no,
    read_pages,
)
from experiment.session.sounding import page_sound
from experiment.session.trial import LiveFeedback, TrialRunner
from experiment.session.trial_questions import ask_after_trial

CAMERA_BACK_S = 1.0
"""How long a camera must work before the session continues."""
FAREWELL_S = 2.0
LONGEST_WAIT_FOR_DISK_S = 30.0
YIELD_S = 0.002
"""Real time for other threads in each frame of a wait for them; a virtual clock gives them none."""

SessionEnding = Literal["complete", "ended", "declined"]


class EventListener(Protocol):
    """Receives the events of a session, for example to send EEG markers."""

    def event(self, name: str, time_s: float, target: str | None) -> None:
        """Receive an event; returns at once.

        Parameters
        ----------
        name
            One of `experiment.protocol.language.marker_events.MARKER_EVENTS`.
        time_s
            Time of the flip or key press, on the clock of the session.
        target
            Name of the target shown; None if there is none.
        """
        ...


class SessionEnded(Exception):
    """The session was ended at the pause screen."""


class Session:
    """Runs a plan.

    Parameters
    ----------
    plan
        The steps of one participant's session.
    devices
        Display, keyboard, clock and camera.
    recorder
        Records every step; the caller closes it.
    outcomes
        Outcomes of the trials before an interruption, by trial id.
    feedback
        Live feedback for training trials.
    listeners
        Receive all events.
    """

    def __init__(
        self,
        plan: SessionPlan,
        devices: Devices,
        recorder: Recorder,
        *,
        outcomes: Mapping[str, Outcome] | None = None,
        feedback: LiveFeedback | None = None,
        listeners: Sequence[EventListener] = (),
    ) -> None:
        self._plan = plan
        self._checker = devices.checker
        self._recorder = recorder
        self._feedback = feedback
        self._film = devices.film
        self._listeners = tuple(listeners)
        self._style = Style.of(plan)
        self._clock = devices.clock
        self._outcomes = dict(outcomes or {})
        self._block: str | None = None
        self._loop = DisplayLoop(devices, pause_key=plan.pause_key)
        self._link = devices.link
        self._trials = TrialRunner(
            self._loop,
            plan,
            record=self._record_trial,
            notify=self._notify,
            feedback=feedback,
            on_measured=lambda time_s, row: recorder.write(row, time_s=time_s),
        )

    def run(self) -> SessionEnding:
        """Run all steps that are not finished yet; return how the session ended."""
        finished = set(self._recorder.finished)
        self._notify("session-start", self._clock.now(), None)
        self._record_permission()
        self._warm_up(finished)
        try:
            if finished:
                self._say_where_it_continues(finished)
            for step in self._plan.steps:
                if step.id in finished and isinstance(step, Trial):
                    self._ask_missing(step)
                if step.id not in finished and self._is_needed(step):
                    self._enter_block(step.block)
                    reason = self._loop.permission.no_frame_reason
                    if reason is not None and _needs_camera(step):
                        self._recorder.write(SkippedLine(step.id, reason))
                    else:
                        self._run_step(step)
            with self._loop.uninterruptible():
                self._wait_for_disk()
                self._show_farewell("end")
        except SessionEnded:
            return "ended"
        except ConsentDeclined as declined:
            clause = declined.clause
            self._loop.permission.refuse(source=declined.step)
            self._loop.release_camera()
            self._recorder.write(DeclinedLine(clause.id, declined.step, clause_facts(clause)))
            with self._loop.uninterruptible():
                self._wait_for_disk()
                self._show_farewell("declined-kept" if self._recorder.keeps_data else "declined")
            return "declined"
        finally:
            self._notify("session-end", self._clock.now(), None)
        return "complete"

    @property
    def totals(self) -> FrameTotals:
        """Numbers of flips, late flips and missed frames so far."""
        return self._loop.totals()

    def _warm_up(self, finished: Collection[str]) -> None:
        """Draw the screens of the session out of sight, those of trials first.

        Otherwise the first trial would read pictures and compile the programs of the graphics driver.
        """
        steps = [step for step in self._plan.steps if step.id not in finished]
        trials = [step for step in steps if isinstance(step, Trial)]
        others = [step for step in steps if not isinstance(step, Trial)]
        live = next((trial for trial in trials if trial.is_live), None)
        if live is not None and self._feedback is not None:
            self._loop.prepare(self._feedback.rehearsal(live))
        self._loop.warm_up(self._trials.load(trials))
        self._loop.warm_up(
            screen for step in (*trials, *others) for screen in step_screens.still_screens(self._style, step)
        )

    # -- steps

    def _run_step(self, step: Step) -> None:
        self._link.step = step
        match step:
            case Trial():
                self._run_trial(step)
            case Page():
                self._repeat_if_interrupted(lambda: self._show_page(step))
            case Break():
                self._repeat_if_interrupted(lambda: self._rest(step))
            case Consent():
                self._repeat_if_interrupted(lambda: self._ask_consent(step))
            case Form():
                progress = FormProgress()
                self._repeat_if_interrupted(lambda: self._ask_form(step, progress))
            case Calibration():
                self._repeat_if_interrupted(lambda: self._calibrate(step))

    def _run_trial(self, trial: Trial) -> None:
        """Run a trial, its questions and the time after it.

        A pause during a question repeats the question; one after the trial repeats nothing.
        """
        blank_frames = 0

        def run() -> None:
            nonlocal blank_frames
            self._link.trial = trial
            self._wait_for_measurement(trial)
            self._film_trial(trial)
            blank_frames = self._trials.run(trial)

        def wait() -> None:
            self._film_trial(trial)
            self._wait_between(trial, blank_frames + self._load_after(trial))

        self._repeat_if_interrupted(run)
        if trial.asked:
            self._ask_after(trial, [asked.id for asked in trial.asked])
            blank_frames = 0
        self._loop.start_log()
        self._repeat_if_interrupted(wait)
        self._film_trial(None)
        steps = self._plan.steps
        done = {step.id for step in steps[: steps.index(trial) + 1]}
        following = self._next_step(done)
        sentence = notice_after(self._style, self._plan, trial, following, outcomes=self._outcomes)
        self._show_notice(sentence, faces=face_results(self._plan, trial, outcomes=self._outcomes))

    def _wait_for_measurement(self, trial: Trial) -> None:
        if self._feedback is not None and trial.is_live:
            waited_s = wait_for_measurement(self._loop, self._feedback, trial)
            if waited_s is not None:
                self._recorder.write(MeasurementWaitLine(trial.id, round(waited_s, 3)))

    def _ask_after(self, trial: Trial, questions: Collection[str]) -> None:
        """Ask questions after a trial and record each answer at once.

        The trial itself is recorded before, so that an interruption never loses the imitation.
        """

        def ask(asked: TrialQuestion) -> None:
            self._film_trial(trial)
            self._loop.start_log()
            answer = ask_after_trial(self._loop, self._style, asked)
            values = {one.name: getattr(answer, one.name) for one in fields(QuestionAnswer)}
            self._recorder.write(TrialAnswerLine(**values, trial=trial.id, frames=self._frame_counts()))
            if answer.answered_s is not None:
                event = "rating" if answer.kind == "rating" else "question"
                self._notify(event, answer.answered_s, trial.target.name)

        for asked in trial.asked:
            if asked.id in questions:
                self._repeat_if_interrupted(partial(ask, asked))

    def _ask_missing(self, trial: Trial) -> None:
        """Ask the questions that an interruption left open after a trial."""
        missing = self._missing(trial)
        if missing:
            self._enter_block(trial.block)
            self._link.step = self._link.trial = trial
            self._ask_after(trial, missing)
            self._film_trial(None)

    def _missing(self, trial: Trial) -> list[str]:
        return self._recorder.unanswered(trial.id, [asked.id for asked in trial.asked])

    def _load_after(self, trial: Trial) -> int:
        """Load the moving target of the next trial during the blank between both.

        Returns the number of refreshes this took.
        """
        steps = self._plan.steps
        following = steps[steps.index(trial) + 1 : steps.index(trial) + 2]
        if not following or not isinstance(following[0], Trial) or not self._trials.must_load(following[0]):
            return 0
        began_s = self._loop.show_page(self._trials.screen_after(trial)).flip.time_s
        screen = self._trials.load_moving(following[0])
        if screen is not None:
            self._loop.warm_up([screen])
        return 1 + self._loop.frames(self._clock.now() - began_s)

    def _film_trial(self, trial: Trial | None) -> None:
        """Film for a trial if its plan asks for it; end the film of a trial otherwise.

        Raises
        ------
        RecordError
            If the film has failed.
        """
        if self._film is not None:
            self._film.check()
            self._film.film_trial(trial.id if trial is not None and trial.film else None)

    def _show_page(self, step: Page) -> None:
        screens = step_screens.pages(self._style, step)
        self._loop.prepare(screens)
        with page_sound(self._loop, step.sound) as sound:
            self._loop.start_log()
            if step.duration_frames is None:
                read_pages(self._loop, screens, step.continue_key)
            else:
                self._loop.wait_for_key_or_timeout(screens[0], step.continue_key, frames=step.duration_frames)
        self._recorder.step(step.id, self._frame_counts(), sound=sound or None)

    def _rest(self, step: Break) -> None:
        """Show a countdown by the times of flips: a new text may take longer than a frame."""
        self._loop.start_log()
        passed, period_s = 0, self._loop.period_s
        began_s: float | None = None
        while passed < step.shortest_frames:
            left = round((step.shortest_frames - passed) * period_s + 0.499)
            shown_s = self._loop.show_page(step_screens.rest(self._style, step, seconds_left=left)).flip.time_s
            began_s = shown_s if began_s is None else began_s
            passed = 1 + round((shown_s - began_s) / period_s)
        if not step.ends_by_itself:
            self._loop.wait_for_key(step_screens.rest(self._style, step, seconds_left=0), step.continue_key)
        self._recorder.step(step.id, self._frame_counts())

    def _ask_consent(self, step: Consent) -> None:
        answers = ask_consent(
            self._loop,
            self._style,
            step,
            on_answer=lambda clause, agreed: self._take_answer(step, clause, agreed=agreed),
        )
        self._recorder.consent(step.id, answers, [clause_facts(clause) for clause in step.clauses])
        self._apply_consent(step, answers)

    def _take_answer(self, step: Consent, clause: Clause, *, agreed: bool) -> None:
        """Record the answer to a clause at once.

        A refusal suspends filming until the consent is complete; refused use of the recording ends it.
        """
        self._recorder.clause(step.id, agreed=agreed, facts=clause_facts(clause))
        if clause.use and not agreed:
            self._loop.permission.refuse(source=step.id)
            self._loop.release_camera()
            self._record_permission()
        if not agreed and (clause.recording or clause.required):
            was_granted = self._loop.permission.is_granted
            self._loop.permission.suspend(source=step.id)
            if was_granted:
                self._record_permission()
        with self._loop.uninterruptible():
            self._wait_for_disk()

    def _apply_consent(self, step: Consent, answers: Mapping[str, bool]) -> None:
        """Allow or forbid camera frames.

        Without a clause about recording, a consent as a whole allows them.
        """
        permission = self._loop.permission
        if not all(answers[clause.id] for clause in step.clauses if clause.recording):
            permission.refuse(source=step.id)
            self._loop.release_camera()
        elif step in self._plan.filming_consents:
            permission.grant(self._clock.now(), source=step.id)
        else:
            permission.settle(self._clock.now(), source=step.id)
        self._record_permission()

    def _record_permission(self) -> None:
        permission = self._loop.permission
        self._recorder.write(PermissionLine(permission.state, permission.source))

    def _ask_form(self, step: Form, progress: FormProgress) -> None:
        """Ask a form; after a pause, continue at the question that was shown."""
        self._recorder.answers(
            step.id,
            ask_form(self._loop, self._style, step, progress),
            demographic=[question.id for question in step.questions if question.demographic],
            labels={question.id: question.label for question in step.questions},
        )

    def _calibrate(self, step: Calibration) -> None:
        """Record the camera frames that follow the start key."""
        style, loop = self._style, self._loop
        loop.prepare([step_screens.calibration_page(style, step), step_screens.calibration(style, step, taken=0)])
        self._wait_for_face(step)
        frames: list[CameraFrame] = []
        from_s = loop.show(step_screens.calibration(style, step, taken=0)).flip.time_s
        self._notify("calibration", from_s, None)
        while loop.camera is not None and len(frames) < step.frames:
            loop.show(step_screens.calibration(style, step, taken=len(frames)))
            frames += loop.camera.collect(step.frames - len(frames), from_s=from_s)
            from_s = math.nextafter(frames[-1].captured_s, math.inf) if frames else from_s
        self._recorder.calibration(step.id, block=step.block, frames=frames)
        if self._feedback is not None:
            self._feedback.calibrate(frames)

    def _wait_for_face(self, step: Calibration) -> None:
        """Wait for the start key and, where faces can be checked, for a face."""
        camera, loop = self._loop.camera, self._loop
        if self._checker is None or camera is None:
            loop.wait_for_key(step_screens.calibration_page(self._style, step), step.start_key)
            return
        wait = FaceWait(loop, self._style, step, checker=self._checker)
        if wait.run(camera) != "face":
            self._recorder.write(NoFaceContinueLine(step.id, wait.reason))

    def _wait_between(self, trial: Trial, passed: int) -> None:
        """Wait for the time between two trials, and until the record is on the disk.

        If the disk takes longer than the protocol's time, the journal says by how many frames.
        """
        self._loop.hold(self._trials.screen_after(trial), trial.inter_trial_frames - passed)
        waited = self._wait_for_disk()
        counts = self._frame_counts()
        if counts.late or waited:
            self._recorder.write(BetweenLine(trial.id, waited, counts))

    def _wait_for_disk(self) -> int:
        """Show a blank screen until the record is on the disk; return the frames."""
        give_up_s = self._clock.now() + LONGEST_WAIT_FOR_DISK_S
        frames = 0
        while self._recorder.pending and self._clock.now() < give_up_s:
            frames += self._loop.show(step_screens.blank(self._style)).periods
            time.sleep(YIELD_S)
        return frames

    def _is_needed(self, step: Step) -> bool:
        return not isinstance(step, Trial) or is_needed(step, self._plan, self._outcomes)

    def _enter_block(self, block: str) -> None:
        if block != self._block:
            self._block = self._link.block = block
            self._recorder.write(BlockLine(block))
            self._notify("block-start", self._clock.now(), block)

    def _say_where_it_continues(self, finished: Collection[str]) -> None:
        trials = (step for step in self._plan.steps if isinstance(step, Trial) and step.id in finished)
        sentence = resume_sentence(
            self._style,
            self._plan,
            self._next_step(finished),
            has_open_questions=any(self._missing(trial) for trial in trials),
        )
        self._show_notice(sentence)

    def _next_step(self, done: Collection[str]) -> Step | None:
        """Return the first step that is needed and not done."""
        return next((step for step in self._plan.steps if step.id not in done and self._is_needed(step)), None)

    def _show_notice(self, sentence: str, *, faces: Sequence[tuple[Path, str]] = ()) -> None:
        if sentence:
            screen = step_screens.notice(self._style, sentence, faces=faces)
            self._repeat_if_interrupted(lambda: self._loop.wait_for_key(screen, "space"))

    def _show_farewell(self, text: str) -> None:
        screen = step_screens.message(self._style, self._style.text(text), key=None)
        self._loop.hold(screen, self._loop.frames(FAREWELL_S))

    # -- interruptions

    def _repeat_if_interrupted(self, action: Callable[[], object]) -> None:
        """Run an action; after a pause or a camera fault, run it again from its beginning."""
        while True:
            try:
                action()
                return
            except StepInterrupted as interruption:
                self._film_trial(None)
                with self._loop.uninterruptible():
                    if interruption.reason == "pause":
                        self._pause()
                    else:
                        self._wait_for_camera()

    def _pause(self) -> None:
        """Show the pause screen until the session continues or ends.

        Raises
        ------
        SessionEnded
            If the session was ended.
        """
        began_s = self._clock.now()
        before, self._link.phase = self._link.phase, "paused"
        self._take_request(self._link.take("pause"))
        self._recorder.write(PauseLine(), time_s=began_s)
        self._notify("pause", began_s, None)
        while True:
            answer = self._loop.wait_for_key_or_request(step_screens.pause(self._style), "space", "q")
            if isinstance(answer, Request):
                self._take_request(answer)
                if answer.kind == "end":
                    raise SessionEnded
                break
            if answer.key == "space":
                break
            if ask_yes_no(self._loop, self._style, step_screens.pause(self._style, confirm=True)):
                raise SessionEnded
        self._link.phase = before
        self._link.drop("pause", "continue")
        self._continue(PauseLine.EVENT, began_s)

    def _take_request(self, request: Request | None) -> None:
        """Record a request of the experimenter that is carried out now."""
        if request is not None:
            self._recorder.write(RequestLine(request.kind, request.source))

    def _wait_for_camera(self) -> None:
        """Show the camera fault until the camera has worked for `CAMERA_BACK_S`."""
        began_s = self._clock.now()
        self._link.phase = "camera-fault"
        state = self._loop.camera_state()
        self._recorder.write(CameraFaultLine(state.condition, state.message), time_s=began_s)
        self._notify("pause", began_s, None)
        works_since_s: float | None = None
        while works_since_s is None or self._clock.now() - works_since_s < CAMERA_BACK_S:
            now = self._loop.camera_state()
            screen = step_screens.camera_fault(self._style, now.message, check_cable=not now.by_file)
            tick = self._loop.show_page(screen)
            if self._loop.pause_requested(tick, "q"):
                self._pause()
            time.sleep(YIELD_S)
            if not self._loop.camera_works():
                works_since_s = None
            elif works_since_s is None:
                works_since_s = self._clock.now()
        self._link.phase = "running"
        self._continue(CameraFaultLine.EVENT, began_s)

    def _continue(self, after: str, began_s: float) -> None:
        now_s = self._clock.now()
        self._recorder.write(ContinueLine(after, round(now_s - began_s, 3)), time_s=now_s)
        self._notify("resume", now_s, None)

    # -- results

    def _record_trial(self, result: TrialResult, capture: PendingCapture | None) -> None:
        if result.outcome != "aborted":
            similarity = captured_similarity(result.details)
            self._outcomes[result.id] = Outcome(answered=result.outcome == "response", similarity=similarity)
        self._recorder.trial(result, capture)

    def _frame_counts(self) -> FrameCounts:
        log = self._loop.take_log()
        return FrameCounts(len(log.times_s), len(log.late), log.missed)

    def _notify(self, name: str, time_s: float, target: str | None) -> None:
        for listener in self._listeners:
            listener.event(name, time_s, target)


def _needs_camera(step: Step) -> bool:
    """Return whether a step is a calibration or a trial with live measurement."""
    return isinstance(step, Calibration) or (isinstance(step, Trial) and step.is_live)


def outcomes_of(trials: Iterable[RecordedTrial]) -> dict[str, Outcome]:
    """Return the outcomes of recorded trials, by trial id, for criteria.

    Parameters
    ----------
    trials
        `experiment.record.history.History.trials`.
    """
    return {
        trial.id: Outcome(trial.outcome == "response", captured_similarity(trial.details))
        for trial in trials
        if trial.outcome != "aborted"
    }
