"""The protocol language.

Every key of a protocol file with its type, default and help sentence.

Editors show the help sentences, and docs/protocol-reference.md consists of them. Short forms (``order: random``,
``trials: [anger, fear]``) are converted to the long ones here. `experiment.protocol.checks` does what needs more than
one key.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema, model_validator

from analysis.face.models.posers import DEFAULT_POSER, POSERS
from experiment.protocol.language.field_types import (
    Blinks,
    CameraName,
    CameraSize,
    ClipFile,
    ClipMoment,
    Colour,
    DisplaySize,
    JitteredLength,
    Key,
    Keys,
    Label,
    LanguageTag,
    Length,
    Name,
    Offset,
    OneOrMoreNames,
    OpenLength,
    PageSound,
    PictureFile,
    PictureOrMoment,
    PublicKeyFile,
    Share,
    Short,
    ShortIsKey,
    SoundSource,
    TableFile,
    Text,
)
from experiment.protocol.language.marker_events import MARKER_EVENTS
from experiment.protocol.language.movement_names import Strengths, Weights, unit_strengths
from experiment.protocol.language.texts import OBSOLETE_TEXTS, TEXT_NAMES
from experiment.protocol.live_metrics import DEFAULT_LIVE_METRIC, LiveMetricName

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")


class Part(BaseModel):
    """A section of a protocol file.

    Immutable, without unknown keys, without conversion of values.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True, defer_build=True
    )


class DisplaySection(Part):
    """The display of the study.

    A session on a different display only starts with an explicit option.
    """

    size: DisplaySize = (1440, 900)
    """Width and height in pixels."""
    refresh_rate: float = Field(default=60, ge=20, le=1000)
    """Refreshes per second (Hz)."""
    viewing_distance_cm: float = Field(default=50, ge=10, le=1000)
    """Distance between eyes and display, in centimetres."""
    fullscreen: bool = True
    """Whether the window fills the display."""
    background: Colour = "black"
    """Background colour: a name or '#rrggbb'."""
    text_colour: Colour = "white"
    """Colour of all texts and of the fixation cross."""
    text_height: float = Field(default=0.035, ge=0.01, le=0.2)
    """Height of the letters, as a fraction of the display's height."""


class KeepFrames(Part):
    """Number of camera frames kept before and after the frame of the key press."""

    before: int = Field(default=15, ge=0, le=600)
    """Frames before the key press."""
    after: int = Field(default=5, ge=0, le=600)
    """Frames after the key press."""


class CameraSection(Part):
    """The camera that films the participant."""

    size: CameraSize = (1280, 720)
    """Width and height of the frames in pixels."""
    rate: float = Field(default=30, ge=1, le=1000)
    """Frames per second."""
    keep_frames: KeepFrames = Field(default_factory=KeepFrames)
    """Number of frames kept around the key press."""
    encrypt_for: PublicKeyFile | None = None
    """File with a public key in the age format, relative to the protocol's folder: all frames are stored encrypted. The
    private key reads them; it stays off the computer of the laboratory. Not with live feedback."""
    film: bool = False
    """Film the whole session without a gap. `film` of a block films the trials of that block only."""


class KeysSection(Part):
    """The keys of the session."""

    respond: Keys = Field(default="space", validate_default=True)
    """Response key: the participant presses it at their best imitation. One key or a list of keys."""
    pause: Key = "escape"
    """Pauses the session; all recorded data are kept."""
    continue_: Key = Field(default="space", alias="continue")
    """Turns instruction pages, starts a calibration, ends a break."""


