"""Preflight: judge measurements of the machine before a session.

Pure functions from measurements to findings; `experiment.lab.preflight_measure` measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.face.errors import FaceError
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.quality import COMFORTABLE_EYE_DISTANCE_PX
from experiment.camera.frame_times import CameraTiming
from experiment.display.display_judgement import DisplayVerdict
from experiment.display.psychopy_import import NO_DISPLAY_REMEDY
from experiment.errors import DisplayError
from experiment.ports.camera import Image
from experiment.ports.keyboard import KeyPress
from experiment.protocol.estimates.assumptions import BYTES_PER_PIXEL, FILM_BYTES_PER_PIXEL, UNLIMITED_S
from experiment.protocol.plan import Calibration, CameraSettings, SessionPlan, Trial

Mark = Literal["ok", "warning", "failed"]

DARKEST_FACE, BRIGHTEST_FACE = 45.0, 225.0
"""Mean grey value of a face, 0-255: below, webcams expose longer and noise moves the landmarks; above, skin clips."""
LONGEST_DELAY_MS = 150.0
"""Longest acceptable time from a frame's time stamp to its arrival."""
SPARE_BYTES = 500 * 2**20
BUSY_PROCESSOR = 60.0
"""Processor load above which frames may be late, percent."""

CAMERA_RATE_REMEDIES: Mapping[str, tuple[Mark, str]] = {
    "unknown": ("failed", "the camera sent hardly any pictures: check its cable and that no other program uses it"),
    "slow": ("failed", "{rate_hz:g} are asked for: more light lets a webcam expose shorter"),
    "dropping": ("failed", "frames are lost: use a port of its own for the camera, a smaller picture, a faster disk"),
    "irregular": ("warning", "frames come at irregular intervals: close other programs"),
    "steady": ("ok", ""),
}
"""Mark and remedy for every verdict of `experiment.camera.frame_times.judge_times`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the preflight."""

    name: str
    mark: Mark
    """``failed``: an error; a session would be useless. ``warning``: the session runs, and its record says so."""
    found: str
    remedy: str = ""


def has_error(findings: Sequence[Finding]) -> bool:
    """Return whether a finding would make a session useless."""
    return any(finding.mark == "failed" for finding in findings)


def display_findings(verdict: DisplayVerdict) -> list[Finding]:
    """Return the findings about size, refresh rate and vertical sync of a display."""
    facts, refresh = verdict.facts, verdict.refresh
    size = f"{facts.framebuffer_px[0]}x{facts.framebuffer_px[1]} pixels"
    sentence = refresh.sentence()
    size_faults = [fault for fault in verdict.faults if fault != sentence]
    findings = [
        Finding("display size", "failed", size, size_faults[0])
        if size_faults
        else Finding("display size", "ok", f"{size}, as asked")
    ]
    if refresh.kind == "no-vsync":
        paced = f"paced by the computer's clock at {refresh.nominal_hz:g} Hz, not certified"
        return [
            *findings,
            Finding("refresh rate", "warning", paced, "see vertical sync"),
            Finding("vertical sync", "warning", "none", sentence),
        ]
    rate = f"{refresh.measured_hz:.2f} Hz, jitter {refresh.jitter_ms:.2f} ms"
    is_locked = refresh.kind == "locked"
    return [
        *findings,
        Finding("refresh rate", "ok", rate) if is_locked else Finding("refresh rate", "failed", rate, sentence),
        Finding("vertical sync", "ok", "flips wait for the display"),
    ]


def judge_display_error(error: DisplayError) -> Finding:
    """Return the finding for a window that cannot be opened: cause and remedy apart."""
    text = str(error)
    if text.endswith(NO_DISPLAY_REMEDY):
        return Finding("display", "failed", text.removesuffix(f": {NO_DISPLAY_REMEDY}"), NO_DISPLAY_REMEDY)
    cause, _, remedy = text.partition("; ")
    return Finding("display", "failed", cause, remedy or "restart the desktop, or update the graphics driver")


SIMULATED_KEYS = "simulation"
"""What stamps the key that the program presses for itself."""


