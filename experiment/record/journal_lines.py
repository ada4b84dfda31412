"""The lines of a journal as values.

One class a kind of line, the same for everything that writes or reads them.

`JournalLine.EVENT` is the word of a kind in the journal, `to_json` and `from_json` convert its ``data``.
Times are seconds on the clock of the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from experiment.ports.recording_permission import NoFrameReason, PermissionState
from experiment.protocol.live_metrics import EARLIER_LIVE_METRIC
from experiment.record.journal import Entry, TornLine, read_journal
from experiment.record.layout import FilmedPerson
from experiment.record.lock import Holder
from experiment.record.values import QuestionAnswer, TrialResult

FORMAT = 2
"""Format of new journals. Format 2 adds the hashes of lines, frames and files of the plan."""
READABLE_FORMATS = (1, FORMAT)
HOLD = "hold"
"""What stands for the key of a trial that was answered by a held expression."""
Role = Literal["key", "before", "after", "calibration"]
ExclusionScope = Literal["trial", "session", "participant"]
"""What is excluded; ``participant``: every session of the participant, each in its own journal."""
Part = TypeVar("Part")
Line = TypeVar("Line", bound="JournalLine")


# -- parts of lines


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A camera frame on disk."""

    file: str
    """Path from the data set's folder, with ``/``."""
    role: Role
    index: int
    captured_s: float = field(metadata={"key": "time_s"})
    time_kind: str
    sha256: str | None = field(default=None, metadata={"optional": True})
    """Of the stored file; None in format 1."""
    clear_sha256: str | None = field(default=None, metadata={"optional": True})
    """Of the picture file before it was encrypted; None if it is not encrypted."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that the plan of a session was made of."""

    kind: str
    """As in `experiment.record.values.SessionHeader.sources`."""
    file: str
    """Path from the folder of the protocol."""
    sha256: str
    text: str | None = None
    """The content of a table or public key."""


@dataclass(frozen=True, slots=True)
class StoredStimulus:
    """A target face in the data set; paths are relative to ``stimuli/``."""

    name: str
    expression: str
    image: str
    sha256: str
    neutral: str | None
    neutral_sha256: str | None
    blend: Mapping[str, float]
    motion: str | None = field(default=None, metadata={"optional": True})
    """What was shown instead of ``image``: a clip, or the frames of a drawn course. ``image`` is then its apex."""
    motion_sha256: str | None = field(default=None, metadata={"optional": True})
    units: Mapping[str, float] | None = field(default=None, metadata={"optional": True})
    """Strengths of the units of a face that is drawn from them."""
    course: tuple[SourceFile, ...] = field(default=(), metadata={"of": SourceFile, "optional": True})
    """The ``table`` of a drawn course and its ``description`` (`experiment.record.course_tables`)."""
    sound: str | None = field(default=None, metadata={"optional": True})
    """Sound file that was played from the onset."""
    sound_sha256: str | None = field(default=None, metadata={"optional": True})

    @property
    def course_table(self) -> str | None:
        """The table of a drawn course."""
        return next((one.file for one in self.course if one.kind == "table"), None)

    def kind_of(self, file: str) -> str:
        """Return what one of its files is, for messages: a picture, clip, sound or table."""
        if any(file == one.file for one in self.course):
            return "table"
        if file == self.sound:
            return "sound"
        return "clip" if file == self.motion else "picture"

    @property
    def shown(self) -> str:
        """The file that participants saw."""
        return self.motion or self.image

    @property
    def files(self) -> dict[str, str]:
        """The SHA-256 of each of its files, by name."""
        pairs = (
            (self.image, self.sha256),
            (self.neutral, self.neutral_sha256),
            (self.motion, self.motion_sha256),
            (self.sound, self.sound_sha256),
        )
        own = {name: sha256 for name, sha256 in pairs if name is not None and sha256 is not None}
        return own | {one.file: one.sha256 for one in self.course}