class TimingSection(Part):
    """The times of one trial: fixation cross, target face, response, blank display."""

    fixation: JitteredLength = Field(default="30 frames", validate_default=True)
    """Duration of the fixation cross; {from: 0.5 s, to: 1 s} draws a time for every trial. 0 frames: no cross."""
    target: OpenLength = Field(default="until-response", validate_default=True)
    """Duration of the target face; `until-response` shows it until the key press."""
    timeout: OpenLength = Field(default="60 s", validate_default=True)
    """Time limit for a response, from the onset of the target; `until-response` means no limit."""
    inter_trial: JitteredLength = Field(default="45 frames", validate_default=True)
    """Blank display after a trial; {from: 1 s, to: 2 s} draws a time for every trial."""

    @model_validator(mode="after")
    def _round_default(self) -> TimingSection:
        """Round the default time limit to whole frames.

        At 59.94 Hz it is not a whole number of frames.
        """
        if "timeout" not in self.model_fields_set and self.timeout is not None:
            object.__setattr__(self, "timeout", replace(self.timeout, nearest=True))
        return self


class TimingChange(Part):
    """Times that differ in one block.

    Keys that are left out keep the value of the file's `timing`.
    """

    fixation: JitteredLength | None = None
    """Duration of the fixation cross."""
    target: OpenLength = None
    """Duration of the target face, or `until-response`."""
    timeout: OpenLength = None
    """Time limit for a response, or `until-response`."""
    inter_trial: JitteredLength | None = None
    """Blank display after a trial."""


class ViewingTiming(Part):
    """Times that differ in one viewing block.

    Keys that are left out keep the value of the file's `timing`.
    """

    fixation: JitteredLength | None = None
    """Duration of the fixation cross; it contains the `baseline`."""
    target: OpenLength = None
    """Duration of the target: a time, because no key ends it."""
    inter_trial: JitteredLength | None = None
    """Blank display after a trial."""


class CourseSection(Part):
    """The movement of a drawn face: rest, onset, apex, offset, rest."""

    delay: Length = Field(default="0 frames", validate_default=True)
    """Time at rest before the movement."""
    onset: Length
    """Duration of the movement from rest to the apex."""
    hold: Length | None = None
    """Time at the apex. Without it, the face stays at the apex."""
    offset: Length | None = None
    """Duration of the movement back to rest, after `hold`. Without it, the face stays at the apex."""
    length: Length | None = None
    """Length of the whole course, with the rest after the movement. Default: up to the end of movement and blinks."""
    blinks: Blinks = False
    """Blinks: the times at which the eyes begin to close, or `true` for random times, 15 a minute on average. They
    are the same for all participants."""


class TargetSection(Part):
    """A face to imitate: a picture, a clip, or a face that the program draws."""

    image: PictureFile | None = None
    """Picture file, relative to the protocol's folder."""
    blend: dict[Literal[EMOTIONS], Share] | None = Field(default=None, min_length=1)  # type: ignore[valid-type]
    """Instead of a picture: the intensity of each emotion, from 0 to 1. The program renders the face."""
    clip: ClipFile | None = None
    """Instead of a picture: a film of a face, relative to the protocol's folder."""
    sound: SoundSource = False
    """A sound file (WAV, FLAC, OGG) that is played from the onset of the target. With `clip`, `true` plays the sound of
    the clip."""
    apex: ClipMoment | None = None
    """With `clip`: the moment of its strongest expression, {at: 1.2 s}; imitations are compared with it. Default: the
    frame whose face differs most from the face at rest."""
    units: Strengths | None = None
    """Instead of a picture: the strength of single movements, from 0 to 1, on both sides or on each: {AU12: 0.8, AU2:
    {left: 1}}. The program renders the face. Left is the left of the drawn person. All names: section `Single
    movements` of docs/protocol-reference.md."""
    poser: Literal[tuple(POSERS)] | None = None  # type: ignore[valid-type]
    """With `blend` or `units`: whose face is drawn, so that a study can have several posers. docs/drawn-faces.md shows
    them. Default: robin, the person on the pictures that ship."""
    course: CourseSection | None = None
    """With `blend` or `units`: the face moves from rest to this expression: {onset: 400 ms, hold: 1 s, offset: 600
    ms}."""
    expression: Name | None = None
    """The expression of the face, for example anger; several targets may share it. Needed with `units`. Default: the
    target's name."""
    neutral: PictureOrMoment | None = None
    """The same face at rest: a picture, or a moment of the clip, {at: 0 s}. With it, the analysis measures the movement
    of the target, not the shape of its face."""
    height: float = Field(default=0.9, gt=0, le=1)
    """Height of the picture or clip on the display, as a fraction of the display's height."""

    @property
    def unit_strengths(self) -> dict[str, float] | None:
        """The strengths of `units` by the names of the face model; None without `units`."""
        return None if self.units is None else unit_strengths(self.units)

    @property
    def shown_poser(self) -> str:
        """The poser of a drawn face."""
        return self.poser or DEFAULT_POSER


