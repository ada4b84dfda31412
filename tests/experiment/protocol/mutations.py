"""Wrong protocols made from right ones, one mistake each, with the line where it was made."""

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
    """Every mistake of the kinds below, at every line where it can be made."""
    lines = text.splitlines()
    inside_text = _lines_of_block_texts(lines)
    for number, line in enumerate(lines, start=1):
        if number in inside_text or not line.strip() or line.lstrip().startswith("#"):
            continue

        def changed(new: str, at: int = number) -> str:
            return "\n".join([*lines[: at - 1], new, *lines[at:]]) + "\n"

        match = _KEY.match(line)
        if match is None:
            continue
        indent, key, rest = match["indent"], match["key"], match["rest"]
        spaces = " " * len(indent)
        free = _parent(lines, number) in FREE_NAMES or key in ("en", "ja", "ar")
        if not free and not rest.strip().startswith(("|", ">")):
            yield Mutant(f"misspell {key}", number, changed(f"{indent}{_misspelt(key)}:{rest}"))
            yield Mutant(f"number for {key}", number, changed(f"{indent}{key}: 12345678901"))
        if "#" not in rest and rest.strip() not in ("|", ">-", ""):
            yield Mutant(f"twice {key}", number + 1, changed(f"{line}\n{spaces}{key}:{rest}"))
        yield Mutant(f"colon missing after {key}", number, changed(f"{indent}{key}{rest}"))
        if indent.strip() == "" and indent:
            yield Mutant(f"tab before {key}", number, changed(f"\t{line.lstrip()}"))
        if not free and rest.strip() and not rest.strip().startswith(("|", ">")):
            yield Mutant(f"empty {key}", number, changed(f"{indent}{key}:"))
            yield Mutant(f"a list in a list for {key}", number, changed(f"{indent}{key}: [[1, 2], [3]]"))
        if not rest.strip().startswith(("|", ">")) and rest.strip() and "{" not in rest:
            yield Mutant(f"open quote after {key}", number, changed(f'{indent}{key}: "{rest.strip()}'))
        if "{" in rest:
            yield Mutant(f"open brace after {key}", number, changed(line.replace("}", "", 1)))


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
