"""Messages for what the schema refuses, without terms of the schema."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.schema_models import ProtocolFile
from experiment.protocol.language.tree import Items, Path_, Scalar, Section, Tree, find, present_path

_WRITTEN = {
    "size": "[1440, 900]",
    "trials": "[anger, fear], {cross: ...} or {file: conditions.csv}",
    "order": "random, or {kind: random, max_in_a_row: {target: 1}}",
    "max_in_a_row": "{target: 1}",
    "groups": "{feedback: [live, none]}",
    "only_for": "{feedback: live}",
    "rest": "{every: 20, shortest: 10 s}",
    "repeat_until": "{at_most: 3}",
    "hold": "{similarity: 0.8, time: 1 s}",
    "keep_frames": "{before: 15, after: 5}",
    "cross": "{emotion: [anger, fear], gaze: [direct, averted]}",
    "blend": "{happiness: 0.6, surprise: 0.4}",
    "condition": "{gaze: direct}",
    "clauses": "[{id: recording, about: recording, text: My face may be filmed.}]",
    "questions": "[{id: age, kind: integer, label: How old are you?}]",
    "sessions": "[pre, post]",
}
"""Examples of sections and lists, by key."""

KINDS = ("instructions", "consent", "form", "calibration", "practice", "experiment", "training", "break")


def message(error: ErrorDetails, tree: Section) -> tuple[Path_, bool, str]:
    """Return the path of the wrong part, whether the place is its key, and a message."""
    path: Path_ = tuple(error["loc"])
    present = present_path(tree, path)
    name = f"`{present[-1]}`" if present and isinstance(present[-1], str) else _numbered(present)
    kind, context = error["type"], error.get("ctx", {})
    value = find(tree, path)
    if kind == "missing":
        return present, False, _missing(str(path[-1]), present, tree)
    if kind == "extra_forbidden":
        return present, True, _unknown(present, tree)
    if path[-1] == "[key]":  # a key that is not in a closed list, or a name that is not allowed
        if kind in ("literal_error", "enum"):
            return present, True, f"unknown key {name}{did_you_mean(str(present[-1]), _options(context))}"
        return present, True, str(context.get("error", error["msg"]))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_kind(present, tree)
    if kind == "value_error":
        text = str(context.get("error", error["msg"]))
        return present, False, text if text.startswith("`") and "`" in text[1:] else f"{name} {text}"
    example = _WRITTEN.get(str(present[-1])) if present else None
    return present, False, f"{name} {_expectation(kind, context, value, example)}"


def empty(path: Path_) -> str:
    """Return the message for a key or an entry of a list without a value."""
    if path and isinstance(path[-1], str):
        return f"`{path[-1]}` is empty; indent the lines that belong to it, or write a value after the colon"
    return f"{_numbered(path)} is empty; write something after the dash, or remove it"


def _expectation(kind: str, context: Mapping[str, Any], value: Tree, example: str | None) -> str:
    came, write = _came(value), f"; write {example}" if example else ""
    if kind in ("literal_error", "enum"):
        options = _options(context)
        if len(options) == 1:
            return f"must be {options[0]}, not {came}"
        written = str(getattr(value, "value", ""))
        if options == ["fixed", "random", "williams"] and len(written.split()) > 1:
            return f"cannot be {came}; write {_WRITTEN['order']}"
        return f"cannot be {came}{did_you_mean(written, options)}"
    limits = {
        "greater_than_equal": ("ge", "must be at least"),
        "greater_than": ("gt", "must be more than"),
        "less_than_equal": ("le", "must be at most"),
        "less_than": ("lt", "must be less than"),
    }
    if kind in limits:
        key, words = limits[kind]
        return f"{words} {context[key]:g}, not {came}"
    if kind in ("int_type", "int_parsing", "int_from_float"):
        return f"must be a whole number, not {came}{_unquoted(value)}"
    if kind in ("float_type", "float_parsing", "finite_number"):
        return f"must be a number, not {came}{_unquoted(value)}"
    if kind in ("bool_type", "bool_parsing"):
        return f"must be true or false, not {came}"
    if kind in ("string_type", "string_sub_type"):
        quoted = f"; put it in quotes: '{_written(value)}'" if isinstance(value, Scalar) else ""
        return f"must be text, not {came}{quoted}"
    if kind in ("list_type", "tuple_type"):
        return f"must be a list{'' if example else ', such as [a, b],'} not {came}{write}"
    if kind in ("dict_type", "model_type", "model_attributes_type", "mapping_type"):
        return f"must be a section with keys of its own, not {came}{write}"
    if kind in ("too_short", "too_long"):
        length = context.get("min_length", context.get("max_length"))
        words = "at least" if kind == "too_short" else "at most"
        return f"needs {words} {length} {'entry' if length == 1 else 'entries'}, it has {context.get('actual_length')}"
    if kind == "string_pattern_mismatch":  # only `language` has a pattern
        return f"must be a language tag (BCP 47) such as de, en, ja or pt-BR, not {came}"
    return f"is wrong: {came}; see docs/protocol-reference.md"


def _options(context: Mapping[str, Any]) -> list[str]:
    return [option.strip("'") for option in str(context.get("expected", "")).replace(" or ", ", ").split(", ")]


def _missing(key: str, present: Path_, tree: Section) -> str:
    if key in ("0", "1"):
        return f"{_numbered(present)} needs two values: [width, height]"
    where = "the protocol" if not present else _numbered(present)
    empty = [name for name, value in tree.entries.items() if isinstance(value, Scalar) and value.value is None]
    if not present and empty:
        return f"the protocol needs `{key}`"
    return f"{where} needs `{key}`{_example(key)}"


def _example(key: str) -> str:
    examples = {
        "protocol": ", the version of the language: `protocol: 1`",
        "name": ", a short name",
        "kind": f": {', '.join(KINDS)}",
        "trials": ", a list of targets such as [anger, fear]",
        "targets": ", the faces to imitate",
        "blocks": ", the list of blocks",
    }
    return examples.get(key, "")


def _unknown(path: Path_, tree: Section) -> str:
    key, parent_path = str(path[-1]), path[:-1]
    parent = find(tree, parent_path)
    known = list(keys_at(parent_path, tree))
    if isinstance(parent, Section):
        above = None
        for name, value in parent.entries.items():
            if name == key:
                break
            if isinstance(value, Scalar) and value.value is None:
                above = name
        if above is not None and not get_close_matches(key, known, n=1, cutoff=0.8):
            return f"`{key}` seems to belong under `{above}`; indent it further than `{above}`"
    if key == "__proto__" or not key:
        return f"unknown key `{key}`"
    elsewhere = _elsewhere(key) if not did_you_mean(key, known).startswith("; did") else ""
    return f"unknown key `{key}`{elsewhere or did_you_mean(key, known)}"


def _elsewhere(key: str) -> str:
    """Return a hint if the key belongs in another section."""
    for section, field in ProtocolFile.model_fields.items():
        for model in _models(field.annotation):
            if key in _names(model) and section != "blocks":
                return f" here; it belongs in `{section}`"
    return ""


def _wrong_kind(path: Path_, tree: Section) -> tuple[Path_, bool, str]:
    block = find(tree, path)
    if not isinstance(block, Section):
        return (
            path,
            False,
            f"{_numbered(path)} must be a section with keys of its own, such as {{name: ..., kind: ...}}",
        )
    kind = block.entries.get("kind")
    if kind is None:
        near = next((key for key in block.entries if did_you_mean(key, ["kind"]).startswith("; did")), None)
        if near is not None:
            return (*path, near), True, f"unknown key `{near}`; did you mean `kind`?"
        return path, False, f"{_numbered(path)} needs `kind`{_example('kind')}"
    if isinstance(kind, Scalar) and kind.value is None:
        return (*path, "kind"), True, empty(("kind",))
    return (*path, "kind"), False, f"unknown kind of block {_came(kind)}{did_you_mean(_written(kind), KINDS)}"


def keys_at(path: Path_, tree: Section) -> Iterator[str]:
    """Yield the keys that the schema has at a path."""
    models: list[type[BaseModel]] = [ProtocolFile]
    part: Tree = tree
    for step in path:
        part = find(part, (step,))
        if isinstance(step, str):
            found = [
                option
                for model in models
                for name, field in model.model_fields.items()
                if (field.alias or name) == step
                for option in _models(field.annotation)
            ]
            models = found or models
        if isinstance(part, Section) and "kind" in part.entries:
            kind = part.entries["kind"]
            models = [
                model
                for model in models
                if "kind" in model.model_fields
                and _written(kind) in typing.get_args(model.model_fields["kind"].annotation)
            ] or models
    for model in models:
        yield from _names(model)


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the sections in an annotation."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from _models(argument)


def _numbered(path: Path_) -> str:
    """Return ``block 3`` for ``("blocks", 2)``."""
    if not path:
        return "the protocol"
    if isinstance(path[-1], str):
        return f"`{path[-1]}`"
    owner = next((str(step) for step in reversed(path) if isinstance(step, str)), "entry")
    return f"{owner.removesuffix('s')} {path[-1] + 1}"


def _written(value: Tree) -> str:
    if not isinstance(value, Scalar):
        return ""
    return str(value.value).lower() if isinstance(value.value, bool) else str(value.value)


def _came(value: Tree) -> str:
    if isinstance(value, Section):
        return "a section"
    if isinstance(value, Items):
        return "a list"
    if value.value is None:
        return "nothing"
    written = _written(value)
    return f"`{written if len(written) <= 60 else written[:57] + '...'}`"


def _unquoted(value: Tree) -> str:
    if isinstance(value, Scalar) and isinstance(value.value, str):
        try:
            float(value.value)
        except ValueError:
            return ""
        return "; remove the quotes"
    return ""