class ChoiceItem(Part):
    """One answer of a question with choices."""

    value: Name
    """The value in the data, the same in every language."""
    label: Text
    """The text on the screen."""


def _choices(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{"value": _slug(item), "label": item} if isinstance(item, str) else item for item in value]


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:64] or "x" + text.encode("utf-8", "replace").hex()[:16]


class QuestionItem(Part):
    """One question of a form."""

    id: Name
    """Column of the answer in the data."""
    label: Text
    """The question on the screen."""
    kind: Literal["text", "integer", "choice"] = "text"
    """Type of answer: free text, a whole number, or one of several choices."""
    choices: Annotated[
        list[ChoiceItem],
        BeforeValidator(_choices),
        Short({"type": "array", "items": {"type": "string"}}),
    ] = []
    """The possible answers of a `choice`: texts, or {value: f, label: {en: female, ja: 女性}}."""
    minimum: int | None = None
    """Smallest number allowed."""
    maximum: int | None = None
    """Largest number allowed."""
    required: bool = True
    """Whether an answer is required."""
    demographic: bool = True
    """Whether the answer is stored with the participant (participants.tsv) instead of with the responses."""


class ClauseItem(Part):
    """One clause of a consent."""

    id: Name
    """Name of the answer in the data."""
    text: Text
    """The text of the clause."""
    required: bool = True
    """Whether the session ends if the participant does not agree."""
    about: Literal["participation", "recording", "use_of_recording", "other"] = "other"
    """`recording` marks the clause about filming: without this agreement, no picture of the participant is kept.
    `use_of_recording` asks after the trials: without this agreement, film and frames of the session are deleted."""


class PageItem(Part):
    """One page of instructions."""

    text: Text
    """The text of the page; `|` after the colon keeps line breaks."""
    title: Text | None = None
    """A heading."""
    picture: PictureFile | None = None
    """A picture above the text."""
    sound: PageSound | None = None
    """A sound file that is played from the first flip of the page, such as the text read aloud, or one for each
    language: {en: sounds/en.wav, de: sounds/de.wav}."""
    say: Text | None = None
    """Instead of `sound`: a text that is spoken. `mimicry speak` makes the files before the sessions."""
    duration: Length | None = None
    """The page ends after this time; without it, at the continue key."""


class RatingSection(Part):
    """A scale shown after a trial, answered with the number keys or the mouse."""

    question: Text
    """The question above the scale."""
    labels: list[Text] | None = Field(default=None, min_length=2, max_length=9)
    """One label for every point of the scale, lowest first."""
    points: int | None = Field(default=None, ge=2, le=9)
    """Instead of `labels`: number of points; only the two ends have a label."""
    low: Text | None = None
    """Label of the lowest point, with `points`."""
    high: Text | None = None
    """Label of the highest point, with `points`."""
    time_limit: Length | None = None
    """Longest time for an answer, from the first flip of the scale. Without it, there is no limit."""
    mouse: bool = False
    """Whether a click on a point answers too; shows the pointer of the mouse."""


