"""Preflight: what was found about the machine, judged and in words. Pure; `experiment.commands.check` measures."""

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
from experiment.ports.camera import Image
from experiment.ports.keyboard import KeyPress
from experiment.protocol.plan import Calibration, CameraSettings, SessionPlan, Trial

Mark = Literal["ok", "warning", "failed"]

DARKEST_FACE, BRIGHTEST_FACE = 45.0, 225.0
"""Mean grey value of a face, 0-255: below, webcams expose longer and noise moves the landmarks; above, skin clips."""
LONGEST_DELAY_MS = 150.0
"""Of a camera's frames behind their time stamps."""
BYTES_PER_PIXEL = 2.0
"""Of a picture as PNG, on the safe side: webcam pictures of 1280x720 take 1.0-1.6."""
SPARE_BYTES = 500 * 2**20
BUSY_PROCESSOR = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the preflight."""

    name: str
    mark: Mark
    """``failed``: it would spoil a session. ``warning``: the session runs, and its record says so."""
    found: str
    remedy: str = ""


def spoils(findings: Sequence[Finding]) -> bool:
    """Whether any finding would spoil a session."""
    return any(finding.mark == "failed" for finding in findings)


def display_findings(verdict: DisplayVerdict) -> list[Finding]:
    """Size, refresh rate and vertical sync of the display."""
    facts, refresh = verdict.facts, verdict.refresh
    size = f"{facts.framebuffer_px[0]}x{facts.framebuffer_px[1]} pixels"
    wrong = [fault for fault in verdict.faults if fault != refresh.sentence()]
    findings = [
        Finding("display size", "failed", size, wrong[0])
        if wrong
        else Finding("display size", "ok", f"{size}, as asked")
    ]
    if refresh.kind == "no-vsync":
        paced = f"paced by the computer's clock at {refresh.nominal_hz:g} Hz, not certified"
        findings.append(Finding("refresh rate", "warning", paced, "see vertical sync"))
        findings.append(Finding("vertical sync", "warning", "none", refresh.sentence()))
        return findings
    rate = f"{refresh.measured_hz:.2f} Hz, jitter {refresh.jitter_ms:.2f} ms"
    if refresh.kind == "locked":
        findings.append(Finding("refresh rate", "ok", rate))
    else:
        findings.append(Finding("refresh rate", "failed", rate, refresh.sentence()))
    findings.append(Finding("vertical sync", "ok", "flips wait for the display"))
    return findings


def judge_key(press: KeyPress | None, *, stamped_by: str, read_at_s: float) -> Finding:
    """The self-test: somebody was asked to press SPACE."""
    if press is None:
        return Finding(
            "keyboard",
            "failed",
            "SPACE was not seen",
            "click into the window, check the keyboard's cable; on macOS allow the program to monitor input",
        )
    if stamped_by != "driver":
        return Finding(
            "keyboard",
            "warning",
            "SPACE was seen, stamped once a frame",
            "key times are good to one frame only: install psychtoolbox for this system",
        )
    late_ms = 1000 * (read_at_s - press.time_s)
    return Finding("keyboard", "ok", f"SPACE was seen, stamped by the driver {late_ms:.0f} ms before it was read")


def camera_remedy(spec: str) -> str:
    """What helps where the camera that ``--camera SPEC`` names cannot be opened."""
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
    """Rate, picture size and delay of the camera.

    Parameters
    ----------
    delays_s
        How long after its time stamp each frame was here.
    kind
        `experiment.ports.TimeKind` of the frames.
    """
    rate = f"{timing.rate_hz:.1f} frames/s, {timing.lost} lost, jitter {timing.jitter_ms:.1f} ms"
    remedies = {
        "unknown": ("failed", "the camera sent hardly any picture: check its cable and that no other program uses it"),
        "slow": ("failed", f"{asked.rate_hz:g} are asked for: more light lets a webcam expose shorter"),
        "dropping": (
            "failed",
            "frames are lost: use a port of its own for the camera, a smaller picture, a faster disk",
        ),
        "irregular": ("warning", "frames come unevenly: close other programs"),
        "steady": ("ok", ""),
    }
    mark, remedy = remedies[timing.verdict]
    findings = [Finding("camera rate", mark, rate, remedy)]  # type: ignore[arg-type]
    size = facts.get("size_px")
    if size is not None and tuple(size) != tuple(asked.size_px):
        found, wanted = f"{size[0]}x{size[1]}", f"{asked.size_px[0]}x{asked.size_px[1]}"
        findings.append(
            Finding(
                "camera picture", "warning", found, f"the protocol asks for {wanted}; this camera gives another size"
            )
        )
    elif size is not None:
        findings.append(Finding("camera picture", "ok", f"{size[0]}x{size[1]}"))
    findings.append(_camera_delay(delays_s, kind))
    return findings


def _camera_delay(delays_s: Sequence[float], kind: str) -> Finding:
    if kind == "arrival" or not delays_s:
        return Finding(
            "camera delay",
            "warning",
            "not known: the driver gives no time stamps",
            "`check camera-loop` measures it with the camera pointed at the screen",
        )
    delay_ms = 1000 * float(np.median(delays_s))
    found = f"frames are here {delay_ms:.0f} ms after their time stamp"
    if delay_ms > LONGEST_DELAY_MS:
        return Finding("camera delay", "warning", found, "use the camera's own port, not a hub; close other programs")
    return Finding("camera delay", "ok", found)


def judge_face(image: Image, landmarks: Landmarks | FaceError) -> list[Finding]:
    """Whether the face in front of the camera can be measured."""
    if isinstance(landmarks, FaceError):
        return [Finding("face", "failed", str(landmarks), "sit in front of the camera, alone, and look at it")]
    distance = landmarks.eye_distance_px
    found = f"seen, {distance:.0f} pixels between the eyes"
    if distance < COMFORTABLE_EYE_DISTANCE_PX:
        remedy = (
            f"come closer or use a larger picture: {COMFORTABLE_EYE_DISTANCE_PX:.0f} pixels are needed to measure well"
        )
        size = Finding("face", "warning", found, remedy)
    else:
        size = Finding("face", "ok", found)
    left, top = np.maximum(landmarks.points_px.min(axis=0), 0).astype(int)
    right, bottom = landmarks.points_px.max(axis=0).astype(int) + 1
    grey = float(image[top:bottom, left:right].mean())
    light = f"brightness of the face {grey:.0f} of 255"
    if grey < DARKEST_FACE:
        return [size, Finding("light", "failed", light, "too dark: light the face from the front")]
    if grey > BRIGHTEST_FACE:
        return [size, Finding("light", "failed", light, "too bright: no lamp or window straight at the face")]
    return [size, Finding("light", "ok", light)]


def judge_disk(free_bytes: int, needed_bytes: int, *, folder: str) -> Finding:
    """Room for the data."""
    free, needed = f"{free_bytes / 2**30:.1f} GB free", f"{needed_bytes / 2**30:.1f} GB"
    if free_bytes < needed_bytes:
        return Finding("disk", "failed", free, f"a session may need {needed}: make room in {folder}")
    return Finding("disk", "ok", f"{free}, a session may need {needed}")


def judge_load(processor_percent: float, *, on_battery: bool) -> Finding:
    """What else the computer is doing."""
    found = f"processor {processor_percent:.0f} % busy" + (", on battery" if on_battery else "")
    if processor_percent > BUSY_PROCESSOR:
        return Finding("computer", "warning", found, "close other programs: frames may be late")
    if on_battery:
        return Finding("computer", "warning", found, "plug it in: on battery computers slow down")
    return Finding("computer", "ok", found)


def judge_priority(*, real_time: bool, yields_processor: bool) -> Finding:
    """Whether Linux lets this account draw before all else runs, where the display is waited for asleep."""
    if real_time:
        return Finding("priority", "ok", "drawing goes before other programs")
    if not yields_processor:
        return Finding("priority", "ok", "usual: this display is waited for by a program that never sleeps")
    return Finding(
        "priority",
        "warning",
        "drawing waits for its turn among other programs",
        "let the account ask for real-time priority: `@psychopy - rtprio 50` in a file of /etc/security/limits.d, the "
        "account in the group psychopy",
    )


def bytes_needed(plan: SessionPlan) -> int:
    """Room a session takes on the disk at most, with some to spare."""
    width, height = plan.camera.size_px
    per_trial = plan.camera.keep_before + 1 + plan.camera.keep_after
    frames = sum(
        per_trial if isinstance(step, Trial) else step.frames if isinstance(step, Calibration) else 0
        for step in plan.steps
    )
    return SPARE_BYTES + int(frames * width * height * BYTES_PER_PIXEL)
