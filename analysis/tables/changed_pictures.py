"""Pictures that are not the ones the session stored or showed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from analysis.face.measurement import Exclusion, Picture
from analysis.tables.output_files import known_sha256
from experiment.record.history import CHANGED_LINE
from experiment.record.session_record import SessionRecord

CHANGED_FILE = "changed-file"
"""Reason of an exclusion: the file does not have the hash that the journal has of it."""


def changed_pictures(record: SessionRecord, pictures: Collection[Picture]) -> Iterator[tuple[Picture, Exclusion]]:
    """Yield every picture of a session that cannot be trusted, with the reason.

    Two sessions may have recorded different pictures under one file name, for example in data sets that were merged.
    The file is then the picture of one of them at most.

    Parameters
    ----------
    record : SessionRecord
        The session, with the hashes it recorded.
    pictures : collection of Picture
        The pictures of the session that are used.
    """
    hashes, distrusted = record.hashes, record.distrusted
    for picture in pictures:
        if picture.path in distrusted:
            message = "its line in the journal, or the first line, is not as the session wrote it"
            yield picture, Exclusion(CHANGED_LINE, message, picture)
        elif picture.path in hashes and picture.path.is_file() and known_sha256(picture.path) != hashes[picture.path]:
            message = "the file is not the one that was recorded (its SHA-256 differs); restore it from a copy"
            yield picture, Exclusion(CHANGED_FILE, message, picture)