class TrialQuestionSection(Part):
    """A question after a trial: a choice, a position on a line, or a text."""

    kind: Literal["choice", "slider", "text"]
    """Type of answer: one of several choices, a marker on a line, or free text."""
    question: Text
    """The question on the screen."""
    time_limit: Length | None = None
    """Longest time for an answer, from the first flip of the question. Without it, there is no limit."""
    right_answer: str | float | None = None
    """The right answer, for a column with the accuracy: a value, or '{expression}', '{target}' or a factor of the
    trials in braces. It makes no difference what the participant sees."""
    required: bool = True
    """With `slider` and `text`: whether an answer is required. Otherwise ENTER without an answer skips the question."""
    mouse: bool = True
    """With `choice` and `slider`: whether the mouse answers too. `false` hides the pointer."""
    choices: Annotated[
        list[ChoiceItem],
        BeforeValidator(_choices),
        Short({"type": "array", "items": {"type": "string"}}),
    ] = []
    """With `choice`: the possible answers: texts, or {value: f, label: {en: female, ja: 女性}}."""
    keys: Keys | None = None
    """With `choice`: one key for each answer, in order. Without it, the number keys."""
    counterbalance: str | None = None
    """With `choice`: exchange the answers of the keys. `participants`: from one participant of a group to the next, by
    one position. Name of a factor of `groups`: by one position from one group to the next. Keys and places on the
    screen stay."""
    minimum: float = Field(default=0, ge=-1e6, le=1e6)
    """With `slider`: value at the left end."""
    maximum: float = Field(default=100, ge=-1e6, le=1e6)
    """With `slider`: value at the right end."""
    step: float = Field(default=1, gt=0, le=1e6)
    """With `slider`: distance between two possible values."""
    labels: list[Text] | None = Field(default=None, min_length=2, max_length=9)
    """With `slider`: labels at equal distances along the line, from left to right. Default: the two values of its
    ends."""
    start: float | None = None
    """With `slider`: where the marker is at first. Without it, there is no marker until the participant sets it."""
    show_value: bool = False
    """With `slider`: show the value of the marker as a number."""
    tolerance: float = Field(default=0, ge=0)
    """With `slider`: largest distance from the right answer that is still right."""
    longest: int = Field(default=200, ge=1, le=300)
    """With `text`: largest number of characters."""


class RestSection(Part):
    """Rests within a block."""

    every: int = Field(ge=1)
    """Number of trials between rests; none after the last trial of the block."""
    text: Text | None = None
    """The text of the rest page."""
    shortest: Length | None = None
    """Shortest duration: the participant cannot continue earlier."""


class FeedbackSection(Part):
    """What a trainee sees during a trial."""

    gauge: bool = True
    """The similarity as a gauge."""
    mirror: bool = True
    """The camera picture of the trainee, mirrored."""
    emotions: bool = True
    """Bars of the six emotions, for the target and the trainee."""
    units: bool = False
    """Bars of the strongest single movements."""
    difference: bool = True
    """The 3D face coloured by its distance to the target."""
    hint: bool = True
    """One sentence that says what to move, with an arrow on the mirror image."""
    sound: bool | None = None
    """A short sound when a hold of a similarity is complete; none without a sound device. Default: as `gauge`."""


class HoldSection(Part):
    """An expression that is held: above a similarity, or for a time."""

    similarity: float | None = Field(default=None, ge=0, le=1)
    """The expression counts as held at this similarity or more; its best moment is captured. Needs live measurement
    (`feedback`). Without it, the time alone counts, from the onset of the target."""
    time: Length
    """How long the expression must be held."""
    on_key: bool | None = None
    """Whether the response key also captures. Default: true with `similarity`, false without."""


class ExerciseSection(Part):
    """Each target of the block in sets of repetitions, with a counter."""

    sets: int = Field(default=1, ge=1, le=100)
    """Number of sets of each target; all sets of a target follow each other."""
    repetitions: int = Field(ge=1, le=1000)
    """Number of repetitions in a set; each is a trial."""
    rest: Length | None = None
    """Duration of the rest after each set but the last one of the block; the next set begins by itself. Without it,
    there are no rests."""
    tones: bool = False
    """Whether a tone is played at the start and at the end of each hold; needs a `hold` by time."""


