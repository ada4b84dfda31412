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
    for find in (_inner_quote, _braces_in_text, _missing_dash, _comment_in_brackets):
        spot = find(stop)
        if spot is not None:
            return spot
    opened = _open_quote(stop.lines[: stop.line + 1])
    if opened is not None and (opened[0] < stop.line or "quoted" in stop.context):
        return *opened, "a quotation mark is opened in this line and not closed"
    for phrases, describe in _RULES:
        if any(phrase in stop.problem for phrase in phrases):
            return (*stop.here, describe) if isinstance(describe, str) else describe(stop)
    return *stop.here, f"this is not valid YAML: {stop.problem or 'the parser stops here'}"


def _inner_quote(stop: _Stop) -> Spot | None:
    """Find an apostrophe or quotation mark that ends a text too early."""
    first = stop.context_at[0] if stop.context_at is not None and stop.context_at[0] < stop.line else stop.line
    for number in range(first, min(stop.line + 1, len(stop.lines))):
        found = early_end(stop.lines[number])
        if found is None:
            continue
        column, quote = found
        if quote == "'":
            word = _word_around(stop.lines[number], column)
            return number, column, f"the apostrophe in `{word}` ends the text; put the text in double quotes instead"
        message = 'this quotation mark ends the text; put the text in single quotes, or write it as \\" inside the text'
        return number, column, message
    return None


def early_end(line: str) -> tuple[int, str] | None:
    """Return column (from 0) and sign of a quotation mark that ends a text too early."""
    if line.lstrip().startswith("#"):
        return None
    at = 0
    while match := _OPENING.search(line, at):
        quote, start = match["quote"], match.end()
        end = start
        while end < len(line) and line[end] != quote:
            end += 2 if quote == '"' and line[end] == "\\" else 1
        while quote == "'" and line[end : end + 2] == "''":
            end = line.find("'", end + 2) if "'" in line[end + 2 :] else len(line)
        if end >= len(line):
            return None
        if not re.match(r"\s*(?:$|[,}\]:]|\s#)", line[end + 1 :]):
            return end, quote
        at = end + 1
    return None


def _word_around(line: str, column: int) -> str:
    before, after = re.search(r"[\w]*$", line[:column]), re.match(r"\w*", line[column + 1 :])
    return f"{before[0] if before else ''}{line[column]}{after[0] if after else ''}"


def _braces_in_text(stop: _Stop) -> Spot | None:
    """Find a text with braces and without quotes: ``target: {emotion}-{gaze}``."""
    match = _BRACES.search(stop.text)
    if match is None or stop.text.lstrip().startswith("#"):
        return None
    text = match["text"].strip()
    return stop.line, match.start("text"), f"a text that begins with a brace needs quotes: '{text}'"


def _missing_dash(stop: _Stop) -> Spot | None:
    """Find a line that stands where the dashes of a list are, without a dash."""
    match = re.match(r"(?P<indent> *)(?P<word>[A-Za-z_][\w-]*):(?:\s|$)", stop.text)
    if match is None or "block collection" not in stop.context:
        return None
    for line in reversed(stop.lines[: stop.line]):
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and not line.lstrip().startswith("#") and indent <= len(match["indent"]):
            if indent == len(match["indent"]) and line.lstrip().startswith("- "):
                word = match["word"]
                return stop.line, indent, f"a dash is missing: an entry of a list begins with `- {word}: ...`"
            return None
    return None


def _comment_in_brackets(stop: _Stop) -> Spot | None:
    """Find a `#` in brackets or braces, which makes the rest of the line a comment."""
    if "flow" not in stop.context:
        return None
    first = stop.context_at[0] if stop.context_at is not None else stop.line
    for number in range(first, min(stop.line + 1, len(stop.lines))):
        line = stop.lines[number]
        match = re.search(r"\s(#(?P<rest>\S[^,}\]]*))[,}\]]?", line)
        if match and not line.lstrip().startswith("#") and re.search(r"[\[{]", line[: match.start()]):
            word = match[1].strip()
            return (
                number,
                match.start(1),
                f"`#` begins a comment here, which ends the line; put the text with `{word}` in quotes",
            )
    return None


