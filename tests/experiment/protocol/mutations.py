"""Wrong protocols made from correct ones, one mistake each, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_KEY = re.compile(r"(?P<indent>[ ]*(?:- )?)(?P<key>[a-z_][a-z0-9_-]*):(?P<rest> .*|)$")
FREE_NAMES = {"targets", "ratings", "groups", "condition", "cross", "max_in_a_row", "blend", "codes", "only_for"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong protocol."""

    mistake: str
    line: int
    """From 1."""
    text: str


def mutants(text: str) -> Iterator[Mutant]:
    """Yield every mistake of the kinds below, at every line where it can be made."""
    lines = text.splitlines()
    inside_text = _lines_of_block_texts(lines)
    for number, line in enumerate(lines, start=1):
        match = _KEY.match(line)
        if match is None or number in inside_text or line.lstrip().startswith("#"):
            continue
        key = match["key"]
        free = _parent(lines, number) in FREE_NAMES or key in ("en", "ja", "ar")
        for mistake, new, at in _mistakes(line, match, free=free):
            yield Mutant(
                f"{mistake} {key}", number + at, "\n".join([*lines[: number - 1], new, *lines[number:]]) + "\n"
            )


def _mistakes(line: str, match: re.Match[str], *, free: bool) -> Iterator[tuple[str, str, int]]:
    """Yield mistakes of one line: a name, the wrong lines, and which of them is wrong, from 0."""
    indent, key, rest = match["indent"], match["key"], match["rest"]
    value, spaces = rest.strip(), " " * len(indent)
    is_block = value.startswith(("|", ">"))
    if not free and not is_block:
        yield "misspell", f"{indent}{_misspelt(key)}:{rest}", 0
        yield "number for", f"{indent}{key}: 12345678901", 0
    if "#" not in rest and value not in ("|", ">-", ""):
        yield "twice", f"{line}\n{spaces}{key}:{rest}", 1
    yield "colon missing after", f"{indent}{key}{rest}", 0
    if indent.strip() == "" and indent:
        yield "tab before", f"\t{line.lstrip()}", 0
    if not free and value and not is_block:
        yield "empty", f"{indent}{key}:", 0
        yield "a list in a list for", f"{indent}{key}: [[1, 2], [3]]", 0
    if value and not is_block and "{" not in rest:
        yield "open quote after", f'{indent}{key}: "{value}', 0
    if "{" in rest:
        yield "open brace after", line.replace("}", "", 1), 0


def _misspelt(key: str) -> str:
    return key[:-1] + "xq" if len(key) > 2 else key + "xq"


def _parent(lines: list[str], number: int) -> str:
    own = len(lines[number - 1]) - len(lines[number - 1].lstrip(" -"))
    for line in reversed(lines[: number - 1]):
        match = _KEY.match(line)
        if match and len(match["indent"]) < own and line.strip() and not line.lstrip().startswith("#"):
            return match["key"]
    return ""


def _lines_of_block_texts(lines: list[str]) -> set[int]:
    inside: set[int] = set()
    depth: int | None = None
    for number, line in enumerate(lines, start=1):
        indent = len(line) - len(line.lstrip())
        if depth is not None and (indent > depth or not line.strip()):
            inside.add(number)
            continue
        depth = None
        if re.search(r": (\||>-)$", line):
            depth = indent
    return inside
