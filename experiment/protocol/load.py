"""Load a protocol file.

Return a checked protocol, or every problem with its place.

One run finds all problems. Wrong parts are removed, so that checks of the whole (unknown names, times that are not
whole frames) still see the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from experiment.protocol.checks.context import CheckedTables, Context
from experiment.protocol.checks.find_problems import find_problems
from experiment.protocol.language import schema_messages
from experiment.protocol.language.document import Document, parse_document, read_document
from experiment.protocol.language.inheritance import Assembled, assemble
from experiment.protocol.language.picture_folder import missing_folder, place_pictures
from experiment.protocol.language.problems import Place, Problem, ProtocolProblemsError
from experiment.protocol.language.schema_messages import DECIMAL_POINT
from experiment.protocol.language.schema_models import ProtocolFile, TrialBlock
from experiment.protocol.language.slips import explained
from experiment.protocol.language.tree import (
    Items,
    Path_,
    Scalar,
    Section,
    Tree,
    copied,
    empty_parts,
    find,
    locate,
    plain,
)
from experiment.protocol.trials.allocation_list import read_allocation_list
from experiment.protocol.trials.target_table import add_targets, without_descriptions
from experiment.protocol.trials.trial_lists import Row, TableError, read_table

MOST_ROUNDS = 40
"""Largest number of times that wrong parts are removed."""


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """A protocol without errors."""

    content: ProtocolFile
    file: Path
    """Absolute path."""
    text: str
    sha256: str
    """Hash of the file. If it extends others: of all their hashes, the most basic first and the file itself last."""
    base_texts: Mapping[str, str]
    """Text of every protocol it extends, by file name, the most basic first."""
    base_files: tuple[Path, ...]
    """The files of ``base_texts``."""
    tables: Mapping[Path, tuple[Row, ...]]
    """Rows of the conditions tables."""
    warnings: tuple[Problem, ...]
    picture_places: Mapping[tuple[str, str], tuple[Place, str]]
    """By target and key (``image``, ``neutral``), where its picture is named, and the text of that line."""
    allocation_rows: tuple[Row, ...] | None = None
    """The rows of the allocation list; None without a list."""

    @property
    def table_files(self) -> tuple[Path, ...]:
        """The conditions tables, and the table of the targets."""
        table = self.content.target_table
        return tuple(dict.fromkeys([*self.tables, *([] if table is None else [table])]))


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """The result of checking a file."""

    protocol: Protocol | None
    """None if there is an error."""
    problems: tuple[Problem, ...]
    """Errors and warnings, in the order of the file."""


def load_protocol(path: Path | str, *, live_metric: str | None = None) -> Protocol:
    """Load a protocol.

    Parameters
    ----------
    path
        The file.
    live_metric
        Of a session that was recorded with this protocol: counts if the file does not name one.

    Raises
    ------
    ProtocolProblemsError
        If the file has errors; holds every error with its place.
    """
    checked = _check(read_document(Path(path)), live_metric=live_metric)
    if checked.protocol is None:
        raise ProtocolProblemsError([problem for problem in checked.problems if problem.severity == "error"])
    return checked.protocol


def check_protocol(path: Path | str) -> Checked:
    """Load a protocol and find all its problems; no content of the file raises."""
    return _check(read_document(Path(path)))


def check_bytes(data: bytes, file: Path) -> Checked:
    """Check the bytes of a file that need not exist.

    Its pictures are in the folder of ``file``.
    """
    return _check(parse_document(data, file))


def _check(document: Document, *, live_metric: str | None = None) -> Checked:
    assembled = assemble(document)
    add_targets(assembled)
    if assembled.tree is not None and live_metric is not None:
        place = assembled.tree.place
        assembled.tree.entries.setdefault("live_metric", Scalar(place, live_metric))
        assembled.tree.keys.setdefault("live_metric", place)
    protocol: ProtocolFile | None = None
    problems = list(assembled.problems)
    tables: CheckedTables = {}
    allocation_rows: tuple[Row, ...] | TableError | None = None
    removal = _Removal(assembled) if assembled.tree is not None else None
    if assembled.tree is not None and removal is not None:
        protocol = removal.validated()
        problems += removal.problems
        if protocol is not None:
            tables = _read_tables(protocol)
            allocation_rows = _read_allocation(protocol)
            whole = not removal.problems
            context = Context(protocol, assembled.tree, tables, whole, allocation_rows)
            problems += removal.placed(context)
    problems = _explained(problems, assembled)
    ordered = tuple(sorted(set(problems), key=lambda p: (str(p.place.file), p.place.line, p.place.column, p.message)))
    if removal is None or protocol is None or any(problem.severity == "error" for problem in ordered):
        return Checked(None, ordered)
    hashes = [hashlib.sha256(each.data).hexdigest() for each in assembled.documents]
    loaded = Protocol(
        content=protocol,
        file=document.file.resolve(),
        text=document.text,
        sha256=hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest(),
        base_texts={each.file.name: each.text for each in assembled.documents[:-1]},
        base_files=tuple(each.file for each in assembled.documents[:-1]),
        tables={path: table for path, table in tables.items() if not isinstance(table, TableError)},
        warnings=ordered,
        picture_places=removal.picture_places(protocol),
        allocation_rows=None if isinstance(allocation_rows, TableError) else allocation_rows,
    )
    return Checked(loaded, ordered)


def _explained(problems: Sequence[Problem], assembled: Assembled) -> list[Problem]:
    """Return the problems, with slips of typing instead of what follows from them."""
    documents = {document.file: document for document in assembled.documents}
    result: list[Problem] = []
    for file in dict.fromkeys(one.place.file for one in problems):
        own = [one for one in problems if one.place.file == file]
        document = documents.get(file)
        if document is not None:
            own = explained(own, document.text.splitlines(), stopped=document.tree is None)
        result += own
    return result


def _read_tables(content: ProtocolFile) -> CheckedTables:
    """Read the conditions tables of a protocol.

    A table with an error is represented by its error.
    """
    tables: dict[Path, tuple[Row, ...] | TableError] = {}
    for block in content.blocks:
        if isinstance(block, TrialBlock) and block.trials.file is not None:
            try:
                rows = read_table(block.trials.file)
                describes = block.trials.file == content.target_table
                tables[block.trials.file] = tuple(map(without_descriptions, rows)) if describes else rows
            except TableError as error:
                tables[block.trials.file] = error
    return tables


def _read_allocation(content: ProtocolFile) -> tuple[Row, ...] | TableError | None:
    """Read the allocation list of a protocol; return its error if it has one."""
    allocation = content.allocation
    if allocation is None or allocation.file is None or not content.groups:
        return None
    factors = {factor: list(levels) for factor, levels in content.groups.items()}
    try:
        return read_allocation_list(allocation.file, factors, allocation.strata)
    except TableError as error:
        return error


class _Removal:
    """Validates a tree, removing wrong parts until the rest is correct."""

    def __init__(self, assembled: Assembled) -> None:
        assert assembled.tree is not None
        tree = copied(assembled.tree)
        assert isinstance(tree, Section)
        self.tree = tree
        self.problems: list[Problem] = []
        self._line_at = assembled.line_at
        self._damaged: set[Place] = set()
        """Places of sections and lists that lost a part."""

    def validated(self) -> ProtocolFile | None:
        """Return the content without its wrong parts; None if nothing is left to remove."""
        missing = missing_folder(self.tree)
        if missing is not None:
            self._add(*missing)
            return None
        place_pictures(self.tree)
        empty = list(empty_parts(self.tree))
        without_value = dict.fromkeys(schema_messages.empty_message(path, self.tree) for path in empty)
        for found in without_value:
            self._add(locate(self.tree, found.path, key=found.key), found.message)
        reported = {*empty, *(found.path for found in without_value)}
        reported |= {found.path[:-1] for found in without_value if found.message.startswith(DECIMAL_POINT)}
        for round_ in range(MOST_ROUNDS):
            try:
                return ProtocolFile.model_validate(plain(self.tree))
            except ValidationError as invalid:
                errors = invalid.errors(include_url=False)
            wrong = [schema_messages.describe(error, self.tree) for error in errors]
            for problem in schema_messages.without_alternatives(wrong) if round_ == 0 else ():
                if problem.path not in reported:
                    self._add(locate(self.tree, problem.path, key=problem.key), problem.message)
            if not self._remove([*(problem.path for problem in wrong), *empty]) and not self._add_needed():
                break
        return None

    def placed(self, context: Context) -> list[Problem]:
        """Return the problems that the checks find, with their places."""
        problems = []
        for finding in find_problems(context):
            if locate(self.tree, finding.path) in self._damaged or (
                finding.about_missing and locate(self.tree, finding.path[:-1]) in self._damaged
            ):
                continue  # the cause may be the part that was removed
            place = finding.place or locate(self.tree, finding.path, key=finding.key)
            line = finding.line_text or self._line_at(place)
            problems.append(Problem(place, finding.message, finding.severity, line))
        return problems

    def picture_places(self, content: ProtocolFile) -> dict[tuple[str, str], tuple[Place, str]]:
        """Return where the pictures of targets are named, and the text of the line."""
        places = {
            (name, key): locate(self.tree, ("targets", name, key))
            for name, target in content.targets.items()
            for key in ("image", "neutral")
            if isinstance(getattr(target, key), Path)
        }
        return {which: (place, self._line_at(place)) for which, place in places.items()}

    def _add(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, message, line_text=self._line_at(place)))

    def _add_needed(self) -> bool:
        """Add missing required parts, so that the rest is checked as well."""
        place = self.tree.place

        def section(**entries: Tree) -> Section:
            return Section(place, entries, dict.fromkeys(entries, place))

        name, kind, one = Scalar(place, "unnamed"), Scalar(place, "break"), Scalar(place, 1.0)
        needed: dict[str, Tree] = {
            "protocol": Scalar(place, 1),
            "name": name,
            "targets": section(unnamed=section(blend=section(happiness=one))),
            "blocks": Items(place, [section(name=name, kind=kind)]),
        }
        missing = {key: part for key, part in needed.items() if key not in self.tree.entries}
        self.tree.entries.update(missing)
        self.tree.keys.update(dict.fromkeys(missing, place))
        return bool(missing)

    def _remove(self, paths: list[Path_]) -> bool:
        """Remove the parts, entries of lists from the back.

        Return whether there was anything to remove.
        """
        removed = False
        ordered = sorted(set(paths), key=lambda path: [(isinstance(step, int), str(step).zfill(9)) for step in path])
        for path in reversed(ordered):
            if not path:
                continue
            parent, step = find(self.tree, path[:-1]), path[-1]
            self._damaged.add(parent.place)
            if isinstance(parent, Section) and step in parent.entries:
                del parent.entries[str(step)], parent.keys[str(step)]
                removed = True
            elif isinstance(parent, Items) and isinstance(step, int) and step < len(parent.items):
                del parent.items[step]
                removed = True
        return removed
