"""Choose between a real camera and a simulated participant.

The simulation is imported only if it is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiment.lab.partner_camera import PartnerOpener
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

    open_partner = None if plan.partner is None else _partner_opener(plan, options)
    if options.camera != SIMULATED:
        return run_session(plan, dataset, options, resume=resume, open_partner=open_partner)
    from experiment.simulation.simulated_session import run_before_simulated_camera

    return run_before_simulated_camera(plan, dataset, options, resume=resume, open_partner=open_partner)


def _partner_opener(plan: SessionPlan, options: Options) -> PartnerOpener:
    """Return a function that opens the camera of the second person.

    Raises
    ------
    CameraError
        If both cameras are the same device.
    """
    from experiment.errors import CameraError
    from experiment.lab.partner_camera import PartnerCamera

    spec = options.partner_camera
    if spec == options.camera and spec.isdecimal():
        raise CameraError(f"both persons have camera {spec}; name two devices with --camera and --partner-camera")
    open_chosen = camera_opener(spec)

    @contextmanager
    def open_partner(clock: Clock) -> Iterator[PartnerCamera]:
        with open_chosen(plan.camera, clock) as source:
            yield PartnerCamera(source, spec, reopen=_reopener(spec, plan, clock))

    return open_partner


def _reopener(spec: str, plan: SessionPlan, clock: Clock) -> Callable[[], CameraSource] | None:
    from experiment.camera.sources import open_camera
    from experiment.lab.session_setup import SIMULATED

    if spec == SIMULATED:
        return None
    camera = plan.camera
    return lambda: open_camera(spec, clock=clock, size_px=camera.size_px, rate_hz=camera.rate_hz)


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
