"""Compare the film of a session with its journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from experiment.record.files import sha256_of
from experiment.record.history import History


def film_differences(history: History) -> Iterator[tuple[Path, str]]:
    """Yield every file of the film that is not the recorded one, and what differs."""
    place = history.place
    stored = [one for line in history.film for one in (line.table, *line.files)]
    for one in stored:
        file = place.dataset / one.file
        what = "the table of the film" if file.suffix == ".tsv" else "the film"
        if not file.is_file():
            yield file, f"{what} is missing; restore it from a copy"
        elif sha256_of(file) != one.sha256:
            yield file, f"{what} is not the one that was recorded (SHA-256); restore it from a copy"
    known = {place.dataset / one.file for one in stored}
    if not place.film.is_dir() or not history.complete:
        return  # the parts of an interrupted session get their hashes when it is resumed
    for file in sorted(path for path in place.film.rglob("*") if path.is_file()):
        if file not in known:
            yield file, "the journal has no such film; move it out of the data set"
