"""Compare files with the lists of hashes (``SHA256SUMS``) in the derivatives."""

from __future__ import annotations

import os
import re
from pathlib import Path

from experiment.record.layout import begun_sessions
from experiment.record.stimuli import SUMS
from experiment.record.verification.findings import COMPARE, Verification, files_in

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_AGAIN = "run the command that wrote it again"
_SESSION = re.compile(r"(sub-[0-9A-Za-z]+)(?:_ses-[0-9A-Za-z]+)?")


def verify_sums(dataset: Path, found: Verification) -> None:
    """Compare the derivatives with their lists of hashes.

    Results of participants without a journal are differences.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    found : Verification
        Takes the differences.
    """
    top = dataset / "derivatives"
    lists = [file for file in files_in(top) if file.name == SUMS]
    folders = {file.parent for file in lists}
    for sums in lists:
        _verify_list(sums, folders, found)
    places = list(begun_sessions(dataset))
    known = {f"sub-{place.participant}" for place in places} | {place.label for place in places}
    for file in files_in(top / "mimicry"):
        for name in _named(file.relative_to(top)):
            if name not in known:
                message = f"{name} has no journal in sourcedata: the record was removed, or this file was added"
                found.add("tables", file, f"{message}; {COMPARE}")
                break


def _named(path: Path) -> list[str]:
    """Return the participants and sessions in the name of a file and of its folders."""
    names = []
    for part in path.parts:
        match = _SESSION.match(part)
        if match is not None:
            names += [match[1], match[0]]
    return names


def _verify_list(sums: Path, folders: set[Path], found: Verification) -> None:
    """Compare one list with the files in its folder.

    Folders with a list of their own are left to it.
    """
    listed = read_list(sums, found, check="sums", remedy=_AGAIN)
    for name, sha256 in listed.items():
        file = Path(os.path.normpath(sums.parent / name))  # a list may have files near its folder
        if not file.is_file():
            found.add("sums", file, f"it is missing, {SUMS} has it; {_AGAIN}")
        elif found.sha256(file) != sha256:
            found.add("sums", file, f"it was changed after it was written ({SUMS}); {_AGAIN}")
    for file in files_in(sums.parent):
        is_elsewhere = any(
            folder != sums.parent and file.is_relative_to(folder)
            for folder in folders
            if folder.is_relative_to(sums.parent)
        )
        if file != sums and not is_elsewhere and file.relative_to(sums.parent).as_posix() not in listed:
            found.add(
                "sums", file, f"{SUMS} does not have this file: it is left from an earlier run, or was added; delete it"
            )


def read_list(sums: Path, found: Verification, *, check: str, remedy: str) -> dict[str, str]:
    """Return the hashes in a list by name of the file, with ``/``.

    Parameters
    ----------
    sums : Path
        The list, as ``sha256sum`` writes it.
    found : Verification
        Takes the lines that cannot be read.
    check, remedy : str
        Of these differences.
    """
    listed: dict[str, str] = {}
    for number, line in enumerate(sums.read_text("utf-8", "replace").splitlines(), start=1):
        parts = _LINE.fullmatch(line)
        if line.startswith("#"):  # a comment, also for sha256sum
            continue
        if parts is None:
            found.add(check, sums, f"line {number} is not a hash and a name; {remedy}")
        elif parts[2] in listed:
            found.add(check, sums, f"line {number}: {parts[2]} is there twice; {remedy}")
        else:
            listed[parts[2]] = parts[1]
    return listed
