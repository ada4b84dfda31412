"""The reference page of the protocol language, docs/protocol-reference.md, written from the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
    "DisplaySection": "display",
    "CameraSection": "camera",
    "KeepFrames": "camera: keep_frames",
    "KeysSection": "keys",
    "TimingSection": "timing",
    "TargetSection": "targets: each target",
    "RatingSection": "ratings: each scale",
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
    "TrialBlock": "blocks: kind practice, experiment, training",
    "TrialsSection": "trials",
    "TrialItem": "trials: each trial of a list",
    "OrderSection": "order",
    "TimingChange": "timing of a block",
    "RestSection": "rest",
    "FeedbackSection": "feedback",
    "HoldSection": "hold",
    "RepeatSection": "repeat_until",
}
"""Headings of the sections, in the order of the page."""

INTRODUCTION = f"""# Protocol reference

Every key a protocol file may have. This page is written by `python run_experiment.py schema --reference`; do not edit
it. The [tutorial](tutorial.md) is the better place to begin.

Words used below:

- **text**: a text, or one for each language: `{{en: Hello, ja: こんにちは}}`. `|` after the colon keeps line breaks.
- **duration**: `30 frames`, `0.5 s` (or `sec`), `500 ms`, `2 min`; it must be a whole number of frames of the display.
- **time**: a duration, or `{{from: 0.5 s, to: 1 s}}` for one drawn evenly from all frames between, anew in every trial.
- **key**: {", ".join(f"`{name}`" for name in KEY_NAMES[:10])}, a letter, a digit, `f1` to `f12`, `num_0` to `num_9`.
- **name**: letters, digits, `-` and `_`.
- **file**: a path relative to the folder of the protocol, with `/`, that does not leave that folder.
"""

TEXTS = """
## texts: what the program says

Write these under `texts:`, as a text or one for each language, to replace them or to add a language. What stands in
braces is filled in: the name of a key, a number. `yes-key` and `no-key` are no texts but the letters that answer a
consent and the question whether to end: J and N in German, Y and N in the other languages and where nothing else is
written; Y and N answer as well in every language in which they do not say the opposite.

The program speaks """

AFTERWARDS = """## Who gets which order and which group

A plan is a function of the protocol, the participant, the session and the seed: the same four always give the same
plan, on every machine. `python run_experiment.py preview PROTOCOL --orders 12` prints the orders of participants 01 to
12.

- The number at the end of a participant's name counts participants: `07` and `P07` are both the seventh.
- `groups` are filled by permuted blocks: with the quotas `{live: 2, none: 1}`, every three participants in a row (1-3,
  4-6, ...) hold two of `live` and one of `none`, in random order. Several factors are crossed. A participant is in the
  same group in every session.
- `order: williams` hands out the rows of a Williams square within each group: n participants for an even number n of
  trials, 2n for an odd one, hold every trial equally often at every position and after every other trial. With
  `repetitions`, this is true of every repetition. Number participants without gaps, or balance is lost.
- `order: random` depends on the participant's whole name, the session, the block and the seed.
- A name that does not end in a number is placed at random by its letters; balance is then only to be expected on
  average.

## One protocol built on another

`extends: other.yaml` starts from another protocol; what is written in this file replaces or adds to it. Sections are
merged key by key; lists and single values are replaced. Blocks are changed by name, and `without` leaves parts out:

```yaml
protocol: 1
name: facial-mimicry-short
extends: facial_mimicry.yaml
without: [blocks.practice]
blocks:
  mimicry: {repetitions: 2, order: random}
```

Pictures are found from the folder of the file that names them.
"""


def reference_page() -> str:
    """The whole page, Markdown."""
    schema = json_schema()
    definitions = schema["$defs"]
    missing = set(definitions) - set(TITLES)
    if missing:
        raise ValueError(f"give these sections a heading in TITLES: {', '.join(sorted(missing))}")
    parts = [INTRODUCTION, "## The file\n", *_table(schema, schema["else"].get("required", schema.get("required", [])))]
    for name, title in TITLES.items():
        part = definitions[name]
        parts += [f"\n## {title}\n", part["description"] + "\n", *_table(part, part.get("required", []))]
    return "\n".join([*parts, *_short_texts(), "", AFTERWARDS]).rstrip() + "\n"


def _short_texts() -> Iterator[str]:
    yield TEXTS + f"{', '.join(PROGRAM_LANGUAGES)}; live feedback {', '.join(TRAINING_LANGUAGES)}.\n"
    yield "| name | in English |"
    yield "| --- | --- |"
    for name, texts in SHORT_TEXTS.items():
        yield f"| `{name}` | {texts[FALLBACK]} |"


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
    """What may be written, in words."""
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
