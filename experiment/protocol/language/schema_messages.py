"""Messages for what the schema refuses, without terms of the schema."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from experiment.protocol.language.number_forms import usual_number
from experiment.protocol.language.problems import did_you_mean, similar_word
from experiment.protocol.language.schema_models import ProtocolFile
from experiment.protocol.language.texts import IN_QUOTES, TranslationError
from experiment.protocol.language.tree import Items, Path_, Scalar, Section, Tree, find, present_path

_EXAMPLES = {
    "size": "[1440, 900]",
    "trials": "[anger, fear], {cross: ...} or {file: conditions.csv}",
    "order": "random, or {kind: random, max_in_a_row: {target: 1}}",
    "max_in_a_row": "{target: 1}",
    "groups": "{feedback: [live, none]}",
    "only_for": "{feedback: live}",
    "rest": "{every: 20, shortest: 10 s}",
    "repeat_until": "{at_most: 3}",
    "hold": "{similarity: 0.5, time: 1 s}",
    "exercise": "{sets: 3, repetitions: 10, rest: 30 s}",
    "keep_frames": "{before: 15, after: 5}",
    "cross": "{emotion: [anger, fear], gaze: [direct, averted]}",
    "blend": "{happiness: 0.6, surprise: 0.4}",
    "apex": "{at: 1.2 s}",
    "units": "{AU12: 0.8, AU2: {left: 1}}",
    "course": "{onset: 400 ms, hold: 1 s, offset: 600 ms}",
    "composites": "{smirk: {mouthSmile: {left: 1, right: -1}}}",
    "condition": "{gaze: direct}",
    "clauses": "[{id: recording, about: recording, text: My face may be filmed.}]",
    "questions": "[{id: age, kind: integer, label: How old are you?}]",
    "sessions": "[pre, post]",
    "probe": "{share: 0.2, after: {from: 1 s, to: 5 s}}",
}
"""Examples of sections and lists, by key."""

KINDS = ("instructions", "consent", "form", "calibration", "practice", "experiment", "training", "viewing", "break")
_NEEDED = {
    "protocol": ", the version of the language: `protocol: 1`",
    "name": ", a short name",
    "kind": f": {', '.join(KINDS)}",
    "trials": ", a list of targets such as [anger, fear]",
    "targets": ", the faces to imitate",
    "blocks": ", the list of blocks",
    "onset": ", the duration of the movement: `onset: 400 ms`",
}
"""Explanations of keys that a section needs."""


_NOT_IN_VIEWING = {
    "hold": "no expression is held",
    "exercise": "nothing is exercised",
    "feedback": "feedback would make the participants imitate",
    "repeat_until": "there is no response that a criterion could count",
    "timeout": "no key is awaited, so there is no time limit; `target` ends the trial",
    "respond": "no key is awaited",
    "keys": "no key is awaited; the key of an attention probe is `key` of `probe`",
    "key": "no key is awaited; the key of an attention probe is `key` of `probe`",
}
"""Keys of imitated trials that a block of kind ``viewing`` cannot have, with the reason."""
_ONLY_IN_VIEWING = ("baseline", "probe")
_IMITATED = ("practice", "experiment", "training")


_EXPECTATIONS: Mapping[str, str] = {
    "greater_than_equal": "must be at least {ge:g}, not {came}",
    "greater_than": "must be more than {gt:g}, not {came}",
    "less_than_equal": "must be at most {le:g}, not {came}{percent}",
    "less_than": "must be less than {lt:g}, not {came}",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number, not {came}{unquote}"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "must be a number, not {came}{unquote}"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false, not {came}{truth}"),
    **dict.fromkeys(("string_type", "string_sub_type"), "must be text, not {came}{quote}"),
    **dict.fromkeys(("list_type", "tuple_type"), "must be a list,{such_as} not {came}{write}"),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type", "mapping_type"),
        "must be a section with keys of its own, not {came}{write}",
    ),
    "too_short": "needs at least {min_length} {entries}, it has {actual_length}",
    "too_long": "needs at most {max_length} {entries}, it has {actual_length}",
}
"""Messages by the type of pydantic's error."""


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """An error of the schema as a problem of the file."""

    path: Path_
    message: str
    key: bool = False
    """The problem is at the key, not at its value."""


def describe(error: ErrorDetails, tree: Section) -> SchemaProblem:
    """Return an error of the schema with a message.

    ``tree`` is the tree that was validated.
    """
    path: Path_ = tuple(error["loc"])
    present = present_path(tree, path)
    name = _numbered(present)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return SchemaProblem(present, _missing(str(path[-1]), present, tree))
    if kind == "extra_forbidden":
        return SchemaProblem(present, _unknown(present, tree), key=True)
    if path[-1] == "[key]":  # a key that is not in a closed list, or a name that is not allowed
        if kind in ("literal_error", "enum"):
            message = f"unknown key {name}{did_you_mean(str(present[-1]), _options(context))}"
            return SchemaProblem(present, message, key=True)
        return SchemaProblem(present, str(context.get("error", error["msg"])), key=True)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_kind(present, tree)
    if kind == "value_error":
        text = str(context.get("error", error["msg"]))
        if text.endswith(IN_QUOTES):
            text += f": {_quoted(find(tree, path))}"
        if isinstance(context.get("error"), TranslationError):
            present = (*present, context["error"].language)
        return SchemaProblem(present, text if text.startswith("`") and "`" in text[1:] else f"{name} {text}")
    return SchemaProblem(present, f"{name} {_wrong_value(error, present, find(tree, path))}")


