"""The protocol language: every key a protocol file may have, with its type, default and description.

The descriptions are what editors show on hover and what docs/protocol-reference.md is made of. Short forms (`order:
random`, `trials: [anger, fear]`) are turned into the long ones here; what needs two places of a file is in `checks`.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    Strict,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from analysis.face.models.emotions import EMOTIONS
from experiment.protocol.language import stimulus_files
from experiment.protocol.language.document import PlacedText
from experiment.protocol.language.durations import (
    SCHEMA_PATTERN,
    UNTIL_RESPONSE,
    Duration,
    Span,
    parse_duration,
    parse_open_duration,
    parse_span,
)
from experiment.protocol.language.marker_events import MARKER_EVENTS
from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.texts import ANY_LANGUAGE, OBSOLETE_TEXTS, TEXT_NAMES, parse_text

KEY_NAMES = (
    *("space", "return", "escape", "tab", "backspace", "left", "right", "up", "down", "num_enter"),
    *"abcdefghijklmnopqrstuvwxyz0123456789",
    *(f"f{number}" for number in range(1, 13)),
    *(f"num_{number}" for number in range(10)),
)
_KEY_SYNONYMS = {"spacebar": "space", "enter": "return", "esc": "escape", "blank": "space", "leertaste": "space"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9]{1,32}")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"`{value[:60]}` must be made of letters a-z, digits, - and _ only: it becomes part of file names"
        )
    return value


def _label(value: str) -> str:
    if not _LABEL.fullmatch(value):
        raise ValueError(f"`{value[:60]}` must be made of letters a-z and digits only: it becomes part of file names")
    return value


def _key(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 9:
        return str(value)
    if not isinstance(value, str):
        raise ValueError("must be the name of a key, such as space, return or a")
    name = value.lower()
    if name in KEY_NAMES:
        return name
    if name in _KEY_SYNONYMS:
        raise ValueError(f"`{value}` is called `{_KEY_SYNONYMS[name]}` here")
    raise ValueError(f"`{value[:60]}` is no key of a keyboard{did_you_mean(value, KEY_NAMES)}")


def _keys(value: Any) -> tuple[str, ...]:
    keys = tuple(_key(key) for key in (value if isinstance(value, list) else [value]))
    if not keys:
        raise ValueError("needs at least one key")
    if len(set(keys)) < len(keys):
        raise ValueError("names the same key twice")
    return keys


def _colour(value: str) -> str:
    from PIL import ImageColor

    if re.fullmatch(r"#[0-9a-fA-F]{6}", value) or value.lower() in ImageColor.colormap:
        return value.lower()
    raise ValueError(
        f"`{value[:60]}` is no colour; write a name such as black or grey, or '#rrggbb' in quotes"
        + did_you_mean(value, list(ImageColor.colormap)).partition("; possible")[0]
    )


def _picture(value: Any) -> Path:
    path = _file(value)
    stimulus_files.picture_size(path)
    return path


def _file(value: Any) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise ValueError("must be the path of a file, relative to the protocol's folder")
    folder = value.file.parent if isinstance(value, PlacedText) else Path()
    return stimulus_files.resolve(value, folder)


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class _Short:
    """In the JSON Schema, a short form beside the long one that it is turned into."""

    def __init__(self, short: JsonSchemaValue) -> None:
        self.short = short

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [self.short, handler(schema)]}


_SAME_AS = "same-as-key"


class _ShortIsKey:
    """In the JSON Schema, the content of one key as the short form of the whole section."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{_SAME_AS: self.key}, handler(schema)]}  # `json_schema` puts it in


