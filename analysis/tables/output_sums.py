"""The list of the files that commands wrote into a folder, with their hashes.

``SHA256SUMS`` is a text that ``sha256sum -c`` reads. With it, `verify` finds results that were changed later, and the
next run of a command deletes what its earlier run with other options wrote. Comment lines name the command and the data
set of the lines below them, so that a run never deletes results of another command or data set, or files of a list that
another program wrote::

    # tables
    9f86d0...  sub-01_task-faces_metric-units_table.csv
    # timing of study-2 (1c8e5a03)
    60303a...  sub-01_task-faces_timing.csv
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from analysis.tables.output_files import put, sha256_of
from experiment.record.files import record_errors

SUMS = "SHA256SUMS"
_SHA256_DIGITS = 64
_COMMENT = "# "


@dataclass(slots=True)
class _List:
    """The content of a list."""

    foreign: list[str] = field(default_factory=list)
    """The lines above the first comment; this program did not write them."""
    sections: dict[str, dict[str, str]] = field(default_factory=dict)
    """SHA-256 by path from the folder, by owner."""

    @property
    def names(self) -> set[str]:
        """The paths in all lines."""
        return {name for section in self.sections.values() for name in section} | set(map(_name, self.foreign))

    def forget(self, names: Collection[str]) -> None:
        """Remove the lines of some paths."""
        self.foreign = [line for line in self.foreign if _name(line) not in names]
        for owner, section in self.sections.items():
            self.sections[owner] = {name: sha256 for name, sha256 in section.items() if name not in names}


def owner_of(command: str, dataset: Path, folder: Path) -> str:
    """Return the owner of results: a command, and outside of its folder the data set.

    Parameters
    ----------
    command : str
        Name of the command.
    dataset : Path
        Folder of the data set.
    folder : Path
        Folder of the results.
    """
    dataset = dataset.absolute().resolve()
    if folder.absolute().resolve().is_relative_to(dataset):
        return command
    return f"{command} of {dataset.name} ({hashlib.sha256(str(dataset).encode()).hexdigest()[:8]})"


def add_sums(folder: Path, written: Iterable[Path], *, owner: str) -> None:
    """Enter files into the list of a folder, by their path from it; others stay in it.

    Parameters
    ----------
    folder : Path
        The folder of the list.
    written : iterable of Path
        Files in that folder or near it.
    owner : str
        Result of `owner_of`.

    Raises
    ------
    RecordError
        If the list cannot be written.
    """
    listed, sums = _read(folder), _sums(folder, written)
    listed.forget(sums.keys())
    listed.sections.setdefault(owner, {}).update(sums)
    _write(folder, listed)


def finish_outputs(folder: Path, written: Collection[Path], *, owner: str, earlier: Iterable[Path] = ()) -> list[Path]:
    """Delete what earlier runs of the owner wrote and this one did not; list the rest.

    A file of an earlier run that was changed since is kept and not listed.

    Parameters
    ----------
    folder : Path
        The folder of the results.
    written : collection of Path
        Every file of this run, in that folder.
    owner : str
        Result of `owner_of`.
    earlier : iterable of Path
        More files of an earlier run, which may be missing from the list.

    Returns
    -------
    list of Path
        Files of earlier runs that were changed since, in order of their names.

    Raises
    ------
    RecordError
        If a file cannot be deleted, or the list cannot be written.
    """
    listed, keep = _read(folder), set(written)
    unlisted = {path for path in earlier if path.name not in listed.names}
    own = {name: sha256 for name, sha256 in listed.sections.pop(owner, {}).items() if Path(name).name == name}
    changed = []
    for path in sorted((unlisted | {folder / name for name in own}) - keep):
        if not path.is_file():
            continue
        if own.get(path.name) not in (None, sha256_of(path)):
            changed.append(path)
            continue
        with record_errors("delete", path):
            path.unlink()
    sums = _sums(folder, keep)
    listed.forget(sums.keys())
    listed.sections[owner] = sums
    _write(folder, listed)
    return changed


def remove_empty_list(folder: Path) -> None:
    """Delete a list that lists nothing, and its folder if nothing else is in it.

    Raises
    ------
    RecordError
        If they cannot be deleted.
    """
    sums = folder / SUMS
    with record_errors("delete", sums):
        if sums.is_file() and not sums.stat().st_size:
            sums.unlink()
            if not any(folder.iterdir()):
                folder.rmdir()


def _read(folder: Path) -> _List:
    """Return the list of a folder; an empty one if it has none."""
    listed = _List()
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return listed
    section: dict[str, str] | None = None
    for line in lines:
        if line.startswith(_COMMENT):
            section = listed.sections.setdefault(line.removeprefix(_COMMENT), {})
        elif section is None:
            listed.foreign.append(line)
        elif name := _name(line):
            section[name] = line[:_SHA256_DIGITS]
    return listed


def _name(line: str) -> str:
    """Return the path in a line; empty if it is not a hash and a path."""
    sha256, _, name = line.partition("  ")
    return name if len(sha256) == _SHA256_DIGITS and name != SUMS else ""


def _sums(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of files by their path from a folder."""
    found = ((Path(os.path.relpath(path, folder)).as_posix(), sha256_of(path)) for path in files)
    return {name: sha256 for name, sha256 in found if sha256 is not None}


def _write(folder: Path, listed: _List) -> None:
    lines = list(listed.foreign)
    for owner, section in sorted(listed.sections.items()):
        if section:
            lines += [f"{_COMMENT}{owner}", *(f"{sha256}  {name}" for name, sha256 in sorted(section.items()))]
    put(folder / SUMS, "".join(f"{line}\n" for line in lines))
