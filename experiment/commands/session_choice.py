"""Choose between a session with a real camera and one with a simulated participant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiment.lab.session_setup import Options, ResumableSession, SessionReport
    from experiment.protocol.plan import SessionPlan


def run_chosen_session(
    plan: SessionPlan, dataset: Path, options: Options, *, resume: ResumableSession | None = None
) -> SessionReport:
    """Run one session with the camera that the options name.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        As `experiment.lab.session_setup.run_session`.
    """
    from experiment.lab.session_setup import SIMULATED, run_session
    from experiment.simulation.simulated_session import run_before_simulated_camera

    run = run_before_simulated_camera if options.camera == SIMULATED else run_session
    return run(plan, dataset, options, resume=resume)
