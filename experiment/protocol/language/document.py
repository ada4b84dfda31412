"""Read a protocol file: its bytes as a `Tree`, or problems with their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from experiment.protocol.language.problems import Place, Problem, similar_file
from experiment.protocol.language.syntax_messages import syntax_message
from experiment.protocol.language.tree import Items, Scalar, Section, Tree

MOST_BYTES = 2_000_000
MOST_PARTS = 20_000
MOST_DEPTH = 40

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DIRECTIVE = re.compile(r"%YAML\s+1\.2\s*(#.*)?")
_TAG = "tag:yaml.org,2002:"
_FIRST_KEYS = ("name", "id", "text", "target", "value")
"""Keys with which the entries of the lists of a protocol usually begin."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file as it was read."""

    file: Path
    text: str
    data: bytes
    tree: Section | None
    """None if the file is not a YAML mapping; then there is at least one problem."""
    problems: tuple[Problem, ...]


class _Stop(Exception):
    """The file cannot be read as a tree."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def read_document(file: Path) -> Document:
    """Read a file; return a tree or problems for any bytes."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except IsADirectoryError:
        return _unreadable(file, "this is a folder; name the protocol file in it")
    except FileNotFoundError:
        return _unreadable(file, f"this file does not exist{similar_file(file, ('.yaml', '.yml'))}")
    except OSError as error:
        return _unreadable(file, f"the file cannot be read ({error.strerror or error})")
    return parse_document(data, file)


def parse_document(data: bytes, file: Path) -> Document:
    """Parse the bytes of a protocol file."""
    if len(data) > MOST_BYTES:
        return _unreadable(file, f"the file is larger than {MOST_BYTES // 1_000_000} MB: not a protocol", data=data)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")):
        message = "this is a document of another program, not a text file; save the protocol as plain text (UTF-8), "
        return _unreadable(file, message + "with the ending .yaml")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        message = "the file is not saved as UTF-8 from here on; save it with encoding UTF-8 (in the editor's Save As)"
        return _unreadable(file, message, data=data, line=line, column=column)
    builder = _Builder(file, text.splitlines())
    tree = None
    try:
        tree = builder.tree(text)
    except _Stop as stop:
        builder.problems += stop.problems
    return Document(file, text, data, tree, tuple(builder.problems))


def line_at(lines: Mapping[Path, list[str]], place: Place) -> str:
    """Return the text of the line at a place; empty if there is none."""
    texts = lines.get(place.file, [])
    return texts[place.line - 1] if 0 < place.line <= len(texts) else ""


