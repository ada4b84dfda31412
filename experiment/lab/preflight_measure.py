"""Preflight: measure the machine before a session.

`experiment.lab.preflight_judgement` judges the measurements.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from analysis.face.errors import FaceError
from analysis.face.landmarks.detector import LandmarkDetector
from experiment.camera.delay import DelayEstimate
from experiment.camera.frame_times import judge_times
from experiment.camera.handover import FrameHandlers
from experiment.camera.loop_delay import measure_delay
from experiment.camera.thread import CameraThread
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.display.simulated import SimulatedKeyboard
from experiment.errors import CameraError, DisplayError, SessionError
from experiment.lab.camera_offsets import keep_offset, kept_offsets, offset_of
from experiment.lab.clip_checks import check_clips
from experiment.lab.preflight_judgement import (
    SIMULATED_KEYS,
    SPARE_BYTES,
    Finding,
    bytes_needed,
    camera_remedy,
    display_findings,
    judge_camera,
    judge_disk,
    judge_display_error,
    judge_face,
    judge_key,
    judge_load,
    judge_priority,
)
from experiment.lab.session_options import SIMULATED
from experiment.lab.thread_priority import prioritise_drawing
from experiment.ports.camera import CameraFrame, CameraSource, FrameTime
from experiment.ports.clock import Clock
from experiment.ports.display import Display
from experiment.ports.keyboard import Keyboard, KeyPress
from experiment.protocol.plan import CameraSettings, DisplaySettings, SessionPlan
from experiment.record.camera_offset import difference_s
from experiment.record.errors import RecordError
from experiment.screens.screen import Screen, Text
from experiment.screens.text_fit import require_letters

_SIMULATED_PRESS_S = 0.5
KEY_WAIT_S = 15.0
CAMERA_WATCH_S = 3.0
FLASHES = 20
USUAL_DISPLAY = DisplaySettings((1440, 900), 60.0, 50.0, fullscreen=True, background="black")
USUAL_CAMERA = CameraSettings((1280, 720), 30.0, 15, 5)
"""What is measured against where no protocol is given."""

CameraOpener = Callable[[CameraSettings, Clock], AbstractContextManager[CameraSource]]
"""Opens the camera that ``--camera`` names; the thread that reads the camera closes it."""


@dataclass(frozen=True, slots=True)
class PreflightOptions:
    """What to measure."""

    camera: str
    """As ``--camera``."""
    open_camera: CameraOpener
    dataset: Path
    """Where the data go."""
    windowed: bool
    """Whether to use a window instead of the full screen."""
    partner_camera: str = ""
    """As ``--partner-camera``; empty if one person is filmed."""
    open_partner_camera: CameraOpener | None = None
    """Opens the camera of the second person; None if one person is filmed."""

    @property
    def cameras(self) -> Iterator[tuple[str, str, CameraOpener]]:
        """For each camera: ending of its findings, name, and what opens it."""
        yield "", self.camera, self.open_camera
        if self.open_partner_camera is not None:
            yield ", partner", self.partner_camera, self.open_partner_camera


def measure_machine(plan: SessionPlan | None, options: PreflightOptions) -> Iterator[Finding]:
    """Measure computer, disk, fonts, camera, face, light, display and keyboard.

    Parameters
    ----------
    plan
        The plan to measure for; None for usual settings.
    options
        Camera, data set and window.
    """
    clock = MonotonicClock()
    yield judge_load(psutil.cpu_percent(interval=1.0), on_battery=is_on_battery())
    yield _measure_disk(plan, options.dataset)
    if plan is not None:
        yield _check_letters(plan)
        yield from check_clips(plan, clock)
    yield from measure_cameras(plan.camera if plan else USUAL_CAMERA, options, clock)
    yield from _measure_display(plan.display if plan else USUAL_DISPLAY, options, clock)


def measure_camera_loop(options: PreflightOptions, asked: CameraSettings = USUAL_CAMERA) -> Iterator[Finding]:
    """Flash the screen in front of the camera; estimate and keep the delay of both.

    Parameters
    ----------
    options
        Camera and window.
    asked
        Size and rate of the camera in sessions: the delay depends on them.

    Raises
    ------
    CameraError
        If the camera is simulated or cannot be opened.
    DisplayError
        If no window can be opened.
    """
    if options.camera == SIMULATED:
        raise CameraError("a simulated camera does not film the screen; name a device, such as --camera 0")
    clock = MonotonicClock()
    with options.open_camera(asked, clock) as camera:
        opened = open_display(USUAL_DISPLAY, clock=clock, windowed=options.windowed)
        try:
            yield from (finding for finding in display_findings(opened.verdict) if finding.name != "display size")
            delay = measure_delay(opened.display, camera, clock=clock, rng=np.random.default_rng(0), flashes=FLASHES)
        except CameraError as error:
            yield Finding("camera delay", "failed", str(error), "point the camera at the screen")
            return
        finally:
            opened.close()
    low, high = 1000 * delay.low_s, 1000 * delay.high_s
    yield Finding(
        "camera delay",
        "ok",
        f"{1000 * delay.delay_s:.1f} ms from flip to camera time stamp, 95 % interval {low:.1f} to {high:.1f} ms, "
        f"{delay.flashes} flashes, {delay.explained:.0%} of the brightness explained",
    )
    yield from _keep_delay(delay, camera.facts)


def _keep_delay(delay: DelayEstimate, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Keep the delay as the offset of the camera; compare it with other cameras."""
    if not facts.get("identity"):
        yield Finding(
            "camera offset",
            "warning",
            "not kept: only the offset of a device is recorded in sessions",
            "name a device, such as --camera 0",
        )
        return
    offset = offset_of(delay, facts, utc=datetime.now(timezone.utc).isoformat(timespec="seconds"))
    try:
        keep_offset(offset)
        others = [one for one in kept_offsets() if one.camera != offset.camera]
    except (CameraError, RecordError) as error:
        yield Finding("camera offset", "failed", f"not kept: {error}", "then measure again")
        return
    width_px, height_px = offset.size_px
    yield Finding(
        "camera offset",
        "ok",
        f"kept for {offset.camera} at {width_px}x{height_px} and {offset.rate_hz:g} frames/s; its sessions record it",
    )
    for other in others:
        if (other.size_px, other.rate_hz) == (offset.size_px, offset.rate_hz):
            against_s, error_s = difference_s(offset, other)
            yield Finding(
                "against other camera",
                "ok",
                f"{1000 * against_s:+.1f} ms against {other.camera}, 95 % within {1000 * error_s:.1f} ms",
            )


