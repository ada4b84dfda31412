"""Names that become files, folders and cells of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.table_words import misread
from experiment.protocol.language.tree import Path_

LONGEST_NAMES = 60
"""Letters and digits of the protocol's name and of a session together; the rest of a file name needs room as well."""
LONGEST_LABEL = 100
"""Characters of the name of a block or target: with a number they name a folder."""


def check_names(context: Context) -> Iterator[Finding]:
    """Yield the problems of names that a disk or another program would change."""
    content = context.content
    sessions, targets, blocks = content.sessions or [], list(content.targets), [one.name for one in content.blocks]
    of_sessions: list[Path_] = [("sessions", index) for index in range(len(sessions))]
    of_targets: list[Path_] = [("targets", name) for name in targets]
    of_blocks: list[Path_] = [("blocks", index, "name") for index in range(len(blocks))]
    yield from _check_length(content.name, sessions)
    yield from _same_but_for_case(sessions, of_sessions, "session")
    yield from _same_but_for_case(targets, of_targets, "target")
    yield from _same_but_for_case(blocks, of_blocks, "block")
    for what, names, paths in (("session", sessions, of_sessions), ("target", targets, of_targets)):
        for name, path in zip(names, paths, strict=True):
            if reading := misread(name):
                message = f"other programs read the {what} `{name}` in a table as {reading}; choose another name"
                yield Finding(path, message, "warning", key=what == "target")


def _check_length(name: str, sessions: Sequence[str]) -> Iterator[Finding]:
    label = "".join(re.findall(r"[0-9A-Za-z]+", name))
    longest = max(map(len, sessions), default=0)
    if len(label) + longest > LONGEST_NAMES:
        what = " and its longest session" if longest else ""
        message = f"the name{what} has {len(label) + longest} letters and digits and becomes part of file names; "
        yield Finding(("name",), message + f"at most {LONGEST_NAMES} fit on every disk")


def _same_but_for_case(names: Sequence[str], paths: Sequence[Path_], what: str) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name, path in zip(names, paths, strict=True):
        if len(name) > LONGEST_LABEL:
            yield Finding(path, f"the name of this {what} has {len(name)} characters; at most {LONGEST_LABEL} fit")
        other = seen.setdefault(name.lower(), name)
        if other != name:
            message = f"the {what} `{name}` differs from `{other}` only in upper and lower case; choose another name"
            yield Finding(path, message, key=what == "target")
