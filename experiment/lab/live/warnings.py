"""Warnings of a running session, worded as actions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from experiment.record.live_state.values import CameraReport, DisplayReport, LiveWarning

CODES = ("camera-fault", "camera-slow", "calibration-waits", "no-face", "late-flips", "disk")
SLOW_CAMERA = 0.8
"""Share of the protocol's frame rate below which the camera is slow."""
NO_FACE_TRIALS = 2
"""Trials in a row without a measurable face from which the session warns."""
MOST_LATE = 0.01
"""Share of late flips above which the session warns."""
LEAST_FLIPS = 600
"""Flips of the last minute from which late flips are judged."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What warnings depend on."""

    recent: DisplayReport
    """Flips of the last minute."""
    camera: CameraReport | None
    trials_without_face: int
    face_reasons: tuple[str, ...]
    waits_for_face: str
    """Why a calibration that waits for a face cannot begin; empty if none waits, or it can."""
    disk_free_bytes: int | None
    disk_needed_bytes: int | None


class Warnings:
    """Keeps warnings while their cause lasts, with the time at which they began."""

    def __init__(self) -> None:
        self._present: dict[str, LiveWarning] = {}

    def update(self, observed: Observed) -> tuple[LiveWarning, ...]:
        """Return the present warnings, the oldest first.

        Parameters
        ----------
        observed
            What was observed now.
        """
        now_s = time.time()
        present = {}
        for code, action, numbers in _findings(observed):
            since_s = self._present[code].since_utc_s if code in self._present else now_s
            present[code] = LiveWarning(code, action, since_s, numbers)
        self._present = present
        return tuple(sorted(present.values(), key=lambda one: one.since_utc_s))


def _findings(observed: Observed) -> Iterator[tuple[str, str, Mapping[str, float | str]]]:
    camera, recent = observed.camera, observed.recent
    if camera is not None and camera.message:
        yield "camera-fault", camera.message, {"condition": camera.condition}
    elif camera is not None and camera.rate_hz is not None and camera.rate_hz < SLOW_CAMERA * camera.asked_hz:
        yield (
            "camera-slow",
            f"Light the room, or plug the camera into a port of its own: it gives {camera.rate_hz:.0f} of "
            f"{camera.asked_hz:.0f} pictures a second.",
            {"rate_hz": round(camera.rate_hz, 1), "asked_hz": camera.asked_hz},
        )
    if observed.waits_for_face:
        reasons = observed.waits_for_face
        yield (
            "calibration-waits",
            "Point the camera at the face and check the light: the calibration waits for a measurable face "
            f"({reasons}).",
            {"reasons": reasons},
        )
    elif observed.trials_without_face >= NO_FACE_TRIALS:
        reasons = ", ".join(observed.face_reasons)
        yield (
            "no-face",
            f"Pause, then point the camera at the face and check the light: no measurable face in the last "
            f"{observed.trials_without_face} trials ({reasons}).",
            {"trials": observed.trials_without_face, "reasons": reasons},
        )
    if recent.flips >= LEAST_FLIPS and recent.late > MOST_LATE * recent.flips:
        yield (
            "late-flips",
            f"Close other programs on this computer: in the last minute {recent.late} of {recent.flips} pictures came "
            "late on the display.",
            {"late": recent.late, "flips": recent.flips},
        )
    free, needed = observed.disk_free_bytes, observed.disk_needed_bytes
    if free is not None and needed is not None and free < needed:
        free_gb, needed_gb = free / 2**30, needed / 2**30
        yield (
            "disk",
            f"Free some space on the disk of the data set: {free_gb:.1f} GB are free, the rest of the session may need "
            f"{needed_gb:.1f} GB.",
            {"free_gb": round(free_gb, 2), "needed_gb": round(needed_gb, 2)},
        )
