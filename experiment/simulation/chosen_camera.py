"""Open the camera that ``--camera`` names: a device, files, or a simulated face."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing

from experiment.camera.sources import open_camera
from experiment.lab.preflight_measure import CameraOpener
from experiment.lab.session_options import SIMULATED
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock
from experiment.protocol.plan import CameraSettings


def camera_opener(spec: str) -> CameraOpener:
    """Return a function that opens the camera ``--camera SPEC`` outside of sessions."""

    def open_chosen(asked: CameraSettings, clock: Clock) -> AbstractContextManager[CameraSource]:
        if spec != SIMULATED:
            return closing(open_camera(spec, clock=clock, size_px=asked.size_px, rate_hz=asked.rate_hz))
        from experiment.simulation.simulated_session import resting_visitor_camera

        return resting_visitor_camera(clock, rate_hz=asked.rate_hz)

    return open_chosen