class _Builder:
    """Turns the text of a file into a `Tree` and collects problems."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []
        self._parts = 0
        self._open: set[int] = set()
        """The nodes that contain the current one."""

    def tree(self, text: str) -> Section | None:
        """Return the tree of the file, or None after problems."""
        self._check_characters()
        if all(not line.strip() or line.lstrip().startswith("#") for line in self.lines):
            raise self._stop("the file is empty; a protocol begins with `protocol: 1` (see docs/tutorial.md)")
        self._check_directives()
        self._check_depth()
        root = self._parse(text)
        tree = self._build(root) if root is not None else None
        if tree is not None and not isinstance(tree, Section):
            message = "a protocol consists of lines `key: value`; the first one is `protocol: 1`"
            raise _Stop(self._problem(tree.place, message))
        if tree is None and not self.problems:
            raise self._stop("the file does not contain a protocol")
        return tree

    def _parse(self, text: str) -> Node | None:
        try:
            root: Node | None = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            line, column, message = syntax_message(error, self.lines)
            if self.lines[line - 1 : line] and self.lines[line - 1][column - 1 : column] == "\t":
                message = "there is a tab here; write a space instead"
            raise self._stop(message, line=line, column=column) from None
        except RecursionError:
            raise self._stop("the file is nested too deeply to be a protocol") from None
        except Exception as error:
            # The parser documents only YAMLError, but raises ValueError, IndexError, ... for some bytes.
            detail = str(error).strip().partition("\n")[0]
            raise self._stop(f"the file is not valid YAML ({detail or type(error).__name__})") from None
        return root

    def _check_characters(self) -> None:
        """Refuse tabs in the indentation, and control characters."""
        problems = []
        for number, line in enumerate(self.lines, start=1):
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            if "\t" in indent and line.strip() and not line.lstrip().startswith("#"):
                place = Place(self.file, number, indent.index("\t") + 1)
                problems.append(self._problem(place, "this line begins with a tab; indent with spaces"))
            odd = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]", line)
            if odd:
                message = f"there is an invisible control character here (U+{ord(odd[0]):04X}); retype this line"
                shown = re.sub(r"[\x00-\x1f\x7f-\x9f]", "?", line)
                problems.append(Problem(Place(self.file, number, odd.start() + 1), message, line_text=shown))
        if problems:
            raise _Stop(*problems)

    def _check_directives(self) -> None:
        """Refuse directives: `%YAML 1.1` turns `yes` into a truth value and `010` into 8."""
        for number, line in enumerate(self.lines, start=1):
            text = line.strip()
            if line.startswith("%") and not _DIRECTIVE.fullmatch(text):
                message = f"remove this line: `{text[:40]}` would change the meaning of values such as yes and 010"
                raise _Stop(self._problem(Place(self.file, number, 1), message))
            if text and not text.startswith(("#", "%")):
                return

    def _check_depth(self) -> None:
        """Refuse a depth of brackets that would occupy the parser for minutes."""
        depth = 0
        for number, line in enumerate(self.lines, start=1):
            dashes = len(line) - len(line.lstrip("- "))
            depth = max(0, depth + line.count("[") + line.count("{") - line.count("]") - line.count("}"))
            if depth > 4 * MOST_DEPTH or line[:dashes].count("-") > MOST_DEPTH:
                place = Place(self.file, number, 1)
                raise _Stop(Problem(place, "the file is nested too deeply to be a protocol", line_text=line[:200]))

    def _build(self, node: Node, depth: int = 0) -> Tree:
        self._parts += 1
        if self._parts > MOST_PARTS:
            message = "anchors (&name, *name) make the file too large here; write the values out instead"
            raise _Stop(self._problem(self._place(node), message))
        place = self._place(node)
        if id(node) in self._open:
            self._refuse(node, "this anchor contains itself; write the value out instead")
            return Scalar(place, None)
        if depth > MOST_DEPTH:
            self._refuse(node, f"this is nested more than {MOST_DEPTH} levels deep")
            return Scalar(place, None)
        if isinstance(node, ScalarNode):
            return Scalar(place, self._scalar(node), str(node.value), self._comment_after(node))
        self._open.add(id(node))
        if isinstance(node, SequenceNode):
            self._check_tag(node, "seq")
            built: Tree = Items(place, [self._build(item, depth + 1) for item in node.value])
        else:
            assert isinstance(node, MappingNode)
            self._check_tag(node, "map")
            built = self._section(node, depth)
        self._open.discard(id(node))
        return built

    def _section(self, node: MappingNode, depth: int) -> Section:
        section = Section(self._place(node), in_braces=bool(node.flow_style))
        is_new_entry = False
        for key_node, value_node in node.value:
            if is_new_entry:
                break  # the rest belongs to an entry whose dash is missing
            value = self._build(value_node, depth + 1)
            key = str(key_node.value)
            if not isinstance(key_node, ScalarNode):
                self._refuse(key_node, "a key must be a single word; is there an extra bracket or brace?")
            elif key == "<<":
                self._refuse(key_node, "`<<` is not supported; `extends:` takes over another protocol's settings")
            elif key in section.entries:
                is_new_entry = self._refuse_twice(key_node, section)
            else:
                if isinstance(value, Scalar) and value.value is None and not value.written:
                    value.comment = self._comment_of_empty(key_node)
                section.entries[key], section.keys[key] = value, self._place(key_node)
        return section

    def _refuse_twice(self, node: Node, section: Section) -> bool:
        """Refuse a key that is there twice; return whether a list entry begins."""
        key = str(node.value)
        first = section.keys[key]
        is_first_key = not section.in_braces and key == next(iter(section.entries)) and len(section.entries) > 1
        if is_first_key and key in _FIRST_KEYS:
            message = f"a dash is missing: an entry of a list begins with a dash and a space, `- {key}: ...`"
            self._refuse(node, message)
            return True
        self._refuse(node, f"`{key}` is here twice, first in line {first.line}; remove one of them")
        return False

    def _comment_of_empty(self, key: Node) -> str:
        """Return the comment that stands in the place of a value."""
        line, column = key.end_mark.line, key.end_mark.column
        rest = self.lines[line][column:] if line < len(self.lines) else ""
        match = re.match(r":\s+(#\S.*)", rest)
        return match[1].strip() if match else ""

    def _comment_after(self, node: ScalarNode) -> str:
        """Return the comment that follows a value without quotes in its line."""
        if node.style:
            return ""
        line, column = node.end_mark.line, node.end_mark.column
        rest = self.lines[line][column:] if line < len(self.lines) else ""
        return rest.strip() if re.match(r"\s*#", rest) else ""

    def _scalar(self, node: ScalarNode) -> str | int | float | bool | None:
        text, tag = str(node.value), str(node.tag).removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag in ("int", "float"):
            return self._number(node, text)
        self._check_tag(node, "str", "timestamp")
        if "\x00" in text:
            self._refuse(node, "this text contains a character that texts cannot have (NUL)")
        return text

    def _number(self, node: ScalarNode, text: str) -> int | float | str:
        if len(text) > 40:
            self._refuse(node, "this number is too long")
            return 0
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if text.lstrip("+-").lower() in (".inf", ".nan"):
            return float(text.lower().replace(".", ""))
        return text  # 010, 1_0, 0x1F, 0o14: labels to a researcher; a number must not lose how it is written

    def _check_tag(self, node: Node, *allowed: str) -> None:
        if str(node.tag).removeprefix(_TAG) not in allowed:
            tag = str(node.tag).replace(_TAG, "!!")
            self._refuse(node, f"the YAML tag `{tag}` has no meaning in a protocol; leave it out")

    def _refuse(self, node: Node, message: str) -> None:
        self.problems.append(self._problem(self._place(node), message))

    def _place(self, node: Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _problem(self, place: Place, message: str) -> Problem:
        return Problem(place, message, line_text=line_at({self.file: self.lines}, place))

    def _stop(self, message: str, *, line: int = 1, column: int = 1) -> _Stop:
        return _Stop(self._problem(Place(self.file, line, column), message))


def _unreadable(file: Path, message: str, *, data: bytes = b"", line: int = 1, column: int = 1) -> Document:
    """Return a document without a tree."""
    text = data[:MOST_BYTES].decode("utf-8", "replace")
    place = Place(file, line, column)
    problem = Problem(place, message, line_text=line_at({file: text.splitlines()}, place))
    return Document(file, text, data, None, (problem,))