def judge_key(press: KeyPress | None, *, stamped_by: str, read_at_s: float) -> Finding:
    """Judge the keyboard by a press of SPACE.

    Parameters
    ----------
    press
        The key press; None if there was none.
    stamped_by
        ``driver``, ``window`` or `SIMULATED_KEYS`.
    read_at_s
        When the press was read, on the clock of the session.
    """
    if press is None:
        return Finding(
            "keyboard",
            "failed",
            "SPACE was not detected",
            "click into the window, check the keyboard's cable; on macOS allow the program to monitor input",
        )
    if stamped_by == SIMULATED_KEYS:
        return Finding(
            "keyboard",
            "warning",
            "simulated: the program pressed SPACE",
            "check your keyboard without `--camera simulated`",
        )
    if stamped_by != "driver":
        return Finding(
            "keyboard",
            "warning",
            "SPACE was detected, stamped once per frame",
            "key times are exact to one frame only: install psychtoolbox for this system",
        )
    late_ms = 1000 * (read_at_s - press.time_s)
    return Finding("keyboard", "ok", f"SPACE was detected, stamped by the driver {late_ms:.0f} ms before it was read")


def camera_remedy(spec: str) -> str:
    """Return the remedy for a camera ``--camera SPEC`` that cannot be opened."""
    if spec.isdecimal():
        return "plug the camera in, or name another one with --camera"
    path = Path(spec)
    if path.is_dir():
        return "put pictures such as 001.png into the folder, or name another one with --camera"
    if path.is_file():
        return "name a file with --camera that a video player shows (MP4, MOV, AVI)"
    return "correct what --camera names"


def judge_camera(
    timing: CameraTiming, asked: CameraSettings, facts: Mapping[str, Any], *, delays_s: Sequence[float], kind: str
) -> list[Finding]:
    """Judge rate, picture size and delay of a camera.

    Parameters
    ----------
    timing
        Rate, lost frames and jitter.
    asked
        The settings of the protocol.
    facts
        What the camera reports about itself.
    delays_s
        Time from the time stamp to the arrival of each frame, seconds.
    kind
        `experiment.ports.camera.TimeKind` of the frames.
    """
    rate = f"{timing.rate_hz:.1f} frames/s, {timing.lost} lost, jitter {timing.jitter_ms:.1f} ms"
    mark, remedy = CAMERA_RATE_REMEDIES[timing.verdict]
    findings = [Finding("camera rate", mark, rate, remedy.format(rate_hz=asked.rate_hz))]
    if facts.get("size_px") is not None:
        size, wanted = ("{}x{}".format(*pixels) for pixels in (facts["size_px"], asked.size_px))
        findings.append(
            Finding("camera picture", "ok", size)
            if size == wanted
            else Finding(
                "camera picture",
                "warning",
                size,
                f"the protocol asks for {wanted}: write `camera: {{size: [{size.replace('x', ', ')}]}}` there, or use "
                "another camera",
            )
        )
    findings.append(_judge_camera_delay(delays_s, kind))
    return findings


def _judge_camera_delay(delays_s: Sequence[float], kind: str) -> Finding:
    if kind == "arrival" or not delays_s:
        return Finding(
            "camera delay",
            "warning",
            "not known: the driver gives no time stamps",
            "`check camera-loop` measures it with the camera pointed at the screen",
        )
    delay_ms = 1000 * float(np.median(delays_s))
    found = f"frames arrive {delay_ms:.0f} ms after their time stamp"
    if delay_ms > LONGEST_DELAY_MS:
        return Finding("camera delay", "warning", found, "use the camera's own port, not a hub; close other programs")
    return Finding("camera delay", "ok", found)


