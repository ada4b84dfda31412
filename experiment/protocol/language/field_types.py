"""Types of single values in a protocol file.

Names, keys, colours, files, durations, texts.

Each type parses what is written, and says in the JSON Schema what may be written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    Strict,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from experiment.protocol.language import stimulus_files
from experiment.protocol.language.clip_files import Moment, facts_of, parse_moment
from experiment.protocol.language.durations import (
    CLIP_TIME_PATTERN,
    SCHEMA_PATTERN,
    UNTIL_RESPONSE,
    Duration,
    Span,
    parse_duration,
    parse_open_duration,
    parse_span,
)
from experiment.protocol.language.language_tags import PATTERN, tag_problem
from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.public_keys import read_public_key
from experiment.protocol.language.sound_files import sound_facts
from experiment.protocol.language.texts import ANY_LANGUAGE, parse_text
from experiment.protocol.language.tree import PlacedText

KEY_NAMES = (
    *("space", "return", "escape", "tab", "backspace", "left", "right", "up", "down", "num_enter"),
    *"abcdefghijklmnopqrstuvwxyz0123456789",
    *(f"f{number}" for number in range(1, 13)),
    *(f"num_{number}" for number in range(10)),
)
SAME_AS = "same-as-key"
"""Placeholder of `ShortIsKey`, which `json_schema` replaces."""
_KEY_SYNONYMS = {"spacebar": "space", "enter": "return", "esc": "escape", "blank": "space", "leertaste": "space"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9]{1,32}")


class Short:
    """JSON Schema of a short form, next to the long form."""

    def __init__(self, short: JsonSchemaValue) -> None:
        self.short = short

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [self.short, handler(schema)]}


class ShortIsKey(Short):
    """JSON Schema of a section whose short form is the value of one of its keys."""

    def __init__(self, key: str) -> None:
        super().__init__({SAME_AS: key})


def _name(value: str) -> str:
    if "：" in value:
        raise ValueError(f"`{value[:60]}` has a full-width colon (：); write `:` and a space")
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"`{value[:60]}` must be made of letters a-z, digits, - and _ only: it becomes part of file names"
        )
    return value


def _label(value: str) -> str:
    if not _LABEL.fullmatch(value):
        raise ValueError(f"`{value[:60]}` must be made of letters a-z and digits only: it becomes part of file names")
    return value


def _language_tag(value: str) -> str:
    if problem := tag_problem(value):
        raise ValueError(problem)
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
    raise ValueError(f"`{value[:60]}` is not a key of a keyboard{did_you_mean(value, KEY_NAMES)}")


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
        f"`{value[:60]}` is not a colour; write a name such as black or grey, or '#rrggbb' in quotes"
        + did_you_mean(value, list(ImageColor.colormap)).partition("; possible")[0]
    )


def _picture(value: Any) -> Path:
    path = _file(value)
    stimulus_files.picture_size(path)
    return path


def _clip(value: Any) -> Path:
    path = _file(value)
    facts_of(path)
    return path


def _sound(value: Any) -> Path | bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, (str, Path)):
        raise ValueError("must be a sound file, or `true` to play the sound of the clip")
    path = _file(value)
    sound_facts(path)
    return path


def _page_sound(value: Any) -> dict[str, Path]:
    """Return a sound file, or one for each language, by language."""
    named = value if isinstance(value, dict) else {ANY_LANGUAGE: value}
    if not named:
        raise ValueError("has no sound file in any language")
    found = {}
    for language, file in named.items():
        problem = tag_problem(language) if language != ANY_LANGUAGE else None
        if problem:
            raise ValueError(problem)
        path = _file(file)
        sound_facts(path)
        found[str(language)] = path
    return found


def _picture_or_moment(value: Any) -> Path | Moment:
    if isinstance(value, dict):
        return parse_moment(value)
    try:
        parse_duration(value)
    except ValueError:
        return _picture(value)
    raise ValueError(f"must be a picture, or a moment of the clip: {{at: {value}}}")


def _public_key(value: Any) -> Path:
    path = _file(value)
    try:
        read_public_key(path)
    except ValueError as error:
        raise ValueError(f"`{path.name}` {error}") from None
    return path


def _file(value: Any) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise ValueError("must be the path of a file, relative to the protocol's folder")
    folder = value.file.parent if isinstance(value, PlacedText) else Path()
    return stimulus_files.resolve(value, folder)


def _camera(value: Any) -> str:
    """Return what ``--camera`` takes; a file gets its whole path."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise ValueError(f"must be a device number from 0 on, not `{value}`")
        return str(value)
    if not isinstance(value, str):
        raise ValueError(
            "must be a device number such as 0, the path of a device, a video file or folder, or `simulated`"
        )
    written = value.strip()
    if not written:
        raise ValueError("is empty; write a device number such as 0")
    if written.isdecimal():
        return str(int(written))
    folder = value.file.parent if isinstance(value, PlacedText) else Path()
    try:
        return str(folder.absolute() / written) if (folder / written).exists() else written
    except (OSError, ValueError) as error:
        raise ValueError(f"`{written[:60]}` cannot be a file name ({type(error).__name__})") from None