class RepeatSection(Part):
    """Repeat the block until its latest round meets a criterion."""

    answered: float = Field(default=1.0, gt=0, le=1)
    """Share of the trials that must have a response before the time-out."""
    similarity: float | None = Field(default=None, ge=0, le=1)
    """Mean similarity that is also required; needs live measurement (`feedback`)."""
    at_most: int = Field(ge=2, le=20)
    """Largest number of rounds."""


class ProbeSection(Part):
    """An attention probe: a dot on the target in some trials, answered with a key."""

    share: float = Field(gt=0, le=1)
    """Share of the trials of the block with a probe; which ones is drawn for every participant."""
    after: JitteredLength
    """Time from the onset of the target to the dot; {from: 1 s, to: 5 s} draws it for every probe."""
    duration: Length = Field(default="200 ms", validate_default=True)
    """Duration of the dot."""
    key: Key = Field(default="space", validate_default=True)
    """The key to press when the dot appears."""
    window: Length = Field(default="1 s", validate_default=True)
    """Time limit of the answer, from the first flip of the dot; it ends before the target does."""
    at: Annotated[tuple[Offset, Offset], Strict(strict=False)] = (0.0, 0.0)
    """Position of the dot from the centre of the display, to the right and up, as fractions of the display's height."""
    size: float = Field(default=0.03, ge=0.005, le=0.5)
    """Diameter of the dot, as a fraction of the display's height."""
    colour: Colour = "red"
    """Colour of the dot."""

    @model_validator(mode="after")
    def _round_defaults(self) -> ProbeSection:
        """Round the default times to whole frames."""
        for name in ("duration", "window"):
            if name not in self.model_fields_set:
                object.__setattr__(self, name, replace(getattr(self, name), nearest=True))
        return self


class TrialItem(Part):
    """One trial."""

    target: str
    """Name of a target."""
    condition: dict[Name, str] = {}
    """Values that describe the trial, by factor; each factor is a column of the data."""
    repetitions: int = Field(default=1, ge=1, le=1000)
    """Number of times this trial occurs in one repetition of the block."""


def _trial(value: Any) -> Any:
    return {"target": value} if isinstance(value, str) else value


def _trial_items(value: Any) -> Any:
    if isinstance(value, list):
        return {"list": value}
    return value


class TrialsSection(Part):
    """The trials of a block: a list, a crossing of factors, a table, or sets."""

    list_: list[Annotated[TrialItem, BeforeValidator(_trial), Short({"type": "string"})]] | None = Field(
        default=None, alias="list", min_length=1
    )
    """Trials one by one; the short form is the list itself: `trials: [anger, fear]`."""
    cross: dict[Name, list[str]] | None = Field(default=None, min_length=1)
    """Factors with their levels; every combination is a trial."""
    target: str | None = None
    """With `cross`: the name of the target, with factors in braces: '{emotion}-{gaze}'."""
    file: TableFile | None = None
    """A conditions table (CSV, UTF-8): a column `target`, every other column a factor."""
    sets: (
        dict[
            Name,
            Annotated[
                list[Annotated[TrialItem, BeforeValidator(_trial), Short({"type": "string"})]], Field(min_length=1)
            ],
        ]
        | None
    ) = Field(default=None, min_length=2)
    """Lists of trials by name, another one in every session: {a: [anger, fear], b: [sadness, disgust]}. Which set comes
    first is balanced over participants. The data have it as the factor `target_set`."""


