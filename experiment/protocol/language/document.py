"""A YAML file as a tree whose every part knows its place, so that any later problem can point at its line.

The tree is built from the parser's nodes and not from its values: two equal keys, an empty section and an anchor that
multiplies itself are all still visible here. Text is kept as `PlacedText`, which remembers the file it was written in;
that is how a picture's path is found relative to its own protocol, also when another protocol extends that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from experiment.protocol.language.problems import Place, Problem

MOST_BYTES = 2_000_000
MOST_PARTS = 20_000
MOST_DEPTH = 40
Path_ = tuple[str | int, ...]
"""Steps from the top of the file to a part of it: ``("blocks", 2, "trials")``."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+")


class PlacedText(str):
    """Text that knows the file it was written in."""

    __slots__ = ("file",)
    file: Path

    def __new__(cls, text: str, file: Path) -> PlacedText:
        """The text, and its file."""
        placed = super().__new__(cls, text)
        placed.file = file
        return placed


@dataclass(slots=True)
class Scalar:
    """A single value."""

    place: Place
    value: str | int | float | bool | None


@dataclass(slots=True)
class Items:
    """A list."""

    place: Place
    items: list[Tree] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """Keys and what belongs to them."""

    place: Place
    entries: dict[str, Tree] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Tree = Scalar | Items | Section


@dataclass(frozen=True, slots=True)
class Document:
    """One file as it was read."""

    file: Path
    text: str
    data: bytes
    tree: Section | None
    """None if the file is no YAML mapping at all; then there is at least one problem."""
    problems: tuple[Problem, ...]


def read_document(file: Path) -> Document:
    """Read a file; whatever its bytes are, the answer is a tree or problems, never an exception of the parser."""
    start = Place(file, 1, 1)
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except IsADirectoryError:
        return _unreadable(start, b"", "this is a folder; name the protocol file in it")
    except FileNotFoundError:
        return _unreadable(start, b"", f"there is no such file{_similar_file(file)}")
    except OSError as error:
        return _unreadable(start, b"", f"the file cannot be read ({error.strerror or error})")
    if len(data) > MOST_BYTES:
        return _unreadable(start, data, f"the file is larger than {MOST_BYTES // 1_000_000} MB; this is no protocol")
    return parse_document(data, file)