def is_on_battery() -> bool:
    """Return whether the computer runs on battery; False if it does not report this."""
    if not hasattr(psutil, "sensors_battery"):
        return False
    try:
        battery = psutil.sensors_battery()
    except OSError:  # a container may have no /sys/class/power_supply
        return False
    return bool(battery and not battery.power_plugged)


def _measure_disk(plan: SessionPlan | None, dataset: Path) -> Finding:
    folder = next(place for place in (dataset.absolute(), *dataset.absolute().parents) if place.exists())
    needed = bytes_needed(plan) if plan else 2 * SPARE_BYTES
    return judge_disk(shutil.disk_usage(folder).free, needed, folder=str(folder))


def _check_letters(plan: SessionPlan) -> Finding:
    try:
        require_letters(plan)
    except DisplayError as error:
        return Finding("texts", "failed", f"not all texts in `{plan.language}` can be shown", str(error))
    return Finding("texts", "ok", f"all letters of `{plan.language}` are installed")


def measure_cameras(asked: CameraSettings, options: PreflightOptions, clock: Clock) -> Iterator[Finding]:
    """Let all cameras run at the same time; yield the findings of each.

    They do so in a session. Cameras at one USB hub share its bandwidth.

    Parameters
    ----------
    asked
        Size and rate that the protocol asks for.
    options
        The cameras.
    clock
        The clock.
    """
    with ExitStack() as closing:
        watches: list[_CameraWatch] = []
        for whose, spec, open_camera in options.cameras:
            if spec == SIMULATED:
                yield Finding(
                    f"camera{whose}",
                    "warning",
                    "simulated: the following findings do not apply to a real camera, face or light",
                    "check yours with its number, such as --camera 0",
                )
            try:
                camera = closing.enter_context(open_camera(asked, clock))
            except (CameraError, SessionError) as error:
                yield Finding(f"camera{whose}", "failed", str(error), camera_remedy(spec))
                continue
            watches.append(_CameraWatch(whose, camera, asked, clock))
            closing.callback(watches[-1].end)
        if watches:
            clock.sleep_until(clock.now() + CAMERA_WATCH_S)
        for watch in watches:
            watch.end()
        for watch in watches:
            for finding in watch.findings():
                yield replace(finding, name=f"{finding.name}{watch.whose}")