def _wrong_value(error: ErrorDetails, present: Path_, value: Tree) -> str:
    """Return what is wrong with a single value."""
    kind, context = error["type"], error.get("ctx", {})
    if wide := _wide_comma(value):
        return f"has a full-width comma ({wide}); write `,` instead"
    if ";" in _written(value) and kind in ("int_type", "int_parsing", "float_type", "float_parsing"):
        return "has a semicolon; write `,` between the entries of a list"
    if kind in ("literal_error", "enum"):
        return _expected_option(context, value)
    example = _EXAMPLES.get(str(present[-1]), "") if present else ""
    return _expectation(kind, context, value, example)


BRACES_NEED_QUOTES = "a text that begins with a brace needs quotes"
DECIMAL_POINT = "a decimal number has a point"


def without_alternatives(problems: Sequence[SchemaProblem]) -> list[SchemaProblem]:
    """Return one problem for each value that may have several forms.

    A value that is none of them has a problem for each form.
    """
    result: list[SchemaProblem] = []
    inner = {problem.path[:-1] for problem in problems}
    for problem in problems:
        if problem.message.endswith(_TWO_VALUES) and problem.path in inner:
            continue
        earlier = next((one for one in result if one.path == problem.path and not one.key), None)
        if earlier is not None and _OR_SECTION in problem.message:
            continue
        result.append(problem)
    return result


_TWO_VALUES = "needs two values: [width, height]"
_OR_SECTION = "must be a section with keys of its own"


def empty_message(path: Path_, tree: Section) -> SchemaProblem:
    """Return the problem of a key or an entry of a list without a value.

    Parameters
    ----------
    path
        Path of the part without a value.
    tree
        The tree of the file.
    """
    part, parent = find(tree, path), find(tree, path[:-1])
    written = part.written if isinstance(part, Scalar) else ""
    comment = part.comment if isinstance(part, Scalar) else ""
    if isinstance(parent, Section) and parent.in_braces and not written:
        names = list(parent.entries)
        if all(isinstance(one, Scalar) and one.value is None and not one.written for one in parent.entries.values()):
            text = "{" + ", ".join(names) + "}"
            return SchemaProblem(path[:-1], f"{BRACES_NEED_QUOTES}: '{text}'")
        before = names[names.index(str(path[-1])) - 1] if names.index(str(path[-1])) else ""
        whole = parent.entries[before] if before else None
        if re.fullmatch(r"[0-9]+( ?[a-z]+)?", str(path[-1])) and isinstance(whole, Scalar) and type(whole.value) is int:
            number = f"{whole.written},{path[-1]}"
            return SchemaProblem(
                (*path[:-1], before), f"a decimal number has a point: write {number.replace(',', '.')}"
            )
    if comment:
        word = comment.split(" ")[0].rstrip(",}]")
        message = f"`{path[-1]}` is empty, because `#` begins a comment; put the value in quotes: '{word}'"
        return SchemaProblem(path, message, key=True)
    return SchemaProblem(path, empty(path, written), key=True)


def empty(path: Path_, written: str = "") -> str:
    """Return the message for a key or an entry of a list without a value.

    ``written`` is a word that YAML reads as no value, such as ``NULL``.
    """
    if written:
        return f"{_numbered(path)} is empty: `{written}` means no value; as a text, {IN_QUOTES}: '{written}'"
    if path and isinstance(path[-1], str):
        return f"`{path[-1]}` is empty; indent the lines that belong to it, or write a value after the colon"
    return f"{_numbered(path)} is empty; write something after the dash, or remove it"


def _expected_option(context: Mapping[str, Any], value: Tree) -> str:
    options, written = _options(context), _written(value)
    if len(options) == 1:
        return f"must be {options[0]}, not {_came(value)}"
    if options == ["fixed", "random", "williams"] and len(written.split()) > 1:
        return f"cannot be {_came(value)}; write {_EXAMPLES['order']}"
    return f"cannot be {_came(value)}{did_you_mean(written, options)}"


def _expectation(kind: str, context: Mapping[str, Any], value: Tree, example: str) -> str:
    template = _EXPECTATIONS.get(kind, "is wrong: {came}; see docs/protocol-reference.md")
    length = context.get("min_length", context.get("max_length"))
    return template.format(
        **context,
        came=_came(value),
        write=f"; write {example}" if example else "",
        such_as="" if example else " such as [a, b],",
        entries="entry" if length == 1 else "entries",
        quote=f"; {IN_QUOTES}: {_quoted(value)}" if _written(value) else "",
        unquote=_unquoted(value),
        percent=_percent(value) if context.get("le") == 1 else "",
        truth=_truth(value),
    )


