"""Process that shows a camera before a session: picture, rate, face, light.

Pictures are handed over through a pipe and never written to a file.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import deque
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import cv2
import numpy as np

from analysis.face.landmarks.landmarks import eye_distance_px
from analysis.face.landmarks.quality import COMFORTABLE_EYE_DISTANCE_PX, Limits, blur
from experiment.camera.condition import CameraCondition
from experiment.camera.frame_times import TimingVerdict, judge_times
from experiment.camera.handover import FrameHandlers
from experiment.camera.thread import CameraThread
from experiment.clock import MonotonicClock
from experiment.errors import ExperimentError
from experiment.lab.face_checks import FaceChecks
from experiment.ports.camera import CameraFrame, Image
from experiment.ports.face_check import FaceCheck
from experiment.protocol.plan import CameraSettings
from experiment.simulation.chosen_camera import camera_opener

EVERY_S = 0.25
"""Pause between two pictures."""
WIDTH_PX = 480
_RATE_FRAMES = 60
"""The rate is judged by the times of this many frames."""


@dataclass(frozen=True, slots=True)
class CameraView:
    """What the camera shows at one moment."""

    number: int
    """Counts pictures, from 1."""
    condition: CameraCondition = "starting"
    message: str = ""
    """Why the camera cannot be opened; empty if it can."""
    is_over: bool = False
    """Whether the camera could not be opened, or has ended."""
    rate_hz: float | None = None
    asked_hz: float = 0.0
    rate: TimingVerdict = "unknown"
    is_checked: bool = False
    """Whether a picture was searched for a face."""
    fault: str | None = None
    """Why the face cannot be measured: `experiment.ports.face_check.FaceCheck.fault`."""
    outline: tuple[tuple[float, float], ...] = ()
    """Landmarks as fractions of the picture's width and height."""
    eye_distance_px: float | None = None
    is_near: bool = True
    """Whether the face is large enough to be measured well."""
    brightness: float | None = None
    """Mean grey of the face, 0-255."""
    blur: float | None = None
    """0 sharp ... 1 completely blurred; `most_blur` is the limit."""
    most_blur: float = Limits().max_blur
    aspect: float = 4 / 3
    """Width of the picture divided by its height."""


def show_camera(connection: Connection, spec: str, asked: CameraSettings) -> None:
    """Send views and pictures until the other end of the pipe is closed.

    Parameters
    ----------
    connection
        Each message is a `CameraView` and a JPEG; the JPEG is empty without a picture.
    spec
        As ``--camera``.
    asked
        Size and rate of the protocol.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal of the console is for the console
    if hasattr(os, "nice"):
        os.nice(5)
    cv2.setNumThreads(1)
    with contextlib.suppress(OSError, EOFError):
        try:
            _show(connection, spec, asked)
        except ExperimentError as error:
            connection.send((CameraView(0, message=str(error), is_over=True), b""))


def _show(connection: Connection, spec: str, asked: CameraSettings) -> None:
    clock = MonotonicClock()
    times_s: deque[float] = deque(maxlen=_RATE_FRAMES)
    with camera_opener(spec)(asked, clock) as source:
        camera = CameraThread(
            source,
            clock=clock,
            rate_hz=asked.rate_hz,
            keep=(1, 0),
            handlers=FrameHandlers(on_frame=lambda frame: times_s.append(frame.captured_s)),
        )
        faces = FaceChecks(clock, lambda *_: None)
        faces.watch(camera.latest)
        try:
            _send_views(connection, camera, faces, times_s=times_s, asked=asked)
        finally:
            camera.close()
            faces.close()


def _send_views(
    connection: Connection,
    camera: CameraThread,
    faces: FaceChecks,
    *,
    times_s: deque[float],
    asked: CameraSettings,
) -> None:
    number = 0
    while not connection.poll(EVERY_S):  # a message, or the end of the console
        number += 1
        state, frame = camera.state(), camera.latest()
        timing = judge_times(list(times_s), rate_hz=asked.rate_hz)
        view = CameraView(
            number,
            state.condition,
            is_over=state.condition == "ended",
            rate_hz=timing.rate_hz or None,
            asked_hz=asked.rate_hz,
            rate=timing.verdict,
        )
        if frame is None:
            connection.send((view, b""))
            continue
        connection.send((_with_face(view, frame, faces.newest), _jpeg(frame.image)))
        if view.is_over:
            return


def _with_face(view: CameraView, frame: CameraFrame, check: FaceCheck | None) -> CameraView:
    """Return a view with what is known about the face in the newest checked frame."""
    height, width = frame.image.shape[:2]
    view = replace(view, aspect=width / height)
    if check is None:
        return view
    view = replace(view, is_checked=True, fault=check.fault, outline=check.outline)
    if not check.outline:
        return view
    points = np.array(check.outline) * (width, height)
    left, top = np.maximum(points.min(axis=0), 0).astype(int)
    right, bottom = points.max(axis=0).astype(int) + 1
    distance = eye_distance_px(points)
    return replace(
        view,
        eye_distance_px=distance,
        is_near=distance >= COMFORTABLE_EYE_DISTANCE_PX,
        brightness=float(frame.image[top:bottom, left:right].mean()),
        blur=blur(np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY), np.uint8), points),
    )


def _jpeg(image: Image) -> bytes:
    height, width = image.shape[:2]
    if width > WIDTH_PX:
        size = (WIDTH_PX, round(height * WIDTH_PX / width))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    done, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 75])
    return content.tobytes() if done else b""
