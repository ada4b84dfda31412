"""The published state of a session, as values with JSON.

Times are seconds since 1970 (`*_utc_s`), so that another process can compare them with its own clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeVar

FORMAT = 1
Phase = Literal["starting", "running", "paused", "camera-fault", "ending", "ended"]
"""``camera-fault``: the session waits for its camera. ``ending``: the last files are written. A
reader has also ``interrupted`` (`reading.SeenSession`)."""
StepKind = Literal["page", "break", "consent", "form", "calibration", "trial"]
Face = Literal["found", "not-found", "unknown"]
"""``unknown``: no frame has been checked lately, or faces cannot be checked."""
MOST_EVENTS = 20
"""Notes, exclusions and requests that are published; the journal has all."""
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class StartStep:
    """One step of the start of a session, such as ``opening the camera``."""

    text: str
    began_utc_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a session is in its plan."""

    block: str = ""
    """Name of the block; empty before the first one."""
    step: str = ""
    """Id of the step."""
    kind: StepKind | None = None
    screen: str = ""
    """Kind of the screen (`experiment.screens.screen.ScreenKind`)."""
    trial: str = ""
    """Id of the trial that runs or ran last; empty before the first one."""
    trial_number: int = 0
    """1 for the first trial of the plan; 0 before it."""
    trials: int = 0
    """All trials. A round that is repeated adds its own."""
    seconds_left: float | None = None
    """Estimated time to the end; None while it cannot be estimated."""


@dataclass(frozen=True, slots=True)
class DisplayReport:
    """Flips of the display up to now."""

    flips: int = 0
    late: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class CameraReport:
    """The camera of the participant; that of the partner if only it has a fault."""

    condition: str
    """As `experiment.camera.condition.CameraCondition`; ``off`` if no picture may be kept."""
    rate_hz: float | None = None
    """Frames that arrived in a second, over the last seconds; None before it is known."""
    asked_hz: float = 0.0
    """Rate of the protocol."""
    message: str = ""
    """The fault and its remedy; empty without a fault."""


@dataclass(frozen=True, slots=True)
class FaceReport:
    """Whether the newest checked frame shows a measurable face."""

    face: Face = "unknown"
    reason: str = ""
    """Why not: `experiment.ports.face_check.FaceCheck.fault`, or why faces cannot be checked."""
    checked_utc_s: float | None = None


@dataclass(frozen=True, slots=True)
class LiveWarning:
    """Something that the experimenter should do, until it is done."""

    code: str
    """One of `experiment.lab.live.warnings.CODES`; a page may translate it."""
    action: str
    """The sentence in English: what to do and why."""
    since_utc_s: float
    numbers: Mapping[str, float | str]
    """The numbers in the sentence, by name."""


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """A note, an exclusion or a request that the session has recorded."""

    kind: str
    """Word of `control.CommandKind`."""
    text: str
    """The note, or the reason."""
    trial: str
    source: str
    utc_s: float


@dataclass(frozen=True, slots=True)
class LiveState:
    """Everything a session publishes except pictures."""

    pid: int
    pid_began_utc_s: float
    """When the process began: another process may get the same number later."""
    dataset: str
    """Absolute path."""
    participant: str
    session: str | None
    protocol: str
    """Path of the protocol's file."""
    began_utc_s: float
    updated_utc_s: float
    phase: Phase
    title: str = ""
    """Empty while the session starts."""
    language: str = ""
    reason: str = ""
    """How it ended: ``complete``, ``ended``, ``declined``, ``stopped``, or a sentence about an error; else empty."""
    is_pilot: bool = False
    steps: tuple[StartStep, ...] = ()
    """The steps of the start; the last one is the present one while ``phase`` is ``starting``."""
    progress: Progress = Progress()
    display: DisplayReport = DisplayReport()
    camera: CameraReport | None = None
    """None before the camera is read."""
    face: FaceReport = FaceReport()
    permission: str = "not-asked"
    """As `experiment.ports.recording_permission.PermissionState`."""
    has_camera_picture: bool = False
    """Whether a small picture of the camera is published when it is requested."""
    disk_free_bytes: int | None = None
    disk_needed_bytes: int | None = None
    """Estimate for the rest of the session."""
    warnings: tuple[LiveWarning, ...] = ()
    events: tuple[LiveEvent, ...] = ()
    """The newest `MOST_EVENTS`, oldest first."""
    format: int = FORMAT

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LiveState:
        """Build a state from JSON values; unknown keys are left out.

        Raises
        ------
        KeyError, TypeError, ValueError
            If something is missing or of another shape, or the format is not known.
        """
        if data.get("format") != FORMAT:
            raise ValueError(f"format {data.get('format')} of a published state is not known")
        camera = data.get("camera")
        return _build(
            cls,
            data,
            steps=tuple(_build(StartStep, one) for one in data["steps"]),
            progress=_build(Progress, data["progress"]),
            display=_build(DisplayReport, data["display"]),
            camera=None if camera is None else _build(CameraReport, camera),
            face=_build(FaceReport, data["face"]),
            warnings=tuple(_build(LiveWarning, one) for one in data["warnings"]),
            events=tuple(_build(LiveEvent, one) for one in data["events"]),
        )


def _build(kind: type[Part], data: Mapping[str, Any], **parts: Any) -> Part:
    """Build a part from its keys; those of a later version are left out."""
    names = {one.name for one in fields(kind)}  # type: ignore[arg-type]  # every part is a dataclass
    return kind(**{**{key: value for key, value in data.items() if key in names}, **parts})
