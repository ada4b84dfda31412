"""Results of the analysis, as the console lists and shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = ("derivatives", "mimicry")
"""Where the results are, from the data set."""
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".tex": "text/plain; charset=utf-8",
    ".json": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".tsv": "text/tab-separated-values; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
}
"""Kinds of files that the console hands out."""
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'none'"
)
"""Policy for results that a browser runs: they reach neither the console nor any address."""
_SHOWN_FIRST = (".html", ".md", ".pdf", ".png", ".csv")
_MOST_OF_FOLDER = 8


@dataclass(frozen=True, slots=True)
class ResultFile:
    """One file of the results."""

    name: str
    path: str
    """From the folder of the results, with ``/``."""


@dataclass(frozen=True, slots=True)
class ResultFolder:
    """The files of one folder that are worth a link."""

    name: str
    """Empty for the folder of the results itself."""
    files: tuple[ResultFile, ...]
    more: int
    """How many other files it has."""


def result_folders(dataset: Path) -> list[ResultFolder]:
    """Return the results of a data set, folder by folder; reports first."""
    top = dataset.joinpath(*FOLDER)
    if not top.is_dir():
        return []
    folders = [top, *sorted(path for path in top.iterdir() if path.is_dir() and not path.is_symlink())]
    found = [_folder(folder, top) for folder in folders]
    return [folder for folder in found if folder.files]


def _folder(folder: Path, top: Path) -> ResultFolder:
    files = list(_files(folder))
    shown = sorted(files, key=_order)[:_MOST_OF_FOLDER]
    name = "" if folder == top else folder.name
    entries = tuple(ResultFile(path.name, path.relative_to(top).as_posix()) for path in shown)
    return ResultFolder(name, entries, len(files) - len(shown))


def files_of_session(dataset: Path, label: str) -> list[ResultFile]:
    """Return the results of one session: tables and figures.

    Parameters
    ----------
    dataset
        Folder of the data set.
    label
        As `experiment.record.layout.SessionPlace.label`.
    """
    top = dataset.joinpath(*FOLDER)
    folders = [path for path in sorted(top.glob("*")) if path.is_dir() and not path.is_symlink()]
    files = [file for folder in folders for file in _files(folder) if file.name.startswith(f"{label}_")]
    return [ResultFile(file.name, file.relative_to(top).as_posix()) for file in sorted(files, key=_order)]


def _order(path: Path) -> tuple[bool, int, str]:
    """Return the place in the list: results of all sessions first, then pages."""
    return path.name.startswith("sub-"), _SHOWN_FIRST.index(path.suffix), path.name


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.suffix in _SHOWN_FIRST and path.is_file() and not path.is_symlink():
            yield path
