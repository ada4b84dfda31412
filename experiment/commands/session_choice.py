"""Choose between a real camera and a simulated participant.

The simulation is imported only if it is chosen.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiment.lab.preflight_measure import CameraOpener
    from experiment.lab.session_setup import Options, ResumableSession, SessionReport
    from experiment.ports.camera import CameraSource
    from experiment.ports.clock import Clock
    from experiment.protocol.plan import CameraSettings, SessionPlan


def run_chosen_session(
    plan: SessionPlan, dataset: Path, options: Options, *, resume: ResumableSession | None = None
) -> SessionReport:
    """Run one session with the camera that the options name.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    options
        Options of the command line.
    resume
        The interrupted session to resume; None for a new one.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        As `experiment.lab.session_setup.run_session`.
    """
    from experiment.lab.session_setup import SIMULATED, run_session

    if options.camera != SIMULATED:
        return run_session(plan, dataset, options, resume=resume)
    from experiment.simulation.simulated_session import run_before_simulated_camera

    return run_before_simulated_camera(plan, dataset, options, resume=resume)


def camera_opener(spec: str) -> CameraOpener:
    """Return a function that opens the camera ``--camera SPEC`` for the preflight."""
    from experiment.camera.sources import open_camera
    from experiment.lab.session_setup import SIMULATED

    def open_chosen(asked: CameraSettings, clock: Clock) -> AbstractContextManager[CameraSource]:
        if spec != SIMULATED:
            return closing(open_camera(spec, clock=clock, size_px=asked.size_px, rate_hz=asked.rate_hz))
        from experiment.simulation.simulated_session import resting_visitor_camera

        return resting_visitor_camera(clock, rate_hz=asked.rate_hz)

    return open_chosen