@dataclass(frozen=True, slots=True)
class ProtocolText:
    """The protocol of a session, whole."""

    file: str
    text: str
    sha256: str
    base_texts: Mapping[str, str]
    """Texts of the protocols it extends, by file name."""
    sources: tuple[SourceFile, ...] = field(default=(), metadata={"of": SourceFile, "optional": True})
    """The other files that the plan was made of."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Clocks, devices, program and machine since a start or resumption."""

    clock_s: float
    """The session's clock at the same moment as ``wall_s``."""
    wall_s: float
    """Seconds since 1970."""
    utc: str
    display: Mapping[str, Any]
    """Verdict (key ``verdict``), size, measured refresh rate, ...: any JSON."""
    camera: Mapping[str, Any]
    versions: Mapping[str, str]
    commit: str
    machine: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Display frames of a step."""

    flips: int
    late: int
    missed: int


@dataclass(frozen=True, slots=True)
class ClauseFacts:
    """What was asked with one clause of a consent."""

    id: str
    sha256: str
    """Hash of its words and of the consent's text, in all languages."""
    recording: bool
    """Whether it is about filming."""
    required: bool
    """Whether a refusal ends the session."""
    use: bool = field(default=False, metadata={"optional": True})
    """Whether it is about the use of what was recorded."""


# -- lines


@dataclass(frozen=True, slots=True)
class JournalLine:
    """Base of all kinds of lines.

    Metadata of a field: ``key`` is its name in the journal where that differs, ``of`` the class of its value or of the
    elements of its tuple, ``flat`` the class of a value whose keys stand among those of the line, ``optional`` a key
    that later formats added: it is not written where the value is the default, and has the default where it is missing.
    """

    EVENT: ClassVar[str] = ""

    def to_json(self) -> dict[str, Any]:
        """Return the ``data`` of the line."""
        data: dict[str, Any] = _to_json(self)
        return data

    @classmethod
    def from_json(cls: type[Line], data: Mapping[str, Any]) -> Line:
        """Build a line from its ``data``.

        Raises
        ------
        KeyError
            If a key is missing.
        """
        return _from_json(cls, data)


@dataclass(frozen=True, slots=True)
class SessionStart(JournalLine):
    """The first line: what is known before the first flip."""

    EVENT: ClassVar[str] = "session-start"
    format: int
    participant: str
    session: str | None
    task: str
    title: str
    seed: int
    language: str
    pilot: bool
    groups: Mapping[str, str]
    options: Mapping[str, Any]
    steps: tuple[str, ...]
    stimuli: tuple[StoredStimulus, ...] = field(metadata={"of": StoredStimulus})
    protocol: ProtocolText = field(metadata={"of": ProtocolText})
    setting: Setting = field(metadata={"flat": Setting})
    encrypt_for: str | None = field(default=None, metadata={"optional": True})
    """Public key for which all frames are encrypted; None: they are stored in clear."""
    partner: str | None = field(default=None, metadata={"optional": True})
    """Id of the second person that is filmed; None without one."""
    use_consents: tuple[str, ...] = field(default=(), metadata={"optional": True})
    """Ids of the consents about the use of what is recorded."""
    composites: Mapping[str, Mapping[str, float]] | None = field(default=None, metadata={"optional": True})
    """Measures of the analysis: weights of units by name."""
    assignment: Mapping[str, Any] | None = field(default=None, metadata={"optional": True})
    """How the participant came into the groups (`experiment.record.assignments`); None: by number."""
    live_metric: str = field(default=EARLIER_LIVE_METRIC, metadata={"optional": True})
    """Metric of the similarity in training."""


@dataclass(frozen=True, slots=True)
class SessionResume(JournalLine):
    """An interrupted session continues."""

    EVENT: ClassVar[str] = "session-resume"
    setting: Setting = field(metadata={"flat": Setting})
    torn_lines: tuple[TornLine, ...] = field(metadata={"of": TornLine})
    removed_partial_captures: int
    left_open_by: Holder | None = field(metadata={"of": Holder})
    """The process that ended without closing the session."""
    accept: tuple[str, ...] = field(default=(), metadata={"optional": True})
    """Words of `experiment.record.checks.dataset_rules.ACCEPTABLE` that were accepted."""