def _blinks(value: Any) -> bool | tuple[Duration, ...]:
    if isinstance(value, bool):
        return value
    if not isinstance(value, list):
        raise ValueError("must be true, false or a list of times: [1 s, 3.5 s]")
    return tuple(parse_duration(time) for time in value)


_TEXT_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    ]
}
_DURATION_SCHEMA: dict[str, Any] = {"type": "string", "pattern": SCHEMA_PATTERN}
_SPAN_SCHEMA = {
    "type": "object",
    "properties": {"from": _DURATION_SCHEMA, "to": _DURATION_SCHEMA},
    "required": ["from", "to"],
    "additionalProperties": False,
}
_MOMENT_SCHEMA = {
    "type": "object",
    "properties": {"at": {"type": "string", "pattern": CLIP_TIME_PATTERN}},
    "required": ["at"],
    "additionalProperties": False,
}
_KEY_SCHEMA: dict[str, Any] = {"anyOf": [{"enum": list(KEY_NAMES)}, {"type": "integer", "minimum": 0, "maximum": 9}]}
_PATH_SCHEMA = WithJsonSchema({"type": "string", "minLength": 1})

Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
Label = Annotated[str, AfterValidator(_label), WithJsonSchema({"type": "string", "pattern": f"^{_LABEL.pattern}$"})]
LanguageTag = Annotated[str, AfterValidator(_language_tag), WithJsonSchema({"type": "string", "pattern": PATTERN})]
Text = Annotated[Mapping[str, str], PlainValidator(parse_text), WithJsonSchema(_TEXT_SCHEMA)]
Key = Annotated[str, PlainValidator(_key), WithJsonSchema(_KEY_SCHEMA)]
Keys = Annotated[
    tuple[str, ...],
    PlainValidator(_keys),
    WithJsonSchema({"anyOf": [*_KEY_SCHEMA["anyOf"], {"type": "array", "items": _KEY_SCHEMA, "minItems": 1}]}),
]
Colour = Annotated[str, AfterValidator(_colour)]
PictureFile = Annotated[Path, PlainValidator(_picture), _PATH_SCHEMA]
ClipFile = Annotated[Path, PlainValidator(_clip), _PATH_SCHEMA]
SoundSource = Annotated[
    bool | Path,
    PlainValidator(_sound),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "minLength": 1}]}),
]
PageSound = Annotated[
    dict[str, Path],
    PlainValidator(_page_sound),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}, "minProperties": 1},
            ]
        }
    ),
]
ClipMoment = Annotated[Moment, PlainValidator(parse_moment), WithJsonSchema(_MOMENT_SCHEMA)]
PictureOrMoment = Annotated[
    Path | Moment,
    PlainValidator(_picture_or_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _MOMENT_SCHEMA]}),
]
CameraName = Annotated[
    str,
    PlainValidator(_camera),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}),
]
PublicKeyFile = Annotated[Path, PlainValidator(_public_key), _PATH_SCHEMA]
TableFile = Annotated[Path, PlainValidator(_file), _PATH_SCHEMA]
Length = Annotated[Duration, PlainValidator(parse_duration), WithJsonSchema(_DURATION_SCHEMA)]
Blinks = Annotated[
    bool | tuple[Duration, ...],
    PlainValidator(_blinks),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "array", "items": _DURATION_SCHEMA, "minItems": 1}]}),
]
OpenLength = Annotated[
    Duration | None,
    PlainValidator(parse_open_duration),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, {"const": UNTIL_RESPONSE}]}),
]
JitteredLength = Annotated[
    Span, PlainValidator(parse_span), WithJsonSchema({"anyOf": [_DURATION_SCHEMA, _SPAN_SCHEMA]})
]
Share = Annotated[float, Field(ge=0, le=1)]
Offset = Annotated[float, Field(ge=-2, le=2)]
OneOrMoreNames = Annotated[
    list[str],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
_not_strict = Strict(strict=False)
DisplaySize = Annotated[
    tuple[Annotated[int, Field(ge=320, le=16384)], Annotated[int, Field(ge=240, le=16384)]], _not_strict
]
CameraSize = Annotated[
    tuple[Annotated[int, Field(ge=64, le=16384)], Annotated[int, Field(ge=64, le=16384)]], _not_strict
]