_OPENING = re.compile(r"""(?:^\s*(?:-\s+)?|[:,]\s+|[\[{]\s*)(?P<quote>["'])""")
_HAS_VALUE = re.compile(r"\s*(?:- )?[A-Za-z_][\w-]*:\s+[^\s#|>]")
_BRACES = re.compile(r"(?::|-)\s+(?P<text>\{[^{}\[\]:,]*\}\s*[^\s,}\]#].*)$")


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
    return stop.line, _indent(stop.text), _indented_further(before)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _indented_further(before: int) -> str:
    return f"this line is indented further than line {before + 1}, which has a value already; align the two lines"


def _missing_colon(stop: _Stop) -> Spot:
    line, column = stop.context_at or stop.here
    text = stop.lines[line][column:] if line < len(stop.lines) else ""
    return line, column, _colon_message(text)


def _wrong_indent(stop: _Stop) -> Spot:
    missing = _line_without_colon(stop.lines, stop.line)
    if missing is not None and "#" in stop.lines[missing[0]]:
        return missing  # a comment ended the text that the next line continues
    if stop.text[stop.column : stop.column + 1] in ("]", "}"):
        return *stop.here, f"this `{stop.text[stop.column]}` closes nothing; remove it, or open it before"
    before = _line_before(stop.lines, stop.line)
    if before is not None and _HAS_VALUE.match(stop.lines[before]) and _indent(stop.text) > _indent(stop.lines[before]):
        return *stop.here, _indented_further(before)
    return *stop.here, "this line is not indented like the lines it belongs to; align it with them"


def _unclosed(stop: _Stop) -> Spot:
    line, column = stop.context_at or stop.here
    for number in range(line, min(stop.line + 1, len(stop.lines))):
        if wide := re.search("[：，、｛｝［］]", stop.lines[number]):
            usual = {"：": ": ", "，": ",", "、": ",", "｛": "{", "｝": "}", "［": "[", "］": "]"}[wide[0]]
            return number, wide.start(), f"this is a full-width sign ({wide[0]}); write `{usual}`"
    before = re.search(r"[^\s,{\[]\s+([A-Za-z_][\w-]*)\s*$", stop.text[: stop.column])
    if before is not None and line == stop.line and stop.text[stop.column : stop.column + 1] == ":":
        return stop.line, before.start(1), f"a comma is missing before `{before[1]}`"
    if "scalar" in stop.context or "quoted" in stop.context + stop.problem:
        return line, column, "a quotation mark is not closed"
    return line, column, "a bracket or brace is not closed, or a comma is missing"


_RULES: tuple[tuple[tuple[str, ...], str | Callable[[_Stop], Spot]], ...] = (
    (("mapping values are not allowed",), _extra_colon),
    (("could not find expected ':'",), _missing_colon),
    (("expected <block end>",), _wrong_indent),
    (("cannot start any token",), "this character cannot begin a value; put the text in quotes"),
    (("end of stream", "unexpected end", "expected ',' or"), _unclosed),
    (("found undefined alias",), "a text that begins with `*` needs quotes"),
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
    text = lines[found][start:]
    return found, start + len(text.split(" ")[0]), _colon_message(text)


def _colon_message(text: str) -> str:
    """Return what is wrong between a key and its value, given a line from the key on."""
    word = text.split(" ")[0]
    if match := re.match(r"([A-Za-z_][\w-]*):(?P<value>\S.*)", text):
        return f"a space is missing after the colon: `{match[1]}: {match['value']}`"
    if re.match(r"[A-Za-z_][\w-]*\s*=", text):
        return f"write `:` instead of `=` after `{word.partition('=')[0]}`"
    return f"a `:` is missing after `{word}`"


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