@dataclass(frozen=True, slots=True)
class SessionEnd(JournalLine):
    """The session was closed, complete or not."""

    EVENT: ClassVar[str] = "session-end"
    complete: bool
    reason: str


@dataclass(frozen=True, slots=True)
class TrialLine(TrialResult, JournalLine):
    """One attempt at a trial, with the frames kept for its key press or hold."""

    EVENT: ClassVar[str] = "trial"
    frames: tuple[StoredFrame, ...] = field(default=(), metadata={"of": StoredFrame})
    anchor_to_frame_ms: float | None = field(default=None, metadata={"key": "key_to_frame_ms"})
    """Time of the frame minus the time it was chosen for."""
    half_interval_ms: float | None = None
    """Half the time between the two camera frames around the time it was chosen for."""

    @property
    def response_time_s(self) -> float | None:
        """From the onset to the key press or hold; None without response."""
        return None if self.anchor_s is None else self.anchor_s - self.onset_s

    @property
    def key_to_frame_ms(self) -> float | None:
        """Time of the frame minus time of the key press; None after a hold."""
        return None if self.key == HOLD else self.anchor_to_frame_ms

    @property
    def hold_to_frame_ms(self) -> float | None:
        """Time of the frame minus best moment of the hold; None after a key press."""
        return self.anchor_to_frame_ms if self.key == HOLD else None

    @property
    def key_frame(self) -> StoredFrame | None:
        """The frame nearest to the key press or hold; None if there is none."""
        return next((frame for frame in self.frames if frame.role == "key"), None)

    @property
    def neighbours(self) -> tuple[StoredFrame, ...]:
        """The other frames."""
        return tuple(frame for frame in self.frames if frame.role != "key")


@dataclass(frozen=True, slots=True)
class TrialAnswerLine(QuestionAnswer, JournalLine):
    """The answer to one question after a trial, written when it is given."""

    EVENT: ClassVar[str] = "trial-answer"
    trial: str = ""
    """Id of the trial."""
    frames: FrameCounts | None = field(default=None, metadata={"flat": FrameCounts})
    """Display frames of the question."""


@dataclass(frozen=True, slots=True)
class CalibrationLine(JournalLine):
    """Frames of the participant's neutral face."""

    EVENT: ClassVar[str] = "calibration"
    step: str
    block: str
    frames: tuple[StoredFrame, ...] = field(metadata={"of": StoredFrame})


@dataclass(frozen=True, slots=True)
class AnswersLine(JournalLine):
    """A form or a consent is complete."""

    EVENT: ClassVar[str] = "answers"
    step: str
    answers: Mapping[str, str | int]
    demographic: tuple[str, ...]
    """Answers that belong into ``participants.tsv``."""
    labels: Mapping[str, str]
    """The words of the questions."""
    clauses: tuple[ClauseFacts, ...] = field(default=(), metadata={"of": ClauseFacts, "optional": True})
    """Of a consent: what was asked, clause by clause."""


@dataclass(frozen=True, slots=True)
class ClauseLine(JournalLine):
    """One clause of a consent was answered; the block may be incomplete."""

    EVENT: ClassVar[str] = "clause"
    step: str
    agreed: bool
    facts: ClauseFacts = field(metadata={"of": ClauseFacts})


@dataclass(frozen=True, slots=True)
class StepLine(JournalLine):
    """A page or a break is over."""

    EVENT: ClassVar[str] = "step"
    step: str
    frames: FrameCounts | None = field(default=None, metadata={"flat": FrameCounts})
    sound: Mapping[str, Any] | None = field(default=None, metadata={"optional": True})
    """The sound of a page (`experiment.session.sounding`)."""


@dataclass(frozen=True, slots=True)
class BlockLine(JournalLine):
    """A block begins."""

    EVENT: ClassVar[str] = "block"
    block: str


