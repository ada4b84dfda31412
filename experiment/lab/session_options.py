"""Options, devices and results of a session, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from experiment.display.display_judgement import DisplayVerdict
from experiment.display.opening import OpenDisplay
from experiment.lab.live.publisher import LivePublisher
from experiment.lab.partner_camera import PartnerCamera
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock
from experiment.ports.sound import SoundPlayer
from experiment.protocol.plan import SessionPlan
from experiment.protocol.trials.criterion import Outcome
from experiment.record.history import SIMULATED_CAMERA
from experiment.record.layout import SessionPlace
from experiment.session.display_loop import FrameTotals
from experiment.session.runner import SessionEnding

SIMULATED = SIMULATED_CAMERA
"""Value of `--camera` that selects the simulated participant."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one session on the command line; the record keeps them for `resume`."""

    camera: str = "0"
    partner_camera: str = "1"
    """Camera of the second person, where the protocol has one."""
    windowed: bool = False
    pilot: bool = False
    accept_display: bool = False
    mimicry: float = 1.0
    """Factor of the spontaneous mimicry of a simulated participant."""
    streams: tuple[str, ...] = ()
    """Where the coefficients of live measurements are sent."""
    accept: tuple[str, ...] = ()
    """Words of `experiment.record.checks.dataset_rules.ACCEPTABLE`."""
    accepted: tuple[str, ...] = ()
    """One sentence for each problem of the data set that was accepted."""

    def to_json(self) -> dict[str, Any]:
        """Return the options for the record."""
        lists = {name: list(getattr(self, name)) for name in ("streams", "accept", "accepted")}
        return {**asdict(self), **lists}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Options:
        """Return the options of a record; options it does not have keep their defaults."""
        known = {
            name: value[name]
            for name in ("camera", "partner_camera", "windowed", "pilot", "accept_display", "mimicry")
            if name in value
        }
        return cls(**known, streams=tuple(value.get("streams", ())))


@dataclass(frozen=True, slots=True)
class OpenDevices:
    """The open devices of a session, real or simulated."""

    clock: Clock
    display: OpenDisplay
    """The display with its keyboard and its verdict."""
    camera: CameraSource | None
    """None if the participant has refused to be filmed."""
    reopen_camera: Callable[[], CameraSource] | None = None
    """Opens the camera again after it was unplugged; None if that cannot be done."""
    sound: SoundPlayer | None = None
    """Plays the sound of clips; None: clips are silent, and the record says so."""
    partner: PartnerCamera | None = None
    """The camera of the second person; None without one."""
    check_faces: bool = False
    """Whether a process checks the faces in the frames. Benchmarks and tests film pictures without faces."""
    live: LivePublisher | None = None
    """Publishes the session for an experimenter at another screen; None: it is not published."""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """How a session ended and how well it kept time."""

    ending: SessionEnding
    place: SessionPlace
    verdict: DisplayVerdict
    totals: FrameTotals
    faces: tuple[str, ...] = ()
    """Sentences about the faces in the kept frames; empty if faces were not checked."""


@dataclass(frozen=True, slots=True)
class ResumableSession:
    """An interrupted session that can be resumed."""

    plan: SessionPlan
    options: Options
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """Outcomes of the finished trials, by trial id."""
    is_rehearsal: bool = False
    """Whether a simulated participant pressed the keys."""