def _order(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


class OrderSection(Part):
    """The order of the trials of a block."""

    kind: Literal["fixed", "random", "williams"]
    """`fixed`: as written; `random`: drawn for every participant; `williams`: balanced for position and carry-over."""
    max_in_a_row: dict[str, Annotated[int, Field(ge=1)]] = {}
    """With `random`: longest run of one value of `target`, `expression` or a factor: {target: 1}."""
    shuffle: Literal["all", "each-repetition"] = "all"
    """With `random` and repetitions: shuffle all trials together, or one repetition after the other."""
    same_for_everyone: bool = False
    """With `random`: one random order for all participants."""


class BlockPart(Part):
    """Keys of all blocks."""

    name: Name
    """Name of the block in the data."""
    sessions: list[str] | None = Field(default=None, min_length=1)
    """Only in these sessions (names in the file's `sessions`)."""
    only_for: dict[str, OneOrMoreNames] = {}
    """Only for participants of these groups: {feedback: live}."""


class InstructionsBlock(BlockPart):
    """Pages to read."""

    kind: Literal["instructions"]
    """Pages to read."""
    pages: list[PageItem] | None = Field(default=None, min_length=1)
    """The pages; for a single page, write `text` instead."""
    text: Text | None = None
    """Text of a single page."""
    title: Text | None = None
    """Heading of a single page."""
    picture: PictureFile | None = None
    """Picture of a single page."""
    sound: PageSound | None = None
    """Sound file of a single page, or one for each language."""
    say: Text | None = None
    """A text that is spoken on a single page."""
    duration: Length | None = None
    """A single page ends after this time."""


class ConsentBlock(BlockPart):
    """A consent, asked clause by clause."""

    kind: Literal["consent"]
    """Clauses to agree to."""
    title: Text | None = None
    """A heading."""
    text: Text
    """The information on the page before the clauses."""
    clauses: list[ClauseItem] = Field(min_length=1)
    """The clauses, in order; filming needs its own clause (`about: recording`)."""
    when_missing: Literal["ask", "refuse"] = "ask"
    """In a later session without this block, if the data set has no agreement of this participant to the same clauses:
    `ask` shows the block first, `refuse` does not begin the session."""

    @property
    def is_about_use(self) -> bool:
        """Whether it asks about the use of what was recorded."""
        return any(clause.about == "use_of_recording" for clause in self.clauses)


class FormBlock(BlockPart):
    """Questions answered with the keyboard."""

    kind: Literal["form"]
    """Questions to answer."""
    title: Text | None = None
    """A heading."""
    questions: list[QuestionItem] = Field(min_length=1)
    """The questions, in order."""


class CalibrationBlock(BlockPart):
    """Frames of the participant's neutral face: the baseline of every imitation."""

    kind: Literal["calibration"]
    """The participant's neutral face."""
    text: Text | None = None
    """The text on the screen; the program has a default in several languages."""
    picture: PictureFile | None = None
    """A picture on the screen, for example a neutral face."""
    frames: int = Field(default=10, ge=1, le=1000)
    """Number of camera frames kept."""


class BreakBlock(BlockPart):
    """A rest between blocks."""

    kind: Literal["break"]
    """A rest."""
    text: Text | None = None
    """The text on the screen; the program has a default in several languages."""
    shortest: Length | None = None
    """Shortest duration: the participant cannot continue earlier."""


class TrialBlock(BlockPart):
    """What all blocks of trials have."""

    kind: Literal["practice", "experiment", "training", "viewing"]
    """The kind of the block."""
    trials: Annotated[
        TrialsSection,
        BeforeValidator(_trial_items),
        ShortIsKey("list"),
    ]
    """The trials: a list of targets, or `cross`, `file` or `sets`."""
    repetitions: int = Field(default=1, ge=1, le=1000)
    """Number of times all trials are shown."""
    order: Annotated[
        OrderSection,
        BeforeValidator(_order),
        Short({"enum": ["fixed", "random", "williams"]}),
    ] = Field(default="fixed", validate_default=True)
    """`fixed`, `random`, `williams`, or the long form with limits."""
    one_block_per_target: bool = False
    """Split into one block for each target, named NAME-TARGET, in the order of the trials."""
    timing: TimingChange | ViewingTiming | None = None
    """Times that differ from the file's `timing`."""
    ratings: OneOrMoreNames = []
    """Names of `ratings` shown after every trial."""
    questions: OneOrMoreNames = []
    """Names of `questions` asked after every trial, in this order and after the `ratings`. To ask a rating between two
    questions, name it here."""
    rest: RestSection | None = None
    """Rests within the block."""
    film: bool = False
    """Film each trial without a gap, from before the fixation cross to after the blank display."""


class ImitationBlock(TrialBlock):
    """Trials: the participant imitates a target face and presses a key."""

    kind: Literal["practice", "experiment", "training"]
    """All tables separate `practice` and `training` from the `experiment`."""
    timing: TimingChange | None = None
    """Times that differ from the file's `timing`."""
    feedback: bool | FeedbackSection = False
    """Live feedback: true, false, or the elements to show."""
    hold: HoldSection | None = None
    """An expression that is held is captured: above a similarity (needs `feedback`), or after a time."""
    exercise: ExerciseSection | None = None
    """Each target is an exercise in sets of repetitions; a counter shows how many are left."""
    repeat_until: RepeatSection | None = None
    """Repeat the block until it meets a criterion."""


class ViewingBlock(TrialBlock):
    """Trials that are only watched: no imitation, no response key, a fixed time."""

    kind: Literal["viewing"]
    """The participant watches the targets; no table counts such a trial as an imitation."""
    timing: ViewingTiming | None = None
    """Times that differ from the file's `timing`; every target needs a time."""
    baseline: Length | None = None
    """Time before the onset of the target that shows the participant's face at rest: the last part of the fixation."""
    probe: ProbeSection | None = None
    """A dot on the target in some trials, answered with a key: a test of attention."""


Block = Annotated[
    InstructionsBlock | ConsentBlock | FormBlock | CalibrationBlock | BreakBlock | ImitationBlock | ViewingBlock,
    Field(discriminator="kind"),
]


class MarkersSection(Part):
    """Events sent over the Lab Streaming Layer (LSL), for recorders of EEG or EMG."""

    stream: Name = "mimicry"
    """Name of the stream."""
    events: list[Literal[MARKER_EVENTS]] = list(MARKER_EVENTS)  # type: ignore[valid-type]
    """The events to send."""
    codes: dict[str, Annotated[int, Field(ge=0, le=65535)]] = {}
    """Numbers to send instead of texts, by event (`response: 20`) or event and target (`target/anger: 11`)."""


def _groups(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            factor: (
                dict.fromkeys(levels, 1)
                if isinstance(levels, list) and all(isinstance(level, str) for level in levels)
                else levels
            )
            for factor, levels in value.items()
        }
    return value


Groups = Annotated[
    dict[Name, dict[Name, Annotated[int, Field(ge=1, le=1000)]]],
    BeforeValidator(_groups),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}, "minItems": 2},
                    {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
                ]
            },
        }
    ),
]


