"""The list of the files that a command wrote into a folder, with their hashes.

``SHA256SUMS`` is a text that ``sha256sum -c`` reads. With it, `verify` finds results that were changed later, and the
next run deletes what an earlier run with other options wrote.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from analysis.tables.output_files import put, sha256_of
from experiment.record.files import record_errors

SUMS = "SHA256SUMS"
_SHA256_DIGITS = 64


def read_sums(folder: Path) -> dict[str, str]:
    """Return the listed SHA-256 of each file name; empty without a list."""
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    parts = (line.partition("  ") for line in lines)
    return {name: sha256 for sha256, _, name in parts if len(sha256) == _SHA256_DIGITS and name and name != SUMS}


def add_sums(folder: Path, written: Iterable[Path]) -> None:
    """Enter files into the list of a folder, by their path from it; others stay in it.

    Parameters
    ----------
    folder : Path
        The folder of the list.
    written : iterable of Path
        Files in that folder or near it.

    Raises
    ------
    RecordError
        If the list cannot be written.
    """
    _write(folder, {**read_sums(folder), **_sums(folder, written)})


def finish_outputs(folder: Path, written: Collection[Path], *, earlier: Iterable[Path] = ()) -> list[Path]:
    """Delete files of earlier runs that this run did not write; list the others.

    A file of an earlier run that was changed since is kept and not listed. Files in other folders stay in the list.

    Parameters
    ----------
    folder : Path
        The folder of the results.
    written : collection of Path
        Every file of this run, in that folder.
    earlier : iterable of Path
        Files that are of an earlier run also where no list has them.

    Returns
    -------
    list of Path
        Files of earlier runs that were changed since, in order of their names.

    Raises
    ------
    RecordError
        If a file cannot be deleted, or the list cannot be written.
    """
    listed, keep = read_sums(folder), set(written)
    elsewhere = {name: sha256 for name, sha256 in listed.items() if Path(name).name != name}
    changed = []
    stale = {folder / name for name in listed if name not in elsewhere} | {
        path for path in earlier if path.name not in listed
    }
    for path in sorted(stale - keep):
        if not path.is_file():
            continue
        if listed.get(path.name) not in (None, sha256_of(path)):
            changed.append(path)
            continue
        with record_errors("delete", path):
            path.unlink()
    _write(folder, elsewhere | _sums(folder, keep))
    return changed


def _sums(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of files by their path from a folder."""
    found = ((Path(os.path.relpath(path, folder)).as_posix(), sha256_of(path)) for path in files)
    return {name: sha256 for name, sha256 in found if sha256 is not None}


def _write(folder: Path, sums: dict[str, str]) -> None:
    put(folder / SUMS, "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items())))