def judge_face(image: Image, landmarks: Landmarks | FaceError) -> list[Finding]:
    """Judge whether the face in front of the camera can be measured.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        A frame of the camera, RGB.
    landmarks
        The landmarks of the face in the frame, or why there are none.
    """
    if isinstance(landmarks, FaceError):
        return [Finding("face", "failed", str(landmarks), "sit in front of the camera, alone, and look at it")]
    distance = landmarks.eye_distance_px
    found = f"detected, {distance:.0f} pixels between the eyes"
    if distance < COMFORTABLE_EYE_DISTANCE_PX:
        needed = f"{COMFORTABLE_EYE_DISTANCE_PX:.0f} pixels are needed to measure well"
        size = Finding("face", "warning", found, f"come closer or use a larger picture: {needed}")
    else:
        size = Finding("face", "ok", found)
    left, top = np.maximum(landmarks.points_px.min(axis=0), 0).astype(int)
    right, bottom = landmarks.points_px.max(axis=0).astype(int) + 1
    grey = float(image[top:bottom, left:right].mean())
    light = f"brightness of the face {grey:.0f} of 255"
    if grey < DARKEST_FACE:
        return [size, Finding("light", "failed", light, "too dark: light the face from the front")]
    if grey > BRIGHTEST_FACE:
        return [size, Finding("light", "failed", light, "too bright: no lamp or window directly at the face")]
    return [size, Finding("light", "ok", light)]


def judge_disk(free_bytes: int, needed_bytes: int, *, folder: str) -> Finding:
    """Judge the free space on the disk.

    Parameters
    ----------
    free_bytes, needed_bytes
        Free space, and the space a session needs at most.
    folder
        Where the data go.
    """
    free, needed = f"{free_bytes / 2**30:.1f} GB free", f"{needed_bytes / 2**30:.1f} GB"
    if free_bytes < needed_bytes:
        return Finding("disk", "failed", free, f"a session may need {needed}: make room in {folder}")
    return Finding("disk", "ok", f"{free}, a session may need {needed}")


def judge_load(processor_percent: float, *, on_battery: bool) -> Finding:
    """Judge the load of the processor and the power supply."""
    found = f"processor {processor_percent:.0f} % busy" + (", on battery" if on_battery else "")
    if processor_percent > BUSY_PROCESSOR:
        return Finding("computer", "warning", found, "close other programs: frames may be late")
    if on_battery:
        return Finding("computer", "warning", found, "plug it in: on battery computers slow down")
    return Finding("computer", "ok", found)


def judge_priority(*, real_time: bool, yields_processor: bool) -> Finding:
    """Judge whether the drawing thread may have real-time priority (Linux).

    A display whose driver waits actively (`yields_processor` is False) is not drawn with real-time priority.
    """
    if real_time:
        return Finding("priority", "ok", "drawing has priority over other programs")
    if not yields_processor:
        return Finding("priority", "ok", "usual: the driver of this display waits actively")
    return Finding(
        "priority",
        "warning",
        "drawing waits for its turn among other programs",
        "let the account ask for real-time priority: `@psychopy - rtprio 50` in a file of /etc/security/limits.d, the "
        "account in the group psychopy",
    )


def bytes_needed(plan: SessionPlan) -> int:
    """Return the disk space a session needs at most, plus `SPARE_BYTES`."""
    width, height = plan.camera.size_px
    per_trial = plan.camera.keep_before + 1 + plan.camera.keep_after
    frames = sum(
        step.frames
        if isinstance(step, Calibration)
        else per_trial
        if isinstance(step, Trial) and not step.is_viewing
        else 0
        for step in plan.steps
    )
    filmed_s = sum(_longest_s(step, plan) for step in plan.steps if isinstance(step, Trial) and step.film)
    film = filmed_s * plan.camera.rate_hz * width * height * FILM_BYTES_PER_PIXEL
    return SPARE_BYTES + int(frames * width * height * BYTES_PER_PIXEL + film)


def _longest_s(trial: Trial, plan: SessionPlan) -> float:
    """Return the longest duration of a trial; without a limit, a minute."""
    shown = [frames for frames in (trial.target_frames, trial.timeout_frames) if frames is not None]
    frames = trial.fixation_frames + trial.inter_trial_frames
    return (frames + max(shown, default=0)) / plan.display.refresh_rate_hz + (0 if shown else UNLIMITED_S)
