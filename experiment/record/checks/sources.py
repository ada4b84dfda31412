"""The files that a plan was made of: hashes, and the text of conditions tables."""

from __future__ import annotations

import os
from pathlib import Path

from experiment.record.errors import RecordError
from experiment.record.files import digest, record_errors, sha256_of
from experiment.record.history import History
from experiment.record.journal_lines import SourceFile
from experiment.record.values import SessionHeader

TEXTS = ("table", "key")
"""Kinds of files whose text is kept, so that `verify` can plan the session again from the record."""
_NOUNS = {
    "table": "conditions table",
    "picture": "picture",
    "sound": "sound",
    "protocol": "protocol",
    "key": "public key",
}


def source_files(header: SessionHeader) -> tuple[SourceFile, ...]:
    """Return the files of a plan with their hashes, in the order of the header.

    Raises
    ------
    RecordError
        If a file cannot be read.
    """
    folder = header.protocol_file.absolute().parent
    found = []
    for kind, file in header.sources:
        with record_errors("read", file):
            content = file.read_bytes()
        text = content.decode("utf-8-sig", "replace") if kind in TEXTS else None
        found.append(SourceFile(kind, _relative(file, folder), digest(content), text))
    return tuple(found)


def require_same_sources(history: History, header: SessionHeader) -> None:
    """Refuse to resume a session if a file that its plan was made of has changed.

    Parameters
    ----------
    history : History
        The session.
    header : SessionHeader
        Has the files of the plan that is about to be followed.

    Raises
    ------
    RecordError
        If a conditions table, a target picture or another file differs; names it, with the remedy.
    """
    label = history.place.label
    folder = header.protocol_file.absolute().parent
    begun = {one.file: one.sha256 for one in history.start.protocol.sources}
    for kind, file in header.sources:
        sha256 = None if kind == "target" else begun.get(_relative(file, folder))
        if sha256 is not None and _differs(file, sha256):
            remedy = "its text is in the first line of the journal" if kind in TEXTS else f"its SHA-256 was {sha256}"
            raise RecordError(
                f"{file}: the {_NOUNS.get(kind, kind)} is not the one {label} began with; put the earlier file back, "
                f"{remedy}"
            )
    planned = {_relative(file, folder) for _, file in header.sources}
    for one in history.start.protocol.sources:
        if one.kind == "sound" and one.file not in planned:  # a spoken text whose file is gone is planned without sound
            raise RecordError(
                f"{folder / one.file}: {label} began with this sound, which is missing; put it back, its SHA-256 was "
                f"{one.sha256}"
            )
    targets = {one.name: one for one in header.stimuli}
    for stored in history.stimuli:
        target = targets.get(stored.name)
        if target is None:
            continue
        for what, shown, copy, sha256 in (
            ("clip", target.motion, stored.motion, stored.motion_sha256),
            ("sound", target.sound, stored.sound, stored.sound_sha256),
            ("picture", target.image, stored.image, stored.sha256),
            ("picture", target.neutral, stored.neutral, stored.neutral_sha256),
        ):
            if shown is not None and copy is not None and sha256 is not None and _differs(shown, sha256):
                raise RecordError(
                    f"{shown}: this is not the {what} of target {stored.name} that {label} began with; put the "
                    f"earlier {what} back, a copy is {history.place.dataset / 'stimuli' / copy}"
                )


def require_unchanged_journal(history: History) -> None:
    """Refuse to continue a journal that was changed.

    Raises
    ------
    RecordError
        If a line is not as the session wrote it; names the first one.
    """
    for line in history.changed[:1]:
        raise RecordError(
            f"{history.place.journal}:{line.line}: this line ({line.event}) was changed after it was written; restore "
            "the file from a copy before you resume"
        )


def _differs(file: Path, sha256: str) -> bool:
    with record_errors("read", file):
        return sha256_of(file) != sha256


def _relative(file: Path, folder: Path) -> str:
    """Return the path from the protocol's folder; absolute on another drive."""
    try:
        return Path(os.path.relpath(file.absolute(), folder)).as_posix()
    except ValueError:
        return file.absolute().as_posix()