def _options(context: Mapping[str, Any]) -> list[str]:
    return [option.strip("'") for option in str(context.get("expected", "")).replace(" or ", ", ").split(", ")]


def _missing(key: str, present: Path_, tree: Section) -> str:
    if key in ("0", "1"):
        return f"{_numbered(present)} {_TWO_VALUES}"
    has_empty = any(isinstance(value, Scalar) and value.value is None for value in tree.entries.values())
    if not present and has_empty:
        return f"the protocol needs `{key}`"
    return f"{_numbered(present)} needs `{key}`{_NEEDED.get(key, '')}"


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
    kind = _kind_of_block(parent_path, tree)
    if kind == "viewing" and key in _NOT_IN_VIEWING and key not in known:
        return f"`{key}` does not fit `kind: viewing`, where the targets are only watched: {_NOT_IN_VIEWING[key]}"
    if kind in _IMITATED and key in _ONLY_IN_VIEWING:
        return f"`{key}` belongs to a block of `kind: viewing`; a trial of `kind: {kind}` is imitated"
    hint = similar_word(key, known) or _elsewhere(key) or did_you_mean(key, known)
    return f"unknown key `{key}`{hint}"


def _kind_of_block(path: Path_, tree: Section) -> str:
    """Return the kind of the block that a path leads into; empty outside of blocks."""
    block = find(tree, path[:2]) if len(path) >= 2 and path[0] == "blocks" else None
    return _written(block.entries["kind"]) if isinstance(block, Section) and "kind" in block.entries else ""


def _elsewhere(key: str) -> str:
    """Return a hint if the key belongs in another section."""
    for section, field in ProtocolFile.model_fields.items():
        for model in _models(field.annotation):
            if key in _names(model) and section != "blocks":
                return f" here; it belongs in `{section}`"
    return ""


def _wrong_kind(path: Path_, tree: Section) -> SchemaProblem:
    block = find(tree, path)
    if not isinstance(block, Section):
        example = "such as {name: ..., kind: ...}"
        return SchemaProblem(path, f"{_numbered(path)} must be a section with keys of its own, {example}")
    kind = block.entries.get("kind")
    if kind is None:
        near = next((key for key in block.entries if similar_word(key, ["kind"])), None)
        if near is not None:
            return SchemaProblem((*path, near), f"unknown key `{near}`; did you mean `kind`?", key=True)
        return SchemaProblem(path, f"{_numbered(path)} needs `kind`{_NEEDED['kind']}")
    if isinstance(kind, Scalar) and kind.value is None:
        return SchemaProblem((*path, "kind"), empty(("kind",)), key=True)
    message = f"unknown kind of block {_came(kind)}{did_you_mean(_written(kind), KINDS)}"
    return SchemaProblem((*path, "kind"), message)


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
    if value.written or value.value is None:
        return value.written
    return str(value.value).lower() if isinstance(value.value, bool) else str(value.value)


def _quoted(value: Tree) -> str:
    """Return a value in quotes, as written: '010' is another level than '10'."""
    return f"'{_written(value)}'"


def _came(value: Tree) -> str:
    if isinstance(value, Section):
        return "a section"
    if isinstance(value, Items):
        return "a list"
    if value.value is None:
        return "nothing"
    written = _written(value)
    return f"`{written if len(written) <= 60 else written[:57] + '...'}`"


def _percent(value: Tree) -> str:
    """Return the fraction for a number that is probably a percentage."""
    number = value.value if isinstance(value, Scalar) else None
    if isinstance(number, (int, float)) and 1 < number <= 100:
        return f"; for {number:g} %, write {number / 100:g}"
    return ""


def _wide_comma(value: Tree) -> str:
    """Return a full-width comma in a value that is not a text; empty without one."""
    return next((sign for sign in "，、" if sign in _written(value)), "")


_TRUTH = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def _truth(value: Tree) -> str:
    """Return what to write for a word that means true or false."""
    meant = _TRUTH.get(_written(value).lower())
    return f"; write {meant}" if meant else ""


def _unquoted(value: Tree) -> str:
    """Return how to write a number that is a text; empty if it is not one."""
    written = _written(value)
    if match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?%", written):
        return f"; write {float(match[1]) / 100:g}"
    if match := re.fullmatch(r"([0-9]+) ?(?:days?|d|times|x|frames?|px|cm|hz)", written, re.IGNORECASE):
        return f"; write {match[1]}"
    if isinstance(value, Scalar) and isinstance(value.value, str) and (meant := usual_number(value.value)):
        return f"; write {meant}"
    if isinstance(value, Scalar) and isinstance(value.value, str):
        try:
            number = float(value.value)
        except ValueError:
            return ""
        is_padded = re.match(r"[-+]?0[0-9]", value.value) is not None or "_" in value.value
        return f"; write {number:.15g}" if is_padded else "; remove the quotes"
    return ""