@dataclass(frozen=True, slots=True)
class BetweenLine(JournalLine):
    """The time between two trials was longer than planned, or had late flips."""

    EVENT: ClassVar[str] = "between"
    after: str
    """Id of the trial before."""
    waited_for_disk: int
    """Display frames shown until everything recorded was on the disk."""
    frames: FrameCounts = field(metadata={"flat": FrameCounts})


@dataclass(frozen=True, slots=True)
class MeasurementWaitLine(JournalLine):
    """A trial waited until the live measurement was warm."""

    EVENT: ClassVar[str] = "measurement-wait"
    before: str
    """Id of the trial."""
    waited_s: float


@dataclass(frozen=True, slots=True)
class PauseLine(JournalLine):
    """The participant or the operator paused the session."""

    EVENT: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True)
class RequestLine(JournalLine):
    """The experimenter requested a pause, its end, or the end of the session."""

    EVENT: ClassVar[str] = "request"
    request: str
    """``pause``, ``continue`` or ``end``."""
    source: str
    """``console`` or ``terminal``."""


@dataclass(frozen=True, slots=True)
class CameraFaultLine(JournalLine):
    """The session waits for its camera."""

    EVENT: ClassVar[str] = "camera-trouble"
    condition: str
    message: str


@dataclass(frozen=True, slots=True)
class ContinueLine(JournalLine):
    """A pause or a camera fault is over."""

    EVENT: ClassVar[str] = "go-on"
    after: str
    """`EVENT` of the line that began the interruption."""
    seconds: float


@dataclass(frozen=True, slots=True)
class DeclinedLine(JournalLine):
    """Consent to a clause was refused."""

    EVENT: ClassVar[str] = "declined"
    clause: str
    step: str = field(default="", metadata={"optional": True})
    facts: ClauseFacts | None = field(default=None, metadata={"of": ClauseFacts, "optional": True})


@dataclass(frozen=True, slots=True)
class PermissionLine(JournalLine):
    """Whether pictures of the participant may be kept from now on."""

    EVENT: ClassVar[str] = "recording-permission"
    state: PermissionState
    source: str
    """The consent step, or the earlier session, that it comes from; empty before the question was asked."""


@dataclass(frozen=True, slots=True)
class SkippedLine(JournalLine):
    """A step that needs the camera was left out, because no pictures may be kept."""

    EVENT: ClassVar[str] = "skipped"
    step: str
    reason: NoFrameReason


@dataclass(frozen=True, slots=True)
class FilmStartLine(JournalLine):
    """The session is ready to film."""

    EVENT: ClassVar[str] = "film-start"
    part: int
    """Number of the first part; the next one begins when the camera changes the size of its pictures."""
    whole_session: bool
    """Whether the time between the trials is filmed too."""
    encrypted: bool
    encoder: Mapping[str, Any]
    """Codec, quality and library."""
    person: FilmedPerson = field(default="participant", metadata={"optional": True})
    camera_offset: Mapping[str, Any] | None = field(default=None, metadata={"optional": True})
    """Measured offset of its camera (`experiment.record.camera_offset`); the times of the frames do not contain it."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the data set and its hash."""

    file: str
    """Path from the data set's folder, with ``/``."""
    sha256: str


@dataclass(frozen=True, slots=True)
class FilmEndLine(JournalLine):
    """A part of the film is complete."""

    EVENT: ClassVar[str] = "film-end"
    part: int
    closed: bool
    """False if the session was interrupted, and the part was completed when the session was resumed."""
    frames: int
    """Number of frames in the film."""
    lost: Mapping[str, int]
    """Number of lost frames by reason; with ``frames`` all camera frames of the part."""
    table: StoredFile = field(metadata={"of": StoredFile})
    files: tuple[StoredFile, ...] = field(metadata={"of": StoredFile})
    """The videos: one, or many where the film is encrypted."""
    person: FilmedPerson = field(default="participant", metadata={"optional": True})