def _sizes(value: Any) -> Any:
    return [value] if isinstance(value, int) else value


class AllocationSection(Part):
    """How participants are assigned to `groups`.

    Without this section, their numbers decide, in permuted blocks.
    """

    file: TableFile | None = None
    """Allocation list (CSV, UTF-8): a column `participant` or `slot`, a column for each factor of `groups` and for each
    property in `strata`."""
    strata: dict[Name, Annotated[list[Name], Field(min_length=2)]] = {}
    """Properties of participants, with their levels: {sex: [female, male]}. Groups are filled separately for each
    combination of levels. `run` takes them from `--stratum sex=female`, or from a column of participants.tsv."""
    block_size: Annotated[
        list[Annotated[int, Field(ge=2, le=1000)]], BeforeValidator(_sizes), Short({"type": "integer", "minimum": 2})
    ] = []
    """Participants in a permuted block: a multiple of the sum of the quotas, or a list of such numbers, one of which is
    drawn for every block. Default: the sum."""
    by_experimenter: bool = False
    """Whether `--group FACTOR=LEVEL` may choose the group; the record says so."""


class GapSection(Part):
    """Days between a session and an earlier one, by the calendar.

    7 is the same day of the next week.
    """

    after: Label | None = None
    """The earlier session. Default: the one before it in `sessions`."""
    earliest: int | None = Field(default=None, ge=0, le=3650)
    """Smallest number of days; `run` refuses an earlier session."""
    latest: int | None = Field(default=None, ge=0, le=3650)
    """Largest number of days; `run` refuses a later session."""


