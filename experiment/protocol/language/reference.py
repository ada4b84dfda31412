"""Write docs/protocol-reference.md from the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from analysis.face.models.movements import WEAKLY, WELL, table_rows
from experiment.protocol.language.durations import SCHEMA_PATTERN, UNTIL_RESPONSE
from experiment.protocol.language.field_types import KEY_NAMES
from experiment.protocol.language.json_schema import json_schema
from experiment.protocol.language.texts import (
    FALLBACK,
    PROGRAM_LANGUAGES,
    SHORT_TEXTS,
    TRAINING_LANGUAGES,
)

Schema = Mapping[str, Any]

TITLES = {
    "AllocationSection": "allocation",
    "GapSection": "days_between: each session",
    "DisplaySection": "display",
    "CameraSection": "camera",
    "KeepFrames": "camera: keep_frames",
    "KeysSection": "keys",
    "TimingSection": "timing",
    "TargetSection": "targets: each target",
    "CourseSection": "targets: course",
    "SideStrengths": "units: sides",
    "SideWeights": "composites: sides",
    "RatingSection": "ratings: each scale",
    "TrialQuestionSection": "questions: each question",
    "MarkersSection": "markers",
    "InstructionsBlock": "blocks: kind instructions",
    "PageItem": "instructions: each page",
    "ConsentBlock": "blocks: kind consent",
    "ClauseItem": "consent: each clause",
    "FormBlock": "blocks: kind form",
    "QuestionItem": "form: each question",
    "ChoiceItem": "question: each choice",
    "CalibrationBlock": "blocks: kind calibration",
    "BreakBlock": "blocks: kind break",
    "ImitationBlock": "blocks: kind practice, experiment, training",
    "ViewingBlock": "blocks: kind viewing",
    "TrialsSection": "trials",
    "TrialItem": "trials: each trial of a list",
    "OrderSection": "order",
    "TimingChange": "timing of a block",
    "ViewingTiming": "timing of a viewing block",
    "ProbeSection": "probe",
    "RestSection": "rest",
    "FeedbackSection": "feedback",
    "HoldSection": "hold",
    "ExerciseSection": "exercise",
    "RepeatSection": "repeat_until",
}
"""Headings of the sections, in the order of the page."""

_TEMPLATE = Path(__file__).with_name("reference_template.md")


def reference_page() -> str:
    """Return the whole page in Markdown.

    Raises
    ------
    ValueError
        If a section of the schema has no heading in `TITLES`.
    """
    schema = json_schema()
    definitions = schema["$defs"]
    missing = set(definitions) - set(TITLES)
    if missing:
        raise ValueError(f"give these sections a heading in TITLES: {', '.join(sorted(missing))}")
    tables = ["## The file\n", *_table(schema, schema["else"]["required"])]
    for name, title in TITLES.items():
        part = definitions[name]
        tables += [f"\n## {title}\n", part["description"] + "\n", *_table(part, part.get("required", []))]
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        keys=", ".join(f"`{name}`" for name in KEY_NAMES[:10]),
        tables="\n".join(tables),
        program_languages=", ".join(PROGRAM_LANGUAGES),
        training_languages=", ".join(TRAINING_LANGUAGES),
        movements="\n".join(table_rows()),
        well=f"{WELL:g}",
        weakly=f"{WEAKLY:g}",
        texts="\n".join(f"| `{name}` | {texts[FALLBACK]} |" for name, texts in SHORT_TEXTS.items()),
    )


def _table(part: Schema, required: list[str]) -> Iterator[str]:
    yield "| key | value | default | |"
    yield "| --- | --- | --- | --- |"
    for key, value in part["properties"].items():
        default = "**needed**" if key in required else _default(value)
        description = str(value.get("description", "")).replace("|", "\\|").replace("\n", " ")
        yield f"| `{key}` | {_values(value)} | {default} | {description} |"


def _default(value: Schema) -> str:
    if "default" not in value or value["default"] in ([], {}):
        return ""
    default = value["default"]
    if isinstance(default, list) and len(default) > 4:
        return "all"
    shown = str(default).lower() if isinstance(default, bool) else str(default).replace("'", "")
    return f"`{shown}`"


def _values(value: Schema) -> str:
    """Return the values that a key may have, in words."""
    known = _known(value)
    if known:
        return known
    if "$ref" in value:
        title = TITLES[value["$ref"].rpartition("/")[2]]
        return f"[{title}](#{_anchor(title)})"
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{option}`" for option in value["enum"])
    options = value.get("anyOf") or value.get("oneOf")
    if options and len(options) > 5:
        return "block, see its kinds below"
    if options:
        return " or ".join(dict.fromkeys(_values(option) for option in options))
    return _typed(value)


def _known(value: Schema) -> str:
    options = value.get("anyOf", [])
    kinds = [option.get("type") for option in options]
    if kinds == ["string", "object"] and options[1].get("additionalProperties") == {"type": "string"}:
        return "text"
    if value.get("pattern") == SCHEMA_PATTERN:
        return "duration"
    if options and options[0].get("pattern") == SCHEMA_PATTERN:
        if options[1].get("const") == UNTIL_RESPONSE:
            return f"duration or `{UNTIL_RESPONSE}`"
        return "time"
    if options and options[0].get("enum") == list(KEY_NAMES):
        return "key or list of keys" if kinds[-1] == "array" else "key"
    if str(value.get("pattern", "")).startswith("^[A-Za-z0-9]"):
        return "name"
    if value.get("type") == "string" and value.get("minLength") == 1:
        return "file"
    return ""


def _typed(value: Schema) -> str:
    kind = value.get("type")
    if kind in ("integer", "number"):
        return ("whole number" if kind == "integer" else "number") + _range(value)
    if kind == "boolean":
        return "`true` or `false`"
    if kind == "array":
        items = value.get("items") or (value.get("prefixItems") or [{}])[0]
        if "prefixItems" in value:
            return f"list of two: {_values(items)}"
        return f"list of {_values(items)}" if _values(items) else "list"
    if kind == "object":
        inside = value.get("additionalProperties") or next(iter(value.get("patternProperties", {}).values()), None)
        return f"by name: {_values(inside)}" if isinstance(inside, Mapping) and _values(inside) else "section"
    return "plain text" if kind == "string" else ""


def _range(value: Schema) -> str:
    low = value.get("minimum", value.get("exclusiveMinimum"))
    high = value.get("maximum")
    if low is not None and high is not None and high < 10**9:
        return f", {low:g} to {high:g}" if "minimum" in value else f", above {low:g} to {high:g}"
    return f", {low:g} or more" if low is not None else ""


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")