@dataclass(frozen=True, slots=True)
class RecordingsDeletedLine(JournalLine):
    """Film and frames were deleted after the participant refused their use."""

    EVENT: ClassVar[str] = "recordings-deleted"
    files: tuple[StoredFile, ...] = field(metadata={"of": StoredFile})
    """Every deleted file of the recording, copies among them, with its hash."""
    results: tuple[str, ...]
    """Deleted results of the analysis, which had measurements or pictures; paths from the data set's folder."""
    failed: tuple[str, ...]
    """One sentence for each file that could not be deleted; the next start tries again."""


@dataclass(frozen=True, slots=True)
class NoteLine(JournalLine):
    """A remark of the experimenter."""

    EVENT: ClassVar[str] = "note"
    text: str
    trial: str = field(default="", metadata={"optional": True})
    """Id of the trial that it is about; empty: of none."""
    source: str = field(default="", metadata={"optional": True})
    """Where it was written: ``terminal`` or ``console``."""
    utc: str = field(default="", metadata={"optional": True})
    """When it was written, such as ``2026-03-01T10:15:00Z``; the time of the line is that of the session's clock."""


@dataclass(frozen=True, slots=True)
class ExclusionLine(JournalLine):
    """A trial, the session or all sessions of the participant do not count.

    Nothing is deleted. The analysis leaves out what is excluded, with the reason.
    """

    EVENT: ClassVar[str] = "exclusion"
    reason: str
    scope: ExclusionScope
    trial: str = field(default="", metadata={"optional": True})
    """Id of the trial, where the scope is a trial."""
    source: str = field(default="", metadata={"optional": True})
    """As `NoteLine.source`."""
    utc: str = field(default="", metadata={"optional": True})
    """As `NoteLine.utc`."""


@dataclass(frozen=True, slots=True)
class ExclusionUndoneLine(JournalLine):
    """An exclusion of the same scope and trial does not hold from now on."""

    EVENT: ClassVar[str] = "exclusion-undone"
    reason: str
    """Why it counts after all."""
    scope: ExclusionScope
    trial: str = field(default="", metadata={"optional": True})
    source: str = field(default="", metadata={"optional": True})
    utc: str = field(default="", metadata={"optional": True})


@dataclass(frozen=True, slots=True)
class JournalReplacedLine(JournalLine):
    """Another program replaced or deleted the journal during the session."""

    EVENT: ClassVar[str] = "journal-replaced"
    put_back_bytes: int
    """What the copy lacked; it was written again."""


@dataclass(frozen=True, slots=True)
class CameraTimesLine(JournalLine):
    """Times of some hundred camera frames, one column a value."""

    EVENT: ClassVar[str] = "camera-times"
    index: tuple[int, ...]
    captured_s: tuple[float, ...] = field(metadata={"key": "time_s"})
    arrival_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LiveLine(JournalLine):
    """Live measurements of about a second, one column a value."""

    EVENT: ClassVar[str] = "feedback"
    frame: tuple[int, ...]
    captured_s: tuple[float, ...] = field(metadata={"key": "frame_time_s"})
    offered_ms: tuple[float, ...]
    started_ms: tuple[float, ...]
    finished_ms: tuple[float, ...]
    shown_ms: tuple[float, ...]
    fault: tuple[str | None, ...] = field(metadata={"key": "trouble"})
    """Why a frame could not be measured; None where it could."""
    similarity: tuple[float | None, ...]
    intensity: tuple[float | None, ...]
    emotions: tuple[list[float], ...]
    units: tuple[list[float], ...]
    hint: tuple[str, ...]
    metric: str = field(default=EARLIER_LIVE_METRIC, metadata={"optional": True})
    """Metric of ``similarity``."""


@dataclass(frozen=True, slots=True)
class FaceCheckLine(JournalLine):
    """Whether the frames of a trial or calibration show a measurable face."""

    EVENT: ClassVar[str] = "face-check"
    step: str
    """Id of the trial or the calibration."""
    checked: int
    """Number of frames checked: of a trial, the frame of its key press."""
    measurable: int
    reasons: tuple[str, ...]
    """Why the others cannot be measured, each reason once."""


