"""What every check receives, and what it reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from experiment.protocol.language.durations import Duration, Span
from experiment.protocol.language.problems import Place, Severity
from experiment.protocol.language.schema_models import BlockPart, ProtocolFile, TrialBlock
from experiment.protocol.language.tree import Items, Path_, Scalar, Section
from experiment.protocol.trials.trial_lists import Row, TableError

B = TypeVar("B", bound=BlockPart)
CheckedTables = Mapping[Path, tuple[Row, ...] | TableError]
"""For every conditions table of a protocol, its rows or its error."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a path of the protocol, or at a place of another file."""

    path: Path_
    message: str
    severity: Severity = "error"
    key: bool = False
    """The problem is at the key, not at its value."""
    about_missing: bool = False
    """The problem is that another key of the same section is missing."""
    place: Place | None = None
    line_text: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A protocol whose single values are correct, and what is known about its file."""

    content: ProtocolFile
    written: Section
    """The tree of the file, also with the parts that were removed because of errors."""
    tables: CheckedTables
    nothing_removed: bool
    """No part was removed because of an error. Only then can a check say that something is missing."""
    allocation_rows: tuple[Row, ...] | TableError | None = None
    """The rows of the allocation list or its error; None without a list."""

    @property
    def is_complete(self) -> bool:
        """Whether all trials are known."""
        return self.nothing_removed and not any(isinstance(table, TableError) for table in self.tables.values())

    @property
    def target_names(self) -> list[str]:
        """The names of the targets in the file."""
        return self._names("targets")

    @property
    def rating_names(self) -> list[str]:
        """The names of the ratings in the file."""
        return self._names("ratings")

    @property
    def question_names(self) -> list[str]:
        """The names of the questions after trials in the file."""
        return self._names("questions")

    @property
    def language_is_known(self) -> bool:
        """Whether the language in the file is the one in use.

        A wrong language was removed.
        """
        written = self.written.entries.get("language")
        return not isinstance(written, Scalar) or written.value == self.content.language

    @property
    def rows(self) -> dict[Path, tuple[Row, ...]]:
        """The rows of the conditions tables without errors."""
        return {path: table for path, table in self.tables.items() if not isinstance(table, TableError)}

    def lost(self, key: str) -> bool:
        """Whether a top-level key, or a part of it, was removed because of an error."""
        written, kept = self.written.entries.get(key), getattr(self.content, key)
        if isinstance(written, Scalar):
            return not kept
        parts = written.items if isinstance(written, Items) else written.entries if written is not None else ()
        return len(parts) != len(kept or ())

    def blocks(self, kind: type[B]) -> Iterator[tuple[tuple[str, int], B]]:
        """Yield the blocks of a kind with their paths."""
        for index, block in enumerate(self.content.blocks):
            if isinstance(block, kind):
                yield ("blocks", index), block

    def _names(self, key: str) -> list[str]:
        section = self.written.entries.get(key)
        return list(section.entries) if isinstance(section, Section) else []


def check_length(
    context: Context, duration: Duration | None, path: Path_, *, least: int = 0, name: str = ""
) -> Iterator[Finding]:
    """Yield a finding if a duration is not a whole number of frames or too short.

    Parameters
    ----------
    context
        The protocol.
    duration
        The duration; None is not checked.
    path
        Its path.
    least
        Least number of frames.
    name
        Its name in messages, where that is not the key.
    """
    if duration is None:
        return
    name = name or str(path[-1])
    try:
        frames = duration.frames(context.content.display.refresh_rate)
    except ValueError as error:
        yield Finding(path, f"`{name}`: {error}")
        return
    if frames < least:
        yield Finding(path, f"`{name}` must be at least {least} frame, not {duration}")


def check_span(context: Context, span: Span, path: Path_) -> Iterator[Finding]:
    """Yield the problems of a time that may be drawn between two others.

    Parameters
    ----------
    context
        The protocol.
    span
        The time, or the two others.
    path
        Its path. A wrong order of the two is reported there, a wrong length at its `from` or `to`.
    """
    if span.is_fixed:
        yield from check_length(context, span.shortest, (*path, "from"), name=str(path[-1]))
        return
    rate = context.content.display.refresh_rate
    if span.longest.seconds(rate) < span.shortest.seconds(rate):
        yield Finding(path, f"`{path[-1]}`: `from` must be the shorter of the two times")
    yield from check_length(context, span.shortest, (*path, "from"))
    yield from check_length(context, span.longest, (*path, "to"))


def time_of(context: Context, path: Path_, block: TrialBlock, name: str) -> tuple[Duration | None, Path_]:
    """Return a time of a block, and where it is written in the block.

    Parameters
    ----------
    context
        The protocol.
    path
        Path of the block.
    block
        The block. If it does not have the time, the file's is returned, with the path of the block.
    name
        Key under `timing`.
    """
    if block.timing is not None and name in block.timing.model_fields_set:
        return getattr(block.timing, name), (*path, "timing", name)
    return getattr(context.content.timing, name), path


def quoted(names: Sequence[str]) -> str:
    """Return at most five names for a message: "targets `a`, `b`"."""
    shown = ", ".join(f"`{name}`" for name in names[:5]) + (", ..." if len(names) > 5 else "")
    return f"{'targets' if len(names) > 1 else 'target'} {shown}"


def duplicates(names: Sequence[str], path: Path_, message: str) -> Iterator[Finding]:
    """Yield a finding for every name of a list that is already above it.

    Parameters
    ----------
    names
        The names.
    path
        The path of the list.
    message
        The message, with ``{}`` for the name.
    """
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding((*path, index), message.format(name))
