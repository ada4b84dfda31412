"""A protocol file to a checked protocol, or to every problem it has, each with its place.

All problems are found in one run: where a part is wrong it is set aside, so that the checks that need the whole (names
that refer to nothing, times that fit no frame) still see the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from experiment.protocol.checks import checker
from experiment.protocol.language import schema_messages
from experiment.protocol.language.document import (
    Document,
    Items,
    Path_,
    Scalar,
    Section,
    Tree,
    copied,
    empty_parts,
    find,
    line_at,
    locate,
    parse_document,
    plain,
    read_document,
)
from experiment.protocol.language.inheritance import Assembled, assemble
from experiment.protocol.language.picture_folder import place_pictures
from experiment.protocol.language.problems import Place, Problem, ProtocolProblemsError
from experiment.protocol.language.schema import ProtocolFile
from experiment.protocol.trials.trial_lists import Row, Tables

MOST_ROUNDS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """A protocol without errors."""

    content: ProtocolFile
    file: Path
    """Absolute path."""
    text: str
    sha256: str
    """Of the file; where it extends others, of all their hashes, the most basic first and the file itself last."""
    base_texts: Mapping[str, str]
    """Text of every protocol it extends, by file name, the most basic first."""
    tables: Mapping[Path, tuple[Row, ...]]
    """Rows of the conditions tables."""
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What a file is worth."""

    protocol: Protocol | None
    """None if there is any error."""
    problems: tuple[Problem, ...]
    """Errors and warnings, in the order of the file."""


def load_protocol(path: Path | str) -> Protocol:
    """Load a protocol.

    Raises
    ------
    ProtocolProblemsError
        If the file is wrong anywhere; holds every problem with its place.
    """
    checked = check_protocol(path)
    if checked.protocol is None:
        raise ProtocolProblemsError([problem for problem in checked.problems if problem.severity == "error"])
    return checked.protocol


def check_protocol(path: Path | str) -> Checked:
    """Load a protocol and say everything that can be said about it; never raises for what is in the file."""
    return _check(read_document(Path(path)))


def check_bytes(data: bytes, file: Path) -> Checked:
    """The same for the bytes of a file that need not be there; pictures are looked for beside ``file``."""
    return _check(parse_document(data, file))


def _check(document: Document) -> Checked:
    assembled = assemble(document)
    problems = list(assembled.problems)
    content: ProtocolFile | None = None
    tables = Tables()
    if assembled.tree is not None:
        content, tree, damaged, found = _validated(assembled)
        problems += found
        if content is not None:
            for finding in checker.find_problems(content, known=assembled.tree, tables=tables, complete=not found):
                if locate(tree, finding.path) in damaged:
                    continue  # it may only seem so because a part of it was set aside
                place = finding.place or locate(tree, finding.path, key=finding.key)
                line = finding.line_text or line_at(assembled.lines, place)
                problems.append(Problem(place, finding.message, finding.severity, line))
    ordered = tuple(sorted(set(problems), key=lambda p: (str(p.place.file), p.place.line, p.place.column, p.message)))
    if content is None or any(problem.severity == "error" for problem in ordered):
        return Checked(None, ordered)
    hashes = [hashlib.sha256(each.data).hexdigest() for each in assembled.documents]
    together = hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    protocol = Protocol(
        content=content,
        file=document.file.resolve(),
        text=document.text,
        sha256=together,
        base_texts={each.file.name: each.text for each in assembled.documents[:-1]},
        tables=tables.rows,
        warnings=ordered,
    )
    return Checked(protocol, ordered)


def _validated(assembled: Assembled) -> tuple[ProtocolFile | None, Section, set[Place], list[Problem]]:
    """The content with wrong parts set aside, its tree, the places of sections that lost a part, and what is wrong."""
    assert assembled.tree is not None
    problems: list[Problem] = []
    damaged: set[Place] = set()
    tree = copied(assembled.tree)
    assert isinstance(tree, Section)
    place_pictures(tree)
    empty = list(empty_parts(tree))
    for path in empty:
        place = locate(tree, path, key=True)
        problems.append(Problem(place, schema_messages.empty(path), line_text=line_at(assembled.lines, place)))
    for attempt in range(MOST_ROUNDS):
        try:
            return ProtocolFile.model_validate(plain(tree)), tree, damaged, problems
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False)
        wrong = []
        for error in errors:
            path, key, message = schema_messages.message(error, tree)
            if attempt == 0 and path not in empty:
                place = locate(tree, path, key=key)
                problems.append(Problem(place, message, line_text=line_at(assembled.lines, place)))
            wrong.append(path)
        wrong += empty
        if not _set_aside(tree, wrong, damaged) and not _stand_in(tree):
            break
    return None, tree, damaged, problems


def _stand_in(tree: Section) -> bool:
    """Put something right where a part that every protocol needs is missing, so that the rest is checked as well."""

    def scalar(value: str | int | float) -> Scalar:
        return Scalar(tree.place, value)

    def section(**entries: Tree) -> Section:
        return Section(tree.place, entries, dict.fromkeys(entries, tree.place))

    blend = section(blend=section(happiness=scalar(1.0)))
    needed: dict[str, Tree] = {
        "protocol": scalar(1),
        "name": scalar("unnamed"),
        "targets": section(unnamed=blend),
        "blocks": Items(tree.place, [section(name=scalar("unnamed"), kind=scalar("break"))]),
    }
    missing = {key: part for key, part in needed.items() if key not in tree.entries}
    tree.entries.update(missing)
    tree.keys.update(dict.fromkeys(missing, tree.place))
    return bool(missing)


def _set_aside(tree: Section, paths: list[Path_], damaged: set[Place]) -> bool:
    """Remove the parts, entries of lists from the back; False if there is nothing to remove."""
    removed = False
    ordered = sorted(set(paths), key=lambda path: [(isinstance(step, int), str(step).zfill(9)) for step in path])
    for path in reversed(ordered):
        if not path:
            continue
        parent, step = find(tree, path[:-1]), path[-1]
        damaged.add(parent.place)
        if isinstance(parent, Section) and step in parent.entries:
            del parent.entries[str(step)], parent.keys[str(step)]
            removed = True
        elif isinstance(parent, Items) and isinstance(step, int) and step < len(parent.items):
            del parent.items[step]
            removed = True
    return removed
