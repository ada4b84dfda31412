"""Film the partner with a second camera, on the clock of the session.

The camera has its own thread, and the film its own process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from experiment.camera.handover import FrameHandlers
from experiment.camera.thread import CameraThread
from experiment.lab.camera_offsets import with_offset
from experiment.lab.film_setup import FilmOptions, filming
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock
from experiment.ports.film import FilmControl
from experiment.ports.recording_permission import RecordingPermission
from experiment.protocol.plan import SessionPlan
from experiment.record.errors import RecordError
from experiment.record.recorder import Recorder


@dataclass(frozen=True, slots=True)
class PartnerCamera:
    """The open camera of the partner."""

    source: CameraSource
    spec: str
    """What ``--partner-camera`` named."""
    reopen: Callable[[], CameraSource] | None = None
    """Opens it again after it was unplugged; None if that cannot be done."""


PartnerOpener = Callable[[Clock], AbstractContextManager[PartnerCamera]]
"""Opens the camera of the partner and closes it at the end."""


@dataclass(frozen=True, slots=True)
class FilmedPartner:
    """The running camera of the partner, and its film."""

    camera: CameraThread
    film: FilmControl | None


@contextmanager
def filming_partner(
    plan: SessionPlan,
    recorder: Recorder,
    camera: PartnerCamera | None,
    *,
    permission: RecordingPermission,
    clock: Clock,
    niceness: int = 0,
) -> Iterator[FilmedPartner | None]:
    """Read and film the camera of the partner; close it at the end.

    Yields None without such a camera, or if filming was refused.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    recorder : Recorder
        Gets the lines of the film.
    camera : PartnerCamera, optional
        The open camera.
    permission : RecordingPermission
        Of both persons together.
    clock : Clock
        Clock of the session.
    niceness : int
        Of the encoding process.

    Raises
    ------
    RecordError
        If the film cannot begin or be completed.
    """
    if camera is None:
        yield None
        return
    if permission.state == "refused":
        camera.source.close()
        yield None
        return
    facts = with_offset(camera.source.facts)
    with filming(
        plan, recorder, camera=facts, permission=permission, clock=clock, options=FilmOptions("partner", niceness)
    ) as film:
        thread = CameraThread(
            camera.source,
            clock=clock,
            rate_hz=plan.camera.rate_hz,
            reopen=camera.reopen,
            handlers=FrameHandlers(on_frame=None if film is None else film.offer, permission=permission),
        )
        try:
            yield FilmedPartner(thread, film)
        finally:
            thread.close()


class Films:
    """Controls the films of several cameras as one.

    Parameters
    ----------
    films : sequence of (str, FilmControl)
        Each with the person whom it shows.
    """

    def __init__(self, films: Sequence[tuple[str, FilmControl]]) -> None:
        self._films = tuple(films)

    def film_trial(self, trial_id: str | None) -> None:
        """Film for a trial from now on; None ends that."""
        for _, film in self._films:
            film.film_trial(trial_id)

    def check(self) -> None:
        """Raise what went wrong with a film.

        Raises
        ------
        RecordError
            If one has failed; the message names the person.
        """
        for person, film in self._films:
            try:
                film.check()
            except RecordError as error:
                raise RecordError(f"film of the {person}: {error}") from error


def films_of(own: FilmControl | None, partner: FilmedPartner | None) -> FilmControl | None:
    """Return the control of all films of a session; None without a film."""
    if partner is None or partner.film is None:
        return own
    return Films([*([("participant", own)] if own is not None else []), ("partner", partner.film)])
