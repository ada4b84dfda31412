"""Slips of typing that look right: wide signs, invisible spaces, long dashes.

They are searched only in a file that has an error. A file without errors may contain all of these signs, for example in
Japanese texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiment.protocol.language.problems import Problem

_SPACES = {
    "\u00a0": "a non-breaking space",
    "\u202f": "a narrow non-breaking space",
    "\u2007": "a wide space",
    "\u2003": "a wide space",
    "\u2002": "a wide space",
    "\u2009": "a thin space",
    "\u200b": "an invisible space",
    "\u3000": "a full-width space",
    "\ufeff": "an invisible mark",
}
_DASHES = {
    "\u2013": "an en dash (–)",
    "\u2014": "an em dash (—)",
    "\u2212": "a minus sign (−)",
    "\u2010": "a long hyphen",
}
_ODD = "".join(_SPACES)
_KEY = r"[A-Za-z_][A-Za-z0-9_-]*"
_BEFORE_KEY = re.compile(rf"[ ]*(?:-[ ]+)?(?P<odd>[{_ODD}])[ {_ODD}]*(?:-[ {_ODD}]+)?{_KEY}\s*:")
_AFTER_COLON = re.compile(rf"[ ]*(?:- +)?{_KEY}:(?P<odd>[{_ODD}])")
_AFTER_DASH = re.compile(rf"[ ]*-(?P<odd>[{_ODD}])")
_WIDE_COLON = re.compile(rf"[ ]*(?:- +)?(?P<key>{_KEY})[ {_ODD}]*(?P<odd>：)")
_LONG_DASH = re.compile(rf"[ ]*(?P<odd>[{''.join(_DASHES)}])[ {_ODD}]*(?P<word>\S+)")
_NO_SPACE = re.compile(rf"[ ]*(?P<odd>-)(?P<key>{_KEY}):(?:\s|$)")
_BLOCK_TEXT = re.compile(r"(?:^|.*[:\-]\s)\s*[|>][-+0-9]*\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip and its place; line and column from 1."""

    line: int
    column: int
    message: str


def find_slips(lines: Sequence[str]) -> Iterator[Slip]:
    """Yield the slips of a file, at most one a line."""
    inside = block_text_lines(lines)
    for number, line in enumerate(lines, start=1):
        if number in inside or line.lstrip().startswith("#"):
            continue
        slip = _slip_of(line)
        if slip is not None:
            yield Slip(number, slip[0] + 1, slip[1])


def explained(problems: Sequence[Problem], lines: Sequence[str], *, stopped: bool) -> list[Problem]:
    """Return the problems of a file, with slips instead of what follows from them.

    Parameters
    ----------
    problems
        Problems of one file.
    lines
        Its lines.
    stopped
        Whether the file is not valid YAML; its one problem is then that of the first slip.
    """
    slips = list(find_slips(lines)) if any(one.severity == "error" for one in problems) else []
    if not slips:
        return list(problems)
    file = problems[0].place.file
    found = [_as_problem(slip, problems, lines) for slip in slips]
    if stopped:
        return found
    covered = {1} | {line for slip in slips for line in (slip.line, *_lines_above(lines, slip.line))}
    others = [one for one in problems if one.place.line not in covered or one.place.file != file]
    return [*found, *(one for one in others if one.severity == "error")]


def block_text_lines(lines: Sequence[str]) -> frozenset[int]:
    """Return the numbers (from 1) of the lines in texts that begin with `|` or `>`."""
    inside: set[int] = set()
    depth: int | None = None
    for number, line in enumerate(lines, start=1):
        indent = len(line) - len(line.lstrip(" "))
        if depth is not None and (indent > depth or not line.strip()):
            inside.add(number)
            continue
        begins = _BLOCK_TEXT.match(line) is not None and not line.lstrip().startswith("#")
        depth = indent if begins else None
    return frozenset(inside)


def _slip_of(line: str) -> tuple[int, str] | None:
    """Return the column (from 0) of a slip and its message."""
    for pattern in (_BEFORE_KEY, _AFTER_COLON, _AFTER_DASH):
        if match := pattern.match(line):
            sign = match["odd"]
            return match.start("odd"), f"here is {_SPACES[sign]} (U+{ord(sign):04X}); type a usual space instead"
    if match := _WIDE_COLON.match(line):
        message = f"the colon after `{match['key']}` is a full-width one (：); write `:` and a space"
        return match.start("odd"), message
    if match := _LONG_DASH.match(line):
        message = (
            f"this is {_DASHES[match['odd']]}; an entry of a list begins with a hyphen and a space: `- {match['word']}`"
        )
        return match.start("odd"), message
    if match := _NO_SPACE.match(line):
        return match.start("odd"), f"a space is missing after the dash: `- {match['key']}`"
    return None


def _as_problem(slip: Slip, problems: Sequence[Problem], lines: Sequence[str]) -> Problem:
    place = problems[0].place
    return Problem(type(place)(place.file, slip.line, slip.column), slip.message, line_text=lines[slip.line - 1])


def _lines_above(lines: Sequence[str], number: int) -> Iterator[int]:
    """Yield the lines that a line belongs to: above it, and less indented."""
    indent = len(lines[number - 1]) - len(lines[number - 1].lstrip(" " + _ODD))
    for above in range(number - 1, 0, -1):
        line = lines[above - 1]
        own = len(line) - len(line.lstrip(" "))
        if line.strip() and own < indent:
            indent = own
            yield above