class ProtocolFile(Part):
    """A study: what participants see, in which order, and what is recorded."""

    protocol: Literal[1]
    """Version of the protocol language; always 1."""
    name: Name
    """Short name of the study; it is the task in the names of data files."""
    title: Text | None = None
    """Title of the study."""
    description: Text | None = None
    """Description of the study."""
    reference: str | None = None
    """Publication of the design."""
    extends: str | None = None
    """Another protocol file that this one is based on; keys in this file replace its keys or add to them."""
    without: list[str] | None = None
    """With `extends`: parts of the other protocol to leave out, such as blocks.practice or targets.fear."""
    language: LanguageTag = "en"
    """Language of the participants: a language tag (BCP 47) such as de, en, ja or pt-BR."""
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    """Seed of all random orders; another number gives other orders."""
    sessions: list[Label] | None = Field(default=None, min_length=1)
    """Names of the sessions, in order, if a participant has several: [pre, post]."""
    groups: Groups = {}
    """Between-participant conditions with quotas: {feedback: [live, none]}, or {feedback: {live: 2, none: 1}}."""
    allocation: AllocationSection | None = None
    """How participants are assigned to `groups`."""
    days_between: dict[str, GapSection] = {}
    """Days between sessions, by the later session: {post: {earliest: 6, latest: 8}}."""
    display: DisplaySection = Field(default_factory=DisplaySection)
    """The display."""
    camera: CameraSection = Field(default_factory=CameraSection)
    """The camera; with two cameras, the settings of both."""
    cameras: list[CameraName] = Field(default=[0], validate_default=True, min_length=1, max_length=2)
    """Default of `--camera`. A second entry films a second person, the partner, who has `--partner-camera`: [0, 1]. An
    entry is a device number, the path of a device, a video file, a folder of pictures, or `simulated`."""
    keys: KeysSection = Field(default_factory=KeysSection)
    """The keys."""
    timing: TimingSection = Field(default_factory=TimingSection)
    """The times of a trial."""
    pictures: str | None = Field(default=None, min_length=1)
    """Folder of all pictures and clips named under `targets` and `blocks`; change it to use other pictures."""
    targets: dict[Name, TargetSection] = Field(min_length=1)
    """The faces to imitate, by name."""
    target_table: TableFile | None = None
    """Table (CSV, UTF-8) with a target in each row: a column `target`, its name, and columns named as keys of a target:
    `image`, `neutral`, `clip`, `expression`, `height`. The same table may be the `file` of `trials`; its other columns
    are factors then. Paths in it are relative to its own folder."""
    ratings: dict[Name, RatingSection] = {}
    """Rating scales, by name."""
    questions: dict[Name, TrialQuestionSection] = {}
    """Questions after trials, by name."""
    texts: dict[Literal[(*TEXT_NAMES, *OBSOLETE_TEXTS)], Text] = {}  # type: ignore[valid-type]
    """Short texts of the program: replace them, or add another language."""
    live_metric: LiveMetricName = DEFAULT_LIVE_METRIC
    """Metric of the similarity during training, for the gauge, `hold` and `repeat_until`: `combined`, as in the tables;
    `units`, landmarks alone; `appearance`, furrows and folds alone. Needed if a block has a `similarity` to reach,
    because the same face has a lower value with `combined` than with `units`: docs/training.md."""
    composites: dict[Name, Weights] = {}
    """Measures of the analysis that are weighted sums of movements, by name: {smirk: {mouthSmile: {left: 1, right:
    -1}}}. A number without a side weights the mean of both sides. The measure `contrast`, mouthSmile minus browDown,
    always exists. All names: section `Single movements` of docs/protocol-reference.md."""
    markers: MarkersSection | None = None
    """Markers for EEG or EMG recorders."""
    blocks: list[Block] = Field(min_length=1)
    """The blocks of a session, in order."""
