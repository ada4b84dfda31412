"""Pictures that are not the ones the session stored or showed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from analysis.face.measurement import Exclusion, Picture
from analysis.tables.picture_landmarks import sha256_of
from experiment.record.history import CHANGED_LINE
from experiment.record.session_record import SessionRecord

CHANGED_FILE = "changed-file"
"""Reason of an exclusion: the file does not have the hash that the journal has of it."""


def changed_pictures(
    records: Sequence[SessionRecord], pictures: Collection[Picture]
) -> Iterator[tuple[Picture, Exclusion]]:
    """Yield every picture that cannot be trusted, with the reason to exclude it.

    Parameters
    ----------
    records : sequence of SessionRecord
        The sessions, with the hashes they recorded.
    pictures : collection of Picture
        The pictures that are used.
    """
    hashes = {path: sha256 for record in records for path, sha256 in record.hashes.items()}
    distrusted = {path for record in records for path in record.distrusted}
    for picture in pictures:
        if picture.path in distrusted:
            message = "its line in the journal, or the first line, is not as the session wrote it"
            yield picture, Exclusion(CHANGED_LINE, message, picture)
        elif picture.path in hashes and picture.path.is_file() and sha256_of(picture.path) != hashes[picture.path]:
            message = "the file is not the one that was recorded (its SHA-256 differs); restore it from a copy"
            yield picture, Exclusion(CHANGED_FILE, message, picture)