def parse_document(data: bytes, file: Path) -> Document:
    """Parse the bytes of a protocol file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        message = "the file is not saved as UTF-8 from here on; save it with encoding UTF-8 (in the editor's Save As)"
        return _unreadable(Place(file, line, column), data, message)
    lines = text.splitlines()
    tabs = _problems_of_characters(lines, file)
    if tabs:
        return Document(file, text, data, None, tuple(tabs))
    if not text.strip() or all(not line.strip() or line.lstrip().startswith("#") for line in lines):
        message = "the file is empty; a protocol begins with `protocol: 1` (docs/tutorial.md starts from there)"
        return Document(file, text, data, None, (Problem(Place(file, 1, 1), message),))
    deep = _too_deep(lines, file)
    if deep is not None:
        return Document(file, text, data, None, (deep,))
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        return Document(file, text, data, None, (_syntax_problem(error, file, lines),))
    except RecursionError:
        return _unreadable(Place(file, 1, 1), data, "the file is nested too deeply to be a protocol")
    except Exception as error:
        # The parser promises only YAMLError, and breaks that promise on odd bytes (ValueError, IndexError, ...).
        detail = str(error).strip().partition("\n")[0]
        return _unreadable(Place(file, 1, 1), data, f"the file is not valid YAML ({detail or type(error).__name__})")
    builder = _Builder(file, lines)
    tree = builder.build(root) if root is not None else None
    if tree is not None and not isinstance(tree, Section):
        message = "a protocol is made of lines `key: value`; the first one is `protocol: 1`"
        builder.problems.append(builder.problem(tree.place, message))
        tree = None
    if builder.exploded:
        tree = None
    if tree is None and not builder.problems:
        builder.problems.append(builder.problem(Place(file, 1, 1), "the file holds no protocol"))
    return Document(file, text, data, tree, tuple(builder.problems))


def plain(tree: Tree) -> Any:
    """The tree as plain values, text as `PlacedText`."""
    if isinstance(tree, Section):
        return {PlacedText(key, tree.keys[key].file): plain(value) for key, value in tree.entries.items()}
    if isinstance(tree, Items):
        return [plain(item) for item in tree.items]
    return PlacedText(tree.value, tree.place.file) if isinstance(tree.value, str) else tree.value


def copied(tree: Tree) -> Tree:
    """A copy whose parts can be removed without changing the original."""
    if isinstance(tree, Section):
        return Section(tree.place, {key: copied(value) for key, value in tree.entries.items()}, dict(tree.keys))
    if isinstance(tree, Items):
        return Items(tree.place, [copied(item) for item in tree.items])
    return tree


def locate(tree: Tree, path: Path_, *, key: bool = False) -> Place:
    """The place of a part; steps the tree does not have are passed over, so a missing key is found at its section.

    With ``key``, the place of the last key rather than of its value.
    """
    place = tree.place
    for step, child, child_place in _walk(tree, path):
        place = child_place if key and step == path[-1] else child.place
        if isinstance(child, Scalar) and child.value is None:
            place = child_place  # an empty section has no value to point at
    return place


def find(tree: Tree, path: Path_) -> Tree:
    """The deepest part on the path that the tree has."""
    for _, child, _ in _walk(tree, path):
        tree = child
    return tree


def present_path(tree: Tree, path: Path_) -> Path_:
    """The steps of the path that the tree has."""
    return tuple(step for step, _, _ in _walk(tree, path))


def _walk(tree: Tree, path: Path_) -> Iterator[tuple[str | int, Tree, Place]]:
    for step in path:
        if isinstance(tree, Section) and isinstance(step, str) and step in tree.entries:
            place = tree.keys[step]
            tree = tree.entries[step]
        elif isinstance(tree, Items) and isinstance(step, int) and 0 <= step < len(tree.items):
            tree = tree.items[step]
            place = tree.place
        else:
            continue
        yield step, tree, place


def line_at(lines: Mapping[Path, list[str]], place: Place) -> str:
    """The text of the line a place is in."""
    texts = lines.get(place.file, [])
    return texts[place.line - 1] if 0 < place.line <= len(texts) else ""


class _Builder:
    """Turns the parser's nodes into a `Tree`, collecting problems."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []
        self.parts = 0
        self.exploded = False
        self.open: set[int] = set()

    def problem(self, place: Place, message: str) -> Problem:
        return Problem(place, message, line_text=line_at({self.file: self.lines}, place))

    def refuse(self, node: Node, message: str) -> None:
        self.problems.append(self.problem(self.place(node), message))

    def place(self, node: Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def build(self, node: Node, depth: int = 0) -> Tree:
        place = self.place(node)
        empty = Scalar(place, None)
        self.parts += 1
        if self.exploded:
            return empty
        if self.parts > MOST_PARTS:
            self.exploded = True
            self.refuse(
                node, "anchors (&name, *name) multiply here until the file no longer fits; write it out instead"
            )
            return empty
        if id(node) in self.open:
            self.refuse(node, "this anchor contains itself; write the value out instead")
            return empty
        if depth > MOST_DEPTH:
            self.refuse(node, f"this is nested more than {MOST_DEPTH} levels deep")
            return empty
        if isinstance(node, ScalarNode):
            return Scalar(place, self.scalar(node))
        self.open.add(id(node))
        if isinstance(node, SequenceNode):
            built: Tree = self.sequence(node, depth)
        else:
            assert isinstance(node, MappingNode)
            built = self.section(node, depth)
        self.open.discard(id(node))
        return built

    def sequence(self, node: SequenceNode, depth: int) -> Items:
        if str(node.tag) != "tag:yaml.org,2002:seq":
            self.refuse(node, f"the YAML tag {_shown_tag(node)} has no meaning in a protocol; leave it out")
        return Items(self.place(node), [self.build(item, depth + 1) for item in node.value])

    def section(self, node: MappingNode, depth: int) -> Section:
        if str(node.tag) != "tag:yaml.org,2002:map":
            self.refuse(node, f"the YAML tag {_shown_tag(node)} has no meaning in a protocol; leave it out")
        section = Section(self.place(node))
        for key_node, value_node in node.value:
            place = self.place(key_node)
            value = self.build(value_node, depth + 1)
            if not isinstance(key_node, ScalarNode):
                self.refuse(key_node, "a key must be a single word; is there a bracket or a brace too many?")
                continue
            key = str(key_node.value)
            if key == "<<":
                self.refuse(key_node, "`<<` is not supported; `extends:` takes over another protocol's settings")
                continue
            if key in section.entries:
                first = section.keys[key]
                self.refuse(key_node, f"`{key}` is here twice, first in line {first.line}; remove one of them")
                continue
            section.entries[key], section.keys[key] = value, place
        return section

    def scalar(self, node: ScalarNode) -> str | int | float | bool | None:
        text, tag = str(node.value), str(node.tag).removeprefix("tag:yaml.org,2002:")
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag in ("int", "float"):
            return self.number(node, text)
        if tag not in ("str", "timestamp"):
            self.refuse(node, f"the YAML tag {_shown_tag(node)} has no meaning in a protocol; leave it out")
        if "\x00" in text:
            self.refuse(node, "this text holds a character that no text may hold (NUL)")
        return text

    def number(self, node: ScalarNode, text: str) -> int | float | str:
        if len(text) > 40:
            self.refuse(node, "this number is far too long")
            return 0
        if _INTEGER.fullmatch(text):
            return int(text.replace("_", ""))
        if _FLOAT.fullmatch(text):
            return float(text.replace("_", ""))
        if text.lstrip("+-").lower() in (".inf", ".nan"):
            return float(text.lower().replace(".", ""))
        return text  # 0x1F, 0o14, 010 and the like: no number a psychologist meant


def _shown_tag(node: Node) -> str:
    return "`" + str(node.tag).replace("tag:yaml.org,2002:", "!!") + "`"


def _problems_of_characters(lines: list[str], file: Path) -> list[Problem]:
    """Tabs used to indent, which YAML forbids and its parsers report obscurely; and characters no text file has."""
    problems = []
    for number, line in enumerate(lines, start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and line.strip() and not line.lstrip().startswith("#"):
            place = Place(file, number, indent.index("\t") + 1)
            problems.append(Problem(place, "indent with spaces; this line begins with a tab", line_text=line))
        odd = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]", line)
        if odd:
            code = f"U+{ord(odd[0]):04X}"
            place = Place(file, number, odd.start() + 1)
            message = f"there is an invisible control character here ({code}); retype this line"
            problems.append(Problem(place, message, line_text=re.sub(r"[\x00-\x1f\x7f-\x9f]", "?", line)))
    return problems


def _too_deep(lines: list[str], file: Path) -> Problem | None:
    """Brackets or dashes nested beyond all sense, which would keep the parser busy for minutes."""
    depth = 0
    for number, line in enumerate(lines, start=1):
        dashes = len(line) - len(line.lstrip("- "))
        depth = max(0, depth + line.count("[") + line.count("{") - line.count("]") - line.count("}"))
        if depth > 4 * MOST_DEPTH or line[:dashes].count("-") > MOST_DEPTH:
            place = Place(file, number, 1)
            return Problem(place, "the file is nested too deeply to be a protocol", line_text=line[:200])
    return None


def _syntax_problem(error: MarkedYAMLError, file: Path, lines: list[str]) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    text = str(error.problem or error.context or "")
    context = error.context_mark
    remedy = ""
    opened = _line_of_open_quote(lines[: line + 1])
    if opened is not None and (opened[0] < line or "quoted" in str(error.context)):
        (line, column), message = opened, "a quotation mark is opened in this line and not closed"
    elif "mapping values are not allowed" in text:
        line, column, message = _one_colon_too_many(lines, line, column)
    elif "could not find expected ':'" in text:
        line, column = (context.line, context.column) if context is not None else (line, column)
        word = lines[line][column:].split(" ")[0] if line < len(lines) else ""
        message = f"a `:` is missing after `{word}`"
    elif "expected <block end>" in text:
        without = _line_without_colon(lines, line)
        if without is not None and "#" in lines[without[0]]:
            line, column, message = without  # a comment ended the text that the next line would have continued
        elif line < len(lines) and lines[line][column : column + 1] in ("]", "}"):
            message = f"this `{lines[line][column]}` closes nothing; remove it, or open it before"
        else:
            message = "this line is not indented like the lines it belongs to; align it with them"
    elif "found character" in text and "cannot start any token" in text:
        message = "this character cannot begin a value; put the text in quotes"
    elif "end of stream" in text or "unexpected end" in text or "expected ',' or" in text:
        if context is not None and context.line < line:
            remedy = f" (it begins in line {context.line + 1})"
        if "scalar" in str(error.context) or "quoted" in str(error.context) + text:
            message = f"a quotation mark is not closed{remedy}"
        else:
            message = f"a bracket or brace is not closed, or a comma is missing{remedy}"
        if context is not None:
            line, column = context.line, context.column
            message = message.replace(remedy, "")
    elif "found undefined alias" in text:
        message = "`*` refers to an anchor that is not there; put the text in quotes if you meant a star"
    elif "sequence entries are not allowed" in text:
        message = "a list cannot begin here; write its first `-` in the next line"
    elif "another document" in text or "single document" in text or "expected '<document start>'" in text:
        message = "the protocol ends before this line; a `---` or `...` line, or a line that belongs to nothing?"
    elif "escape" in text:
        message = "a backslash in double quotes needs to be doubled (`\\\\`); or use single quotes"
    else:
        message = f"this is not valid YAML: {text or 'the parser stops here'}"
    line = min(line, max(0, len(lines) - 1))
    place = Place(file, line + 1, column + 1)
    return Problem(place, message, line_text=line_at({file: lines}, place))


def _one_colon_too_many(lines: list[str], line: int, column: int) -> tuple[int, int, str]:
    """Which of three mistakes makes the parser meet a colon it does not expect."""
    text = lines[line] if line < len(lines) else ""
    if re.search(r":\s", text[:column]):
        return line, column, "there are two `:` in this line; put text that holds `:` in quotes"
    before = _line_before(lines, line)
    if before is None:
        return line, column, "this `:` is one too many; put text that holds `:` in quotes"
    without = _line_without_colon(lines, line)
    if without is not None:
        return without
    message = f"this line is indented below line {before + 1}, which has a value of its own; remove one of them"
    return line, len(text) - len(text.lstrip()), message


def _line_before(lines: list[str], line: int) -> int | None:
    """The nearest line above that says something."""
    above = (n for n in range(min(line, len(lines)) - 1, -1, -1) if lines[n].strip())
    return next((n for n in above if not lines[n].lstrip().startswith("#")), None)


def _line_without_colon(lines: list[str], line: int) -> tuple[int, int, str] | None:
    """The first of the lines directly above that have no colon, if there are any: a key that lost its colon."""
    found = None
    before = _line_before(lines, line)
    while before is not None and not re.search(r":(\s|$)", lines[before]):
        found, before = before, _line_before(lines, before)
        if lines[found].lstrip().startswith("- "):
            break  # an item begins here; what is above belongs to something else
    if found is None:
        return None
    start = len(lines[found]) - len(lines[found].lstrip(" -"))
    word = lines[found][start:].split(" ")[0]
    return found, start + len(word), f"a `:` is missing after `{word}`"


def _line_of_open_quote(lines: list[str]) -> tuple[int, int] | None:
    """The first value that begins with a quotation mark and does not end with one in its line."""
    for number, line in enumerate(lines):
        match = re.search(r"""(?:^\s*|[:\-,{\[]\s+|[\[{])(["'])""", line)
        if match is None or line.lstrip().startswith("#"):
            continue
        quote = match[1]
        rest = line[match.start(1) :].replace("\\" + quote, "").replace("''", "")
        if rest.count(quote) % 2:
            return number, match.start(1)
    return None


def empty_parts(tree: Tree, path: Path_ = ()) -> Iterator[Path_]:
    """The paths of everything that has no value."""
    if isinstance(tree, Section):
        children: list[tuple[str | int, Tree]] = list(tree.entries.items())
    elif isinstance(tree, Items):
        children = list(enumerate(tree.items))
    else:
        children = []
        if tree.value is None:
            yield path
    for step, child in children:
        yield from empty_parts(child, (*path, step))


def _unreadable(place: Place, data: bytes, message: str) -> Document:
    lines = data[:MOST_BYTES].decode("utf-8", "replace").splitlines()
    problem = Problem(place, message, line_text=line_at({place.file: lines}, place) if data else "")
    return Document(place.file, data.decode("utf-8", "replace"), data, None, (problem,))


def _similar_file(file: Path) -> str:
    from experiment.protocol.language.problems import did_you_mean

    try:
        names = sorted(entry.name for entry in file.parent.iterdir() if entry.suffix in (".yaml", ".yml"))
    except OSError:
        return "; its folder does not exist either"
    near = did_you_mean(file.name, names)
    return near if near.startswith("; did") else ""
