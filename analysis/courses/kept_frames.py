"""The pictures kept around a key press, for trials that were not filmed.

They are lossless, a few before and after the key press. Each is measured on its own, so no result depends on another
frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from experiment.record.files import known_sha256
from experiment.record.film.reading import FilmRow
from experiment.record.journal_lines import TrialLine
from experiment.record.session_record import SessionRecord, TrialRecord

MISSING_FILE = "file"
"""Reason of a row whose picture is not on the disk, as that of a lost frame of a film."""


@dataclass(frozen=True, slots=True)
class KeptFrames:
    """The pictures of one trial."""

    rows: tuple[FilmRow, ...]
    """In order of time."""
    files: tuple[Path, ...]
    """The picture of each row."""
    changed: frozenset[Path] = frozenset()
    """Pictures that do not have their recorded hash."""


def kept_frames(trial: TrialRecord, line: TrialLine, record: SessionRecord) -> KeptFrames | None:
    """Return the pictures that a session kept of a trial; None if there are none.

    Parameters
    ----------
    trial : TrialRecord
        The trial; its pictures are those that may be used.
    line : TrialLine
        Its line in the journal, with the times of the pictures.
    record : SessionRecord
        Its session.
    """
    usable = {file.name: file for file in (trial.frame, *trial.neighbours) if file is not None}
    stored = sorted((one for one in line.frames if Path(one.file).name in usable), key=lambda one: one.captured_s)
    if not stored:
        return None
    files = tuple(usable[Path(one.file).name] for one in stored)
    rows = tuple(
        FilmRow(one.index, one.captured_s, one.time_kind, None, trial.id, "", file.name, None)
        for one, file in zip(stored, files, strict=True)
    )
    present = [file for file in files if file.is_file()]
    changed = frozenset(file for file in present if file in record.hashes and known_sha256(file) != record.hashes[file])
    lost = (
        row if file in present else replace(row, reason=MISSING_FILE) for row, file in zip(rows, files, strict=True)
    )
    return KeptFrames(tuple(lost), files, changed)
