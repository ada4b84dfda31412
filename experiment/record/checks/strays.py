"""Find copies and renamed folders in a data set.

None of it is ever a participant. `find_strays` lists it with the remedy, for the commands that read a data set, for
``verify`` and for ``forget``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from experiment.record.layout import (
    LABEL,
    SessionPlace,
    begun_sessions,
    journal_label,
    recorded_twice,
)

Kind = Literal["not-a-participant", "second-copy", "renamed", "case", "copy-of-a-file", "journal-elsewhere"]

COPY_WORDS = re.compile(
    r"""\ \(\d+\)                                            # sub-02 (1), key (2).png
    |(?<![a-z])(?:copy|kopie|kopia|kopi|copie|copia|c\u00f3pia|kopio|m\u00e1solat)(?![a-z])   # in many languages
    |\u30b3\u30d4\u30fc|\u526f\u672c|\u590d\u4ef6|\u8907\u88fd|\u0643\u0648\u067e\u064a                   # and scripts
    |conflict|konflikt|conflit|conflitto|\u7af6\u5408|\u51b2\u7a81                          # of cloud services
    |\.(?:bak|old|orig|tmp)$|~$""",
    re.IGNORECASE | re.VERBOSE,
)
"""What a copy's name has, and no file that the program writes."""


@dataclass(frozen=True, slots=True)
class Stray:
    """Something in a data set that does not belong there, or not in its place."""

    kind: Kind
    path: Path
    message: str
    """One sentence with the remedy; it begins with the path from the data set."""


def find_strays(dataset: Path) -> list[Stray]:
    """Return every copy, renamed folder and misplaced journal of a data set, by path.

    Parameters
    ----------
    dataset : Path
        Folder of the data set; it may not exist.
    """
    if not dataset.is_dir():
        return []
    places = list(begun_sessions(dataset))
    found = [*_copies_of_sessions(places), *_renamed(places), *_same_but_for_case(dataset), *_other_names(dataset)]
    return sorted(found, key=lambda stray: (stray.path, stray.kind))


def renamed_warning(place: SessionPlace, recorded_as: str) -> str:
    """Return the warning about a session in a folder of another name.

    Parameters
    ----------
    place : SessionPlace
        Where the session is.
    recorded_as : str
        The session as its journal names it.
    """
    return (
        f"{place.source.relative_to(place.dataset).as_posix()} has the journal of {recorded_as}: the folder was "
        f"renamed or copied; its own frames are used and its numbers are those of {place.label}; if that is not meant, "
        "rename the folder"
    )


def _copies_of_sessions(places: list[SessionPlace]) -> Iterator[Stray]:
    for original, copies in recorded_twice(places).items():
        for copy in copies:
            what = f"the same recording as {original.label}" if original else "a recording that is here twice"
            yield Stray(
                "second-copy",
                copy.source,
                f"{_shown(copy.source, copy.dataset)} is {what}; it is left out: delete the copy",
            )


def _renamed(places: list[SessionPlace]) -> Iterator[Stray]:
    copies = {copy for found in recorded_twice(places).values() for copy in found}
    for place in places:
        label = journal_label(place.first_line)
        if place not in copies and label is not None and label != place.label:
            yield Stray("renamed", place.source, renamed_warning(place, label))


def _same_but_for_case(dataset: Path) -> Iterator[Stray]:
    """Yield folders of participants that Windows and macOS take for one folder."""
    for top in (dataset / "sourcedata", dataset):
        seen: dict[str, Path] = {}
        for folder in _inside(top):
            if not folder.name.startswith("sub-"):
                continue
            other = seen.setdefault(folder.name.lower(), folder)
            if other != folder:
                yield Stray(
                    "case",
                    folder,
                    f"{_shown(folder, dataset)} differs from {other.name} only in upper and lower case; on other "
                    "computers they are one folder: rename one participant",
                )


def _other_names(dataset: Path) -> Iterator[Stray]:
    """Yield what has the name of a copy, and journals where no participant is."""
    for top in (dataset, dataset / "sourcedata"):
        for path in _inside(top):
            if "sub-" in path.name.lower() and not is_participant_folder(path):
                yield _no_participant(path, dataset)
    for path in _inside(dataset):
        if path.name.startswith("participants") and path.name not in ("participants.tsv", "participants.json"):
            yield _copied_file(path, dataset)
    for folder, folders, files in os.walk(dataset / "sourcedata"):
        here = Path(folder)
        for name in sorted(folders):
            if name.startswith("ses-") and not LABEL.fullmatch(name.removeprefix("ses-")):
                yield _no_participant(here / name, dataset)
        yield from _files_of_folder(here, sorted(files), dataset)


def _files_of_folder(folder: Path, files: list[str], dataset: Path) -> Iterator[Stray]:
    for name in files:
        if name == "journal.jsonl":
            if not _is_session_folder(folder, dataset):
                yield Stray(
                    "journal-elsewhere",
                    folder / name,
                    f"{_shown(folder / name, dataset)} is not in a folder sub-LABEL or sub-LABEL/ses-LABEL; it is left "
                    "out: move or delete it",
                )
        elif name.startswith("journal") or COPY_WORDS.search(name):
            yield _copied_file(folder / name, dataset)


def is_participant_folder(path: Path) -> bool:
    """Return whether a path is a folder called ``sub-LABEL``."""
    return path.name.startswith("sub-") and bool(LABEL.fullmatch(path.name.removeprefix("sub-"))) and path.is_dir()


def _is_session_folder(folder: Path, dataset: Path) -> bool:
    parts = folder.relative_to(dataset / "sourcedata").parts
    prefixes = ("sub-", "ses-")[: len(parts)]
    return len(parts) in (1, 2) and all(
        part.startswith(prefix) and LABEL.fullmatch(part.removeprefix(prefix))
        for part, prefix in zip(parts, prefixes, strict=True)
    )


def _no_participant(path: Path, dataset: Path) -> Stray:
    return Stray(
        "not-a-participant",
        path,
        f"{_shown(path, dataset)} is not the name of a participant or session; it is left out: if it is a copy delete "
        "it, else rename it to letters and digits",
    )


def _copied_file(path: Path, dataset: Path) -> Stray:
    return Stray(
        "copy-of-a-file", path, f"{_shown(path, dataset)} has the name of a copy; it is not used: compare and delete it"
    )


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _shown(path: Path, dataset: Path) -> str:
    return path.relative_to(dataset).as_posix()