@dataclass(frozen=True, slots=True)
class NoFaceContinueLine(JournalLine):
    """The lab assistant continued a calibration without a measurable face."""

    EVENT: ClassVar[str] = "continue-without-face"
    step: str
    reason: str
    """What was wrong with the newest frame; ``not-checked`` if faces could not be checked."""


@dataclass(frozen=True, slots=True)
class LiveCalibrationLine(JournalLine):
    """After `resume`, live measurement took the face at rest that was recorded before."""

    EVENT: ClassVar[str] = "live-calibration"
    step: str
    """The calibration."""


@dataclass(frozen=True, slots=True)
class FacesLine(JournalLine):
    """Number of trials with a measurable face, at the end of a session."""

    EVENT: ClassVar[str] = "faces"
    trials: int
    measurable: int
    not_checked: int
    fault: str
    """Why faces could not be checked; empty if they could be."""


@dataclass(frozen=True, slots=True)
class UnknownLine(JournalLine):
    """A line of a kind that this program does not know."""

    event: str
    data: Mapping[str, Any]


_KINDS: Mapping[str, type[JournalLine]] = {
    kind.EVENT: kind
    for kind in (
        SessionStart,
        SessionResume,
        SessionEnd,
        TrialLine,
        TrialAnswerLine,
        CalibrationLine,
        AnswersLine,
        ClauseLine,
        StepLine,
        BlockLine,
        BetweenLine,
        PauseLine,
        RequestLine,
        CameraFaultLine,
        ContinueLine,
        DeclinedLine,
        PermissionLine,
        SkippedLine,
        FilmStartLine,
        FilmEndLine,
        RecordingsDeletedLine,
        NoteLine,
        ExclusionLine,
        ExclusionUndoneLine,
        JournalReplacedLine,
        CameraTimesLine,
        FaceCheckLine,
        NoFaceContinueLine,
        LiveCalibrationLine,
        FacesLine,
        LiveLine,
    )
}


def line_of(entry: Entry) -> JournalLine:
    """Return an entry of a journal as a value.

    Raises
    ------
    KeyError, TypeError
        If its data lack something or are of another shape.
    """
    kind = _KINDS.get(entry.event)
    return UnknownLine(entry.event, entry.data) if kind is None else kind.from_json(entry.data)


AFTER_THE_END = tuple(
    kind.EVENT for kind in (JournalReplacedLine, RecordingsDeletedLine, NoteLine, ExclusionLine, ExclusionUndoneLine)
)
"""Words of the lines that may follow the end of a session."""


def read_lines(path: Path, kind: type[Line]) -> list[Line]:
    """Return all lines of one kind in a journal.

    Raises
    ------
    RecordError
        If the journal cannot be read.
    """
    return [kind.from_json(entry.data) for entry in read_journal(path).entries if entry.event == kind.EVENT]


def _to_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_json(element) for element in value]
    if not is_dataclass(value):
        return value
    data: dict[str, Any] = {}
    for one in fields(value):
        if "optional" in one.metadata and getattr(value, one.name) == one.default:
            continue
        part = _to_json(getattr(value, one.name))
        if "flat" not in one.metadata:
            data[one.metadata.get("key", one.name)] = part
        elif part is not None:
            data |= part
    return data


def _from_json(kind: type[Part], data: Mapping[str, Any]) -> Part:
    values: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]  # every part and line is a dataclass
        flat, part = one.metadata.get("flat"), one.metadata.get("of")
        if flat is not None:
            is_left_out = one.default is None and not any(inner.name in data for inner in fields(flat))
            values[one.name] = None if is_left_out else _from_json(flat, data)
            continue
        key = one.metadata.get("key", one.name)
        if "optional" in one.metadata and key not in data:
            values[one.name] = one.default
            continue
        value = data[key]
        if isinstance(value, list):
            value = tuple(value if part is None else (_from_json(part, element) for element in value))
        elif part is not None and value is not None:
            value = _from_json(part, value)
        values[one.name] = value
    return kind(**values)
