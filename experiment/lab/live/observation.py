"""Observe a running session from another thread."""

from __future__ import annotations

import shutil
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from experiment.camera.thread import CameraThread, state_of_both
from experiment.errors import CameraError
from experiment.lab.face_checks import FaceChecks
from experiment.lab.live.time_left import TimeLeft, remaining, trial_numbers
from experiment.lab.live.warnings import Observed, Warnings
from experiment.lab.preflight_judgement import SPARE_BYTES, bytes_needed
from experiment.ports.camera import CameraFrame
from experiment.protocol.plan import Break, Calibration, Consent, Form, Page, SessionPlan, Step, Trial
from experiment.record.live_state.values import (
    CameraReport,
    DisplayReport,
    FaceReport,
    LiveState,
    Progress,
    StepKind,
)
from experiment.record.recorder import Recorder
from experiment.session.display_loop import Devices
from experiment.session.runner import Session

RATE_OVER_S = 3.0
"""Time over which the rate of the camera is counted."""
DISK_EVERY_S = 5.0
RECENT_S = 60.0
"""Time over which late flips are counted for a warning."""
FRESH_FACE_S = 20.0
"""An older check of a face says nothing about now."""
_KINDS: tuple[tuple[type[Step], StepKind], ...] = (
    (Page, "page"),
    (Break, "break"),
    (Consent, "consent"),
    (Form, "form"),
    (Calibration, "calibration"),
    (Trial, "trial"),
)


@dataclass(frozen=True, slots=True)
class RunningSession:
    """The parts of a session that another thread may read."""

    plan: SessionPlan
    devices: Devices
    recorder: Recorder
    session: Session
    checker: FaceChecks | None
    is_pilot: bool = False


class Observation:
    """Reads a running session again and again.

    Parameters
    ----------
    session
        The session.
    """

    def __init__(self, session: RunningSession) -> None:
        self._session = session
        self._time_left = TimeLeft(session.plan)
        first_round = [one for one in session.plan.steps if isinstance(one, Trial) and one.round == 1]
        # Computed once for each trial and step: this thread holds Python's lock while it computes.
        self._numbers: tuple[Trial | None, tuple[int, int]] = None, (0, len(first_round))
        self._needed: tuple[Step | None, int] = None, SPARE_BYTES
        self._warnings = Warnings()
        self._counts: deque[tuple[float, int]] = deque()
        self._flips: deque[tuple[float, DisplayReport]] = deque()
        self._disk: tuple[float, int | None] = (float("-inf"), None)

    def frame(self) -> CameraFrame | None:
        """Return the newest camera frame that may be shown; None without one.

        A frame from before the agreement, or after a refusal, may not.
        """
        session = self._session
        camera = self._open_camera()
        frame = None if camera is None else camera.latest()
        return frame if frame is not None and session.devices.permission.covers(frame.captured_s) else None

    def update(self, state: LiveState) -> LiveState:
        """Return a state with what is observed now."""
        session, link = self._session, self._session.devices.link
        step = link.step
        now_s = session.devices.clock.now()
        self._time_left.observe(step, now_s, running=link.phase == "running")
        totals = session.session.totals
        display = DisplayReport(totals.flips, totals.late, totals.missed)
        camera = self._camera(now_s)
        free = self._free_bytes(session.recorder.place.dataset)
        needed = None if step is None else self._needed_bytes(step)
        checker, face = session.checker, self._face(now_s)
        waits = face.reason if isinstance(step, Calibration) and face.face == "not-found" else ""
        observed = Observed(
            self._recent(display, now_s),
            camera,
            0 if checker is None else checker.without_face,
            () if checker is None else checker.latest_reasons,
            waits,
            free,
            needed,
        )
        return replace(
            state,
            phase=link.phase,
            progress=self._progress(step, now_s),
            display=display,
            camera=camera,
            face=face,
            permission=session.devices.permission.state,
            disk_free_bytes=free,
            disk_needed_bytes=needed,
            warnings=self._warnings.update(observed),
        )

    def _progress(self, step: Step | None, now_s: float) -> Progress:
        session, link = self._session, self._session.devices.link
        trial, screen = link.trial, link.screen
        if trial is not None and trial is not self._numbers[0]:
            self._numbers = trial, trial_numbers(session.plan, trial)
        number, trials = self._numbers[1]
        return Progress(
            block=link.block,
            step="" if step is None else step.id,
            kind=next((kind for of, kind in _KINDS if isinstance(step, of)), None),
            screen="" if screen is None else screen.kind,
            trial="" if trial is None else trial.id,
            trial_number=number,
            trials=trials,
            seconds_left=round(self._time_left.seconds(now_s), 1),
        )

    def _recent(self, display: DisplayReport, now_s: float) -> DisplayReport:
        """Return the flips of the last `RECENT_S`."""
        self._flips.append((now_s, display))
        while now_s - self._flips[0][0] > RECENT_S:
            self._flips.popleft()
        first = self._flips[0][1]
        return DisplayReport(display.flips - first.flips, display.late - first.late, display.missed - first.missed)

    def _open_camera(self) -> CameraThread | None:
        """Return the camera; None once the participant has refused it."""
        return None if self._session.devices.permission.state == "refused" else self._session.devices.camera

    def _camera(self, now_s: float) -> CameraReport:
        asked_hz = self._session.plan.camera.rate_hz
        camera = self._open_camera()
        if camera is None:
            return CameraReport("off", asked_hz=asked_hz)
        try:
            frames = camera.state().frames
            state = state_of_both(camera, self._session.devices.partner_camera)
        except CameraError as error:
            return CameraReport("stalled", asked_hz=asked_hz, message=str(error))
        self._counts.append((now_s, frames))
        while len(self._counts) > 2 and now_s - self._counts[1][0] >= RATE_OVER_S:
            self._counts.popleft()
        (then_s, before), passed_s = self._counts[0], now_s - self._counts[0][0]
        rate_hz = (frames - before) / passed_s if passed_s >= RATE_OVER_S / 2 and then_s < now_s else None
        return CameraReport(state.condition, None if rate_hz is None else round(rate_hz, 1), asked_hz, state.message)

    def _face(self, now_s: float) -> FaceReport:
        checker = self._session.checker
        if checker is None or checker.fault:
            return FaceReport("unknown", "not checked" if checker is None else checker.fault)
        last = checker.last
        if last is None or now_s - last.captured_s > FRESH_FACE_S or self._open_camera() is None:
            return FaceReport()
        checked_utc_s = time.time() - (now_s - last.captured_s)
        return FaceReport("found" if last.fault is None else "not-found", last.fault or "", round(checked_utc_s, 2))

    def _free_bytes(self, dataset: Path) -> int | None:
        read_s, free = self._disk
        if time.monotonic() - read_s < DISK_EVERY_S:
            return free
        try:
            free = shutil.disk_usage(dataset).free
        except OSError:  # the disk is gone; the session reports it itself
            free = None
        self._disk = time.monotonic(), free
        return free

    def _needed_bytes(self, step: Step) -> int:
        if self._open_camera() is None:
            return SPARE_BYTES
        if step is not self._needed[0]:
            plan = self._session.plan
            place = plan.steps.index(step)
            rest = replace(plan, steps=(step, *remaining(plan.steps[place + 1 :], step)))
            self._needed = step, bytes_needed(rest)
        return self._needed[1]