class _CameraWatch:
    """A camera that runs for a while.

    Parameters
    ----------
    whose
        What its findings end with.
    camera
        The open camera.
    asked
        Size and rate that the protocol asks for.
    clock
        The clock.
    """

    def __init__(self, whose: str, camera: CameraSource, asked: CameraSettings, clock: Clock) -> None:
        self.whose = whose
        self._camera, self._asked = camera, asked
        self._times: list[FrameTime] = []
        self._newest: CameraFrame | None = None
        handlers = FrameHandlers(on_times=self._times.extend)
        self._thread: CameraThread | None = CameraThread(camera, clock=clock, rate_hz=asked.rate_hz, handlers=handlers)

    def end(self) -> None:
        """Stop to read the camera; a second call does nothing."""
        if self._thread is not None:
            self._newest = self._thread.latest()
            self._thread.close()
            self._thread = None

    def findings(self) -> Iterator[Finding]:
        """Judge the frames, and the face in the newest one."""
        settled, newest = self._times[len(self._times) // 3 :], self._newest  # cameras start irregularly
        if newest is None:
            yield Finding("camera", "failed", "no picture came", "check its cable and that no other program uses it")
            return
        rate_hz, facts = self._asked.rate_hz, self._camera.facts
        if newest.time_kind == "media":  # a clip is played at its own rate
            rate_hz = float(facts.get("rate_hz") or rate_hz)
        timing = judge_times([time.captured_s for time in settled], rate_hz=rate_hz)
        delays_s = [time.arrival_s - time.captured_s for time in settled]
        yield from judge_camera(timing, self._asked, facts, delays_s=delays_s, kind=newest.time_kind)
        try:
            yield from judge_face(newest.image, LandmarkDetector().detect(newest.image))
        except FaceError as error:
            yield from judge_face(newest.image, error)


def _measure_display(settings: DisplaySettings, options: PreflightOptions, clock: Clock) -> Iterator[Finding]:
    try:
        opened = open_display(settings, clock=clock, windowed=options.windowed)
    except DisplayError as error:
        yield judge_display_error(error)
        return
    try:
        yield from display_findings(opened.verdict)
        if sys.platform == "linux":
            yield _measure_priority(yields_processor=opened.yields_processor)
        simulated = SimulatedKeyboard(clock) if options.camera == SIMULATED else None
        if simulated is not None:
            simulated.press("space", clock.now() + _SIMULATED_PRESS_S)
        press, read_at_s = _wait_for_space(opened.display, simulated or opened.keyboard, clock)
        stamped_by = opened.keys_stamped_by if simulated is None else SIMULATED_KEYS
        yield judge_key(press, stamped_by=stamped_by, read_at_s=read_at_s)
    finally:
        opened.close()


def _measure_priority(*, yields_processor: bool) -> Finding:
    with prioritise_drawing(real_time=yields_processor) as granted:
        return judge_priority(real_time=granted, yields_processor=yields_processor)


def _wait_for_space(display: Display, keyboard: Keyboard, clock: Clock) -> tuple[KeyPress | None, float]:
    """Ask for SPACE; return the press (or None) and when it was read."""
    text = Text("Preflight: press SPACE", (0.0, 0.0), 0.05)
    screen, give_up_s = Screen("page", (text,)), clock.now() + KEY_WAIT_S
    keyboard.clear()
    while clock.now() < give_up_s:
        display.flip(screen)
        for press in keyboard.presses():
            if press.key == "space":
                return press, clock.now()
    return None, clock.now()
