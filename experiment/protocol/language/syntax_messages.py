"""Messages for files that are not valid YAML.

What the writer probably did, and where.

The parser reports where it stops. The mistake is often in an earlier line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError

Spot = tuple[int, int, str]
"""Line and column from 0, and a message."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where and why the parser stops."""

    lines: Sequence[str]
    line: int
    """From 0, as all lines and columns here."""
    column: int
    problem: str
    context: str
    context_at: tuple[int, int] | None
    """Line and column of what the parser was reading."""

    @property
    def here(self) -> tuple[int, int]:
        return self.line, self.column

    @property
    def text(self) -> str:
        return self.lines[self.line] if self.line < len(self.lines) else ""


def syntax_message(error: MarkedYAMLError, lines: Sequence[str]) -> Spot:
    """Return line and column (from 1) of a syntax error, and a message.

    Parameters
    ----------
    error
        The parser's error.
    lines
        The lines of the file.
    """
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    stop = _Stop(
        lines=lines,
        line=mark.line if mark is not None else 0,
        column=mark.column if mark is not None else 0,
        problem=str(error.problem or error.context or ""),
        context=str(error.context),
        context_at=(context.line, context.column) if context is not None else None,
    )
    line, column, message = _describe(stop)
    return min(line, max(0, len(lines) - 1)) + 1, column + 1, message


def _describe(stop: _Stop) -> Spot:
    opened = _open_quote(stop.lines[: stop.line + 1])
    if opened is not None and (opened[0] < stop.line or "quoted" in stop.context):
        return *opened, "a quotation mark is opened in this line and not closed"
    for phrases, describe in _RULES:
        if any(phrase in stop.problem for phrase in phrases):
            return (*stop.here, describe) if isinstance(describe, str) else describe(stop)
    return *stop.here, f"this is not valid YAML: {stop.problem or 'the parser stops here'}"


def _extra_colon(stop: _Stop) -> Spot:
    """Decide which of three mistakes leads to a colon that the parser does not expect."""
    if re.search(r":\s", stop.text[: stop.column]):
        return *stop.here, "there are two `:` in this line; put text that contains `:` in quotes"
    before = _line_before(stop.lines, stop.line)
    if before is None:
        return *stop.here, "this `:` is unexpected; put text that contains `:` in quotes"
    missing = _line_without_colon(stop.lines, stop.line)
    if missing is not None:
        return missing
    message = f"this line is indented below line {before + 1}, which has a value of its own; remove one of them"
    return stop.line, len(stop.text) - len(stop.text.lstrip()), message


def _missing_colon(stop: _Stop) -> Spot:
    line, column = stop.context_at or stop.here
    word = stop.lines[line][column:].split(" ")[0] if line < len(stop.lines) else ""
    return line, column, f"a `:` is missing after `{word}`"


def _wrong_indent(stop: _Stop) -> Spot:
    missing = _line_without_colon(stop.lines, stop.line)
    if missing is not None and "#" in stop.lines[missing[0]]:
        return missing  # a comment ended the text that the next line continues
    if stop.text[stop.column : stop.column + 1] in ("]", "}"):
        return *stop.here, f"this `{stop.text[stop.column]}` closes nothing; remove it, or open it before"
    return *stop.here, "this line is not indented like the lines it belongs to; align it with them"


def _unclosed(stop: _Stop) -> Spot:
    line, column = stop.context_at or stop.here
    if "scalar" in stop.context or "quoted" in stop.context + stop.problem:
        return line, column, "a quotation mark is not closed"
    return line, column, "a bracket or brace is not closed, or a comma is missing"


_RULES: tuple[tuple[tuple[str, ...], str | Callable[[_Stop], Spot]], ...] = (
    (("mapping values are not allowed",), _extra_colon),
    (("could not find expected ':'",), _missing_colon),
    (("expected <block end>",), _wrong_indent),
    (("cannot start any token",), "this character cannot begin a value; put the text in quotes"),
    (("end of stream", "unexpected end", "expected ',' or"), _unclosed),
    (("found undefined alias",), "`*` refers to an anchor that does not exist; put the text in quotes to write a star"),
    (("sequence entries are not allowed",), "a list cannot begin here; write its first `-` in the next line"),
    (
        ("another document", "single document", "expected '<document start>'"),
        "the protocol ends before this line; remove a `---` or `...` line, or a line that belongs to nothing",
    ),
    (("escape",), "a backslash in double quotes must be written twice (`\\\\`); or use single quotes"),
)
"""What the parser's problem contains, and the message or the function that finds it; the first match counts."""


def _line_before(lines: Sequence[str], line: int) -> int | None:
    """Return the nearest line above that is neither empty nor a comment."""
    above = range(min(line, len(lines)) - 1, -1, -1)
    return next((n for n in above if lines[n].strip() and not lines[n].lstrip().startswith("#")), None)


def _line_without_colon(lines: Sequence[str], line: int) -> Spot | None:
    """Return the first of the lines directly above that have no colon.

    A key whose colon is missing.
    """
    found = None
    before = _line_before(lines, line)
    while before is not None and not re.search(r":(\s|$)", lines[before]):
        found, before = before, _line_before(lines, before)
        if lines[found].lstrip().startswith("- "):
            break  # an entry of a list begins here; the lines above do not belong to it
    if found is None:
        return None
    start = len(lines[found]) - len(lines[found].lstrip(" -"))
    word = lines[found][start:].split(" ")[0]
    return found, start + len(word), f"a `:` is missing after `{word}`"


def _open_quote(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return the first value with an opening but no closing quotation mark."""
    for number, line in enumerate(lines):
        match = re.search(r"""(?:^\s*|[:\-,{\[]\s+|[\[{])(["'])""", line)
        if match is None or line.lstrip().startswith("#"):
            continue
        quote = match[1]
        rest = line[match.start(1) :].replace("\\" + quote, "").replace("''", "")
        if rest.count(quote) % 2:
            return number, match.start(1)
    return None
