"""Choose between a real camera and a simulated participant.

The simulation is imported only if it is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiment.lab.live.publisher import LivePublisher
    from experiment.lab.partner_camera import PartnerOpener
    from experiment.lab.session_options import Options, ResumableSession, SessionReport
    from experiment.ports.camera import CameraSource
    from experiment.ports.clock import Clock
    from experiment.protocol.plan import SessionPlan


def chosen_cameras(plan: SessionPlan, camera: str | None, partner_camera: str | None) -> tuple[str, str]:
    """Return the cameras of participant and partner.

    Those of the options, else those of the protocol.

    Parameters
    ----------
    plan
        The plan of the session.
    camera, partner_camera
        As ``--camera`` and ``--partner-camera``; None where left out.

    Raises
    ------
    CameraError
        If a camera of the partner is named and the protocol films one person, or both cameras are one device.
    """
    from experiment.errors import CameraError
    from experiment.lab.session_options import Options

    if not plan.films_two:
        if partner_camera is not None:
            raise CameraError(
                "the protocol films one person; leave out --partner-camera, or write `cameras: [0, 1]` in the protocol"
            )
        return camera or plan.cameras[0], Options().partner_camera
    own, partners = camera or plan.cameras[0], partner_camera or plan.cameras[1]
    _require_two_devices(own, partners)
    return own, partners


def require_present_camera(spec: str | None, dataset: Path, participant: str) -> None:
    """Refuse a camera that is not there, before anything else takes time.

    A participant with an earlier session may have refused to be filmed, and is recorded without a camera.

    Parameters
    ----------
    spec
        As ``--camera``; None where left out.
    dataset
        Folder of the data set.
    participant
        Id of the participant.

    Raises
    ------
    CameraError
        If it is not there.
    """
    from experiment.camera.device_names import require_camera_spec

    earlier = dataset / "sourcedata" / f"sub-{participant.removeprefix('sub-')}"
    if spec not in (None, "simulated") and not earlier.exists():
        require_camera_spec(spec)


def _require_two_devices(own: str, partners: str) -> None:
    """Require that two cameras are not one device.

    Raises
    ------
    CameraError
        If they are.
    """
    from experiment.camera.device_names import device_number
    from experiment.errors import CameraError

    number = device_number(own)
    if number is not None and number == device_number(partners):
        raise CameraError(f"both persons have camera {own}; name two devices with --camera and --partner-camera")


def run_chosen_session(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    resume: ResumableSession | None = None,
    live: LivePublisher | None = None,
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
    live
        Publishes the session; None: it is not published.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        As `experiment.lab.session_setup.run_session`.
    """
    from experiment.lab.session_options import SIMULATED
    from experiment.lab.session_setup import run_session

    open_partner = None if plan.partner is None else _partner_opener(plan, options)
    if options.camera != SIMULATED:
        return run_session(plan, dataset, options, resume=resume, open_partner=open_partner, live=live)
    from experiment.simulation.simulated_session import run_before_simulated_camera

    return run_before_simulated_camera(plan, dataset, options, resume=resume, open_partner=open_partner, live=live)


def _partner_opener(plan: SessionPlan, options: Options) -> PartnerOpener:
    """Return a function that opens the camera of the second person.

    Raises
    ------
    CameraError
        If both cameras are the same device.
    """
    from experiment.lab.partner_camera import PartnerCamera
    from experiment.simulation.chosen_camera import camera_opener

    spec = options.partner_camera
    _require_two_devices(options.camera, spec)
    open_chosen = camera_opener(spec)

    @contextmanager
    def open_partner(clock: Clock) -> Iterator[PartnerCamera]:
        with open_chosen(plan.camera, clock) as source:
            yield PartnerCamera(source, spec, reopen=_reopener(spec, plan, clock))

    return open_partner


def _reopener(spec: str, plan: SessionPlan, clock: Clock) -> Callable[[], CameraSource] | None:
    from experiment.camera.sources import open_camera
    from experiment.lab.session_options import SIMULATED

    if spec == SIMULATED:
        return None
    camera = plan.camera
    return lambda: open_camera(spec, clock=clock, size_px=camera.size_px, rate_hz=camera.rate_hz)