_TEXT_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    ]
}
_DURATION_SCHEMA: dict[str, Any] = {"type": "string", "pattern": SCHEMA_PATTERN}
_KEY_SCHEMA: dict[str, Any] = {"anyOf": [{"enum": list(KEY_NAMES)}, {"type": "integer", "minimum": 0, "maximum": 9}]}
_PATH_SCHEMA = {"type": "string", "minLength": 1}

Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
Label = Annotated[str, AfterValidator(_label), WithJsonSchema({"type": "string", "pattern": f"^{_LABEL.pattern}$"})]
Text = Annotated[Mapping[str, str], PlainValidator(parse_text), WithJsonSchema(_TEXT_SCHEMA)]
Key = Annotated[str, PlainValidator(_key), WithJsonSchema(_KEY_SCHEMA)]
Keys = Annotated[
    tuple[str, ...],
    PlainValidator(_keys),
    WithJsonSchema({"anyOf": [*_KEY_SCHEMA["anyOf"], {"type": "array", "items": _KEY_SCHEMA, "minItems": 1}]}),
]
Colour = Annotated[str, AfterValidator(_colour)]
PictureFile = Annotated[Path, PlainValidator(_picture), WithJsonSchema(_PATH_SCHEMA)]
TableFile = Annotated[Path, PlainValidator(_file), WithJsonSchema(_PATH_SCHEMA)]
Length = Annotated[Duration, PlainValidator(parse_duration), WithJsonSchema(_DURATION_SCHEMA)]
OpenLength = Annotated[
    Duration | None,
    PlainValidator(parse_open_duration),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, {"const": UNTIL_RESPONSE}]}),
]
JitteredLength = Annotated[
    Span,
    PlainValidator(parse_span),
    WithJsonSchema(
        {
            "anyOf": [
                _DURATION_SCHEMA,
                {
                    "type": "object",
                    "properties": {"from": _DURATION_SCHEMA, "to": _DURATION_SCHEMA},
                    "required": ["from", "to"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Size = Annotated[tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]], Strict(False)]
Share = Annotated[float, Field(ge=0, le=1)]
OneOrMoreNames = Annotated[
    list[str],
    BeforeValidator(_one_or_more),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class Part(BaseModel):
    """A section of a protocol file: unknown keys are refused, values are not converted, nothing changes afterwards."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True, defer_build=True
    )


class DisplaySection(Part):
    """The display the study was designed for. A session on another one does not start without an explicit override."""

    size: Annotated[
        tuple[Annotated[int, Field(ge=320, le=16384)], Annotated[int, Field(ge=240, le=16384)]], Strict(False)
    ] = (1440, 900)
    """Width and height in pixels."""
    refresh_rate: float = Field(default=60, ge=20, le=1000)
    """Refreshes per second (Hz)."""
    viewing_distance_cm: float = Field(default=50, ge=10, le=1000)
    """Distance between eyes and display, in centimetres."""
    fullscreen: bool = True
    """Whether the window fills the display."""
    background: Colour = "black"
    """Colour behind everything: a name or '#rrggbb'."""
    text_colour: Colour = "white"
    """Colour of all texts and of the fixation cross."""
    text_height: float = Field(default=0.035, ge=0.01, le=0.2)
    """Height of the letters, as a fraction of the display's height."""


class KeepFrames(Part):
    """How many camera frames around the key press are kept beside the frame of the key press itself."""

    before: int = Field(default=15, ge=0, le=600)
    """Frames before the key press."""
    after: int = Field(default=5, ge=0, le=600)
    """Frames after the key press."""


class CameraSection(Part):
    """The camera that films the participant."""

    size: Annotated[
        tuple[Annotated[int, Field(ge=64, le=16384)], Annotated[int, Field(ge=64, le=16384)]], Strict(False)
    ] = (
        1280,
        720,
    )
    """Width and height of its pictures in pixels."""
    rate: float = Field(default=30, ge=1, le=1000)
    """Pictures per second."""
    keep_frames: KeepFrames = Field(default_factory=KeepFrames)
    """How many frames around the key press are kept."""


class KeysSection(Part):
    """Which keys do what."""

    respond: Keys = Field(default="space", validate_default=True)
    """Pressed by the participant when the imitation is best; one key or a list of keys."""
    pause: Key = "escape"
    """Interrupts the session; everything recorded is kept."""
    continue_: Key = Field(default="space", alias="continue")
    """Turns instruction pages, starts the baseline, ends a break."""


class TimingSection(Part):
    """The times of one trial: fixation cross, target face, response, blank display."""

    fixation: JitteredLength = Field(default="30 frames", validate_default=True)
    """How long the fixation cross is shown; {from: 0.5 s, to: 1 s} draws a time for every trial. 0 frames: no cross."""
    target: OpenLength = Field(default="until-response", validate_default=True)
    """How long the target face is shown; `until-response` keeps it until the key press."""
    timeout: OpenLength = Field(default="60 s", validate_default=True)
    """How long after the target's onset a response is waited for; `until-response` waits for ever."""
    inter_trial: JitteredLength = Field(default="45 frames", validate_default=True)
    """Blank display after a trial; {from: 1 s, to: 2 s} draws a time for every trial."""


class TimingChange(Part):
    """Times that differ in one block; what is left out is as in the file's `timing`."""

    fixation: JitteredLength | None = None
    """How long the fixation cross is shown."""
    target: OpenLength = None
    """How long the target face is shown, or `until-response`."""
    timeout: OpenLength = None
    """How long a response is waited for, or `until-response`."""
    inter_trial: JitteredLength | None = None
    """Blank display after a trial."""


class TargetSection(Part):
    """A face to imitate: a picture, or a blend of emotions that the program renders with its own face."""

    image: PictureFile | None = None
    """Picture file, relative to the protocol's folder."""
    blend: dict[Literal[EMOTIONS], Share] | None = Field(default=None, min_length=1)  # type: ignore[valid-type]
    """Instead of a picture: how strong each emotion is, from 0 to 1, rendered by the program's own face."""
    expression: Name | None = None
    """What the face shows, for instance anger; targets of one expression share it. Default: the target's name."""
    neutral: PictureFile | None = None
    """The same face at rest; lets the analysis measure how the target moved rather than how it looks."""
    height: float = Field(default=0.9, gt=0, le=1)
    """Height of the picture on the display, as a fraction of the display's height."""


class ChoiceItem(Part):
    """One answer of a question with choices."""

    value: Name
    """What is stored, the same in every language."""
    label: Text
    """What is shown."""


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
    """The question as it is shown."""
    kind: Literal["text", "integer", "choice"] = "text"
    """What is typed: free text, a whole number, or the number of a choice."""
    choices: Annotated[
        list[ChoiceItem],
        BeforeValidator(_choices),
        _Short({"type": "array", "items": {"type": "string"}}),
    ] = []
    """The possible answers of a `choice`: texts, or {value: f, label: {en: female, ja: 女性}}."""
    minimum: int | None = None
    """Smallest number allowed."""
    maximum: int | None = None
    """Largest number allowed."""
    required: bool = True
    """Whether it must be answered."""
    demographic: bool = True
    """Stored with the participant (participants.tsv), apart from the responses."""


class ClauseItem(Part):
    """One thing to agree to."""

    id: Name
    """Name of the answer in the data."""
    text: Text
    """What the participant agrees to."""
    required: bool = True
    """Without agreement the session ends at once."""
    about: Literal["participation", "recording", "other"] = "other"
    """`recording` marks the clause about being filmed: without it, no picture of the participant is kept."""


class PageItem(Part):
    """One page of instructions."""

    text: Text
    """What it says; `|` after the colon keeps line breaks."""
    title: Text | None = None
    """A heading."""
    picture: PictureFile | None = None
    """A picture above the text."""
    duration: Length | None = None
    """Goes on by itself after this time; without it, at the continue key."""


class RatingSection(Part):
    """A scale shown after a trial, answered with the number keys."""

    question: Text
    """The question above the scale."""
    labels: list[Text] | None = Field(default=None, min_length=2, max_length=9)
    """One label for every point, lowest first."""
    points: int | None = Field(default=None, ge=2, le=9)
    """Instead of `labels`: number of points, of which only the ends are labelled."""
    low: Text | None = None
    """Label of the lowest point, with `points`."""
    high: Text | None = None
    """Label of the highest point, with `points`."""


class RestSection(Part):
    """Rests within a block."""

    every: int = Field(ge=1)
    """After so many trials; never after the last one of the block."""
    text: Text | None = None
    """What the rest page says."""
    shortest: Length | None = None
    """The participant cannot go on before this time."""


class FeedbackSection(Part):
    """What a trainee sees while imitating."""

    gauge: bool = True
    """The similarity as a gauge."""
    mirror: bool = True
    """The trainee's own picture, mirrored."""
    emotions: bool = True
    """Bars of the six emotions, target beside own."""
    units: bool = False
    """Bars of the strongest single movements."""
    difference: bool = True
    """The 3D face coloured by its distance to the target."""
    hint: bool = True
    """One sentence about what to move."""


class HoldSection(Part):
    """The best moment of a held expression is captured by itself."""

    similarity: float = Field(ge=0, le=1)
    """From this similarity on, the expression counts as held."""
    time: Length
    """How long it must be held."""
    on_key: bool = True
    """The response key captures as well."""


class RepeatSection(Part):
    """The block is repeated until its latest round was good enough."""

    answered: float = Field(default=1.0, gt=0, le=1)
    """Share of the trials that must be answered before the time-out."""
    similarity: float | None = Field(default=None, ge=0, le=1)
    """Mean similarity to reach as well; only where similarity is measured during the session (`feedback`)."""
    at_most: int = Field(ge=2, le=20)
    """The block ends after so many rounds, whatever happens."""


class TrialItem(Part):
    """One trial."""

    target: str
    """Name of a target."""
    condition: dict[Name, str] = {}
    """Values that describe the trial, by factor; they become columns of the data."""
    repetitions: int = Field(default=1, ge=1, le=1000)
    """How often this trial occurs in one repetition of the block."""


def _trial(value: Any) -> Any:
    return {"target": value} if isinstance(value, str) else value


def _trial_items(value: Any) -> Any:
    if isinstance(value, list):
        return {"list": value}
    return value


class TrialsSection(Part):
    """The trials of a block: a list, a crossing of factors, or a table."""

    list_: list[Annotated[TrialItem, BeforeValidator(_trial), _Short({"type": "string"})]] | None = Field(
        default=None, alias="list", min_length=1
    )
    """Trials one by one; the short form is the list itself: `trials: [anger, fear]`."""
    cross: dict[Name, list[str]] | None = Field(default=None, min_length=1)
    """Factors with their levels; every combination is a trial."""
    target: str | None = None
    """With `cross`: the name of the target, with factors in braces: '{emotion}-{gaze}'."""
    file: TableFile | None = None
    """A conditions table (CSV, UTF-8): a column `target`, every other column a factor."""


def _order(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


class OrderSection(Part):
    """The order of the trials of a block."""

    kind: Literal["fixed", "random", "williams"]
    """`fixed` as written; `random` for every participant anew; `williams` balanced for position and carry-over."""
    max_in_a_row: dict[str, Annotated[int, Field(ge=1)]] = {}
    """With `random`: how often one value may follow itself, by `target`, `expression` or factor: {target: 1}."""
    shuffle: Literal["all", "each-repetition"] = "all"
    """With `random` and repetitions: mix all trials, or finish one repetition before the next begins."""
    same_for_everyone: bool = False
    """With `random`: one random order for all participants."""


class BlockPart(Part):
    """What all blocks have."""

    name: Name
    """Name of the block in the data."""
    sessions: list[str] | None = Field(default=None, min_length=1)
    """Only in these sessions (names out of the file's `sessions`)."""
    only_for: dict[str, OneOrMoreNames] = {}
    """Only for participants of these groups: {feedback: live}."""


class InstructionsBlock(BlockPart):
    """Pages to read."""

    kind: Literal["instructions"]
    """Pages to read."""
    pages: list[PageItem] | None = Field(default=None, min_length=1)
    """The pages; for a single one, write `text` instead."""
    text: Text | None = None
    """Text of the only page."""
    title: Text | None = None
    """Heading of the only page."""
    picture: PictureFile | None = None
    """Picture of the only page."""
    duration: Length | None = None
    """The only page goes on by itself after this time."""


class ConsentBlock(BlockPart):
    """What the participant agrees to, asked clause by clause."""

    kind: Literal["consent"]
    """Clauses to agree to."""
    title: Text | None = None
    """A heading."""
    text: Text
    """What the participant reads first, on a page of its own before the clauses."""
    clauses: list[ClauseItem] = Field(min_length=1)
    """What is asked, one after the other; give the recording of pictures its own clause (`about: recording`)."""


class FormBlock(BlockPart):
    """Questions answered with the keyboard."""

    kind: Literal["form"]
    """Questions to answer."""
    title: Text | None = None
    """A heading."""
    questions: list[QuestionItem] = Field(min_length=1)
    """The questions, one after the other."""


class CalibrationBlock(BlockPart):
    """Frames of the participant's neutral face: the baseline every imitation is measured against."""

    kind: Literal["calibration"]
    """The participant's neutral face."""
    text: Text | None = None
    """What the participant reads; there is a default in several languages."""
    picture: PictureFile | None = None
    """A picture to look at, for instance a neutral face."""
    frames: int = Field(default=10, ge=1, le=1000)
    """How many camera frames are kept."""


class BreakBlock(BlockPart):
    """A rest between blocks."""

    kind: Literal["break"]
    """A rest."""
    text: Text | None = None
    """What the participant reads; there is a default in several languages."""
    shortest: Length | None = None
    """The participant cannot go on before this time."""


class TrialBlock(BlockPart):
    """Trials: a target face is shown, the participant imitates it and presses the response key."""

    kind: Literal["practice", "experiment", "training"]
    """`practice` and `training` are kept apart from the `experiment` in all tables."""
    trials: Annotated[
        TrialsSection,
        BeforeValidator(_trial_items),
        _ShortIsKey("list"),
    ]
    """The trials: a list of targets, or `cross`, or `file`."""
    repetitions: int = Field(default=1, ge=1, le=1000)
    """How often all of them are shown."""
    order: Annotated[
        OrderSection,
        BeforeValidator(_order),
        _Short({"enum": ["fixed", "random", "williams"]}),
    ] = Field(default="fixed", validate_default=True)
    """`fixed`, `random`, `williams`, or the long form with limits."""
    one_block_per_target: bool = False
    """Split into one block for each target, named NAME-TARGET, in the order of the trials."""
    timing: TimingChange | None = None
    """Times that differ from the file's `timing`."""
    ratings: OneOrMoreNames = []
    """Names of `ratings` shown after every trial."""
    rest: RestSection | None = None
    """Rests within the block."""
    feedback: bool | FeedbackSection = False
    """Live feedback: true, false, or which elements are shown."""
    hold: HoldSection | None = None
    """The best moment of a held expression is captured by itself; needs live measurement."""
    repeat_until: RepeatSection | None = None
    """Repeat the block until it was good enough."""


Block = Annotated[
    InstructionsBlock | ConsentBlock | FormBlock | CalibrationBlock | BreakBlock | TrialBlock,
    Field(discriminator="kind"),
]


class MarkersSection(Part):
    """Events sent over the Lab Streaming Layer (LSL), for recorders of EEG or EMG."""

    stream: Name = "mimicry"
    """Name of the stream."""
    events: list[Literal[MARKER_EVENTS]] = list(MARKER_EVENTS)  # type: ignore[valid-type]
    """Which events are sent."""
    codes: dict[str, Annotated[int, Field(ge=0, le=65535)]] = {}
    """Numbers sent instead of texts, by event (`response: 20`) or event and target (`target/anger: 11`)."""


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


class ProtocolFile(Part):
    """A study: what is shown to whom, in which order, and what is recorded."""

    protocol: Literal[1]
    """Version of the protocol language; always 1."""
    name: Name
    """Short name of the study; becomes the task in the names of data files."""
    title: Text | None = None
    """Title shown to people."""
    description: Text | None = None
    """What the study is about."""
    reference: str | None = None
    """The publication the design comes from."""
    extends: str | None = None
    """Another protocol file this one starts from; what is written here replaces or adds to it."""
    without: list[str] | None = None
    """With `extends`: parts of the other protocol to leave out, such as blocks.practice or targets.fear."""
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    """Language the participants read: a language tag (BCP 47) such as de, en, ja or pt-BR."""
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    """Start of all random orders; another number gives other orders."""
    sessions: list[Label] | None = Field(default=None, min_length=1)
    """Names of the sessions of a study with several, in their order: [pre, post]."""
    groups: Groups = {}
    """Between-participant conditions, filled by quota: {feedback: [live, none]}, or {feedback: {live: 2, none: 1}}."""
    display: DisplaySection = Field(default_factory=DisplaySection)
    """The display."""
    camera: CameraSection = Field(default_factory=CameraSection)
    """The camera."""
    keys: KeysSection = Field(default_factory=KeysSection)
    """The keys."""
    timing: TimingSection = Field(default_factory=TimingSection)
    """The times of a trial."""
    pictures: str | None = Field(default=None, min_length=1)
    """Folder in which all pictures named under `targets` and `blocks` are, such as targets; edit it to use your own."""
    targets: dict[Name, TargetSection] = Field(min_length=1)
    """The faces to imitate, by name."""
    ratings: dict[Name, RatingSection] = {}
    """Rating scales, by name."""
    texts: dict[Literal[(*TEXT_NAMES, *OBSOLETE_TEXTS)], Text] = {}  # type: ignore[valid-type]
    """Replaces the program's own short texts, or adds them in another language."""
    markers: MarkersSection | None = None
    """Markers for other recorders."""
    blocks: list[Block] = Field(min_length=1)
    """What happens, in this order."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema of protocol files, for editors and for docs/protocol-reference.md.

    It accepts what the loader accepts as far as JSON Schema can say it; the loader knows more (frames, files, names).
    """
    generated = ProtocolFile.model_json_schema()
    definitions: dict[str, Any] = {name: _tidy(part) for name, part in generated.pop("$defs").items()}
    short = definitions["TrialBlock"]["properties"]["trials"]["anyOf"]
    short[0] = {**definitions["TrialsSection"]["properties"][short[0][_SAME_AS]]}
    short[0].pop("description")
    top = _tidy(generated)
    blocks = top["properties"]["blocks"]
    # A protocol that extends another one may change single blocks, and leave out what the other one has.
    changes = {"type": "object", "additionalProperties": {"type": "object"}}
    top["properties"]["blocks"] = {
        "anyOf": [{key: value for key, value in blocks.items() if key != "description"}, changes],
        "description": blocks["description"] + " With `extends`: {name: what changes in that block}.",
    }
    required = top.pop("required")
    top["if"] = {"required": ["extends"]}
    top["then"] = {"required": ["protocol"]}
    top["else"] = {"required": required, "properties": {"blocks": {"type": "array"}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mimicry Lab protocol",
        **{key: value for key, value in top.items() if key != "title"},
        "$defs": definitions,
    }


def _tidy(part: Any) -> Any:
    """Without the titles pydantic invents, and without `null`: an empty key is an error in a protocol."""
    if isinstance(part, list):
        return [_tidy(item) for item in part]
    if not isinstance(part, dict):
        return part
    tidied: dict[str, Any] = {}
    for key, value in part.items():
        if key == "properties":
            tidied[key] = {name: _tidy(content) for name, content in value.items()}
        elif key == "title" or (key == "default" and value is None) or key == "discriminator":
            continue
        elif key == "anyOf":
            options = [_tidy(option) for option in value if option != {"type": "null"}]
            if len(options) == 1:
                tidied = {**options[0], **tidied}
            else:
                tidied[key] = options
        else:
            tidied[key] = _tidy(value)
    return tidied


@cache
def text_fields(model: type[BaseModel]) -> frozenset[str]:
    """The fields of a section that hold texts by language."""
    return frozenset(
        name for name, field in model.model_fields.items() if _mentions_text(field.annotation, field.metadata)
    )


def _mentions_text(annotation: Any, metadata: Sequence[Any] = ()) -> bool:
    if any(isinstance(mark, PlainValidator) and mark.func is parse_text for mark in metadata):
        return True
    inner = getattr(annotation, "__metadata__", ())
    return any(_mentions_text(argument, inner) for argument in typing.get_args(annotation)) or any(
        isinstance(mark, PlainValidator) and mark.func is parse_text for mark in inner
    )


def texts_of(part: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, str]]]:
    """Every text by language below a part, with its path."""
    if isinstance(part, BaseModel):
        texts = text_fields(type(part))
        for name, field in type(part).model_fields.items():
            value = getattr(part, name)
            here = (*path, field.alias or name)
            if name not in texts:
                yield from texts_of(value, here)
            elif isinstance(value, list):
                yield from (((*here, index), text) for index, text in enumerate(value))
            elif name == "texts":
                continue  # the program's own: any language may be added
            elif value is not None:
                yield here, value
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from texts_of(value, (*path, key))
    elif isinstance(part, (list, tuple)):
        for index, value in enumerate(part):
            yield from texts_of(value, (*path, index))


def languages_of(content: ProtocolFile) -> frozenset[str]:
    """Every language in which any text of a protocol is written; empty if its texts name no language."""
    return frozenset(code for _, text in texts_of(content, ()) for code in text if code != ANY_LANGUAGE)
