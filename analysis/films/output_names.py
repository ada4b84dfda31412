"""Names of the results of films, which never collide."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import DataSetError

TABLES = ("indices", "lag", "lag-pairs")
"""Ends of the names of the tables of trials."""


def output_stems(sources: Sequence[Path]) -> list[str]:
    """Return a name for the results of each film or table.

    It is the name of the file without its ending. Files of one name get as many folders, or the ending, in front or
    behind as is needed to distinguish them.

    Parameters
    ----------
    sources : sequence of Path
        Different files.
    """
    stems = [source.stem for source in sources]
    for parts in range(2, max((len(source.absolute().parts) for source in sources), default=2) + 1):
        counts = Counter(name.casefold() for stem in stems for name in (stem, *(f"{stem}_{end}" for end in TABLES)))
        if max(counts.values(), default=1) == 1:
            break
        same = [counts[stem.casefold()] > 1 for stem in stems]
        stems = [
            _longer(source, parts) if again else stem for source, stem, again in zip(sources, stems, same, strict=True)
        ]
    return stems


def same_name(first: str, second: str) -> bool:
    """Return whether two names are the same text.

    A letter such as ``ü`` is one character or two, depending on the computer that wrote it.
    """
    return unicodedata.normalize("NFC", first) == unicodedata.normalize("NFC", second)


def result_names(stem: str) -> list[str]:
    """Return the names of all files that results of a name can have."""
    return [f"{stem}.csv", *(f"{stem}_{name}.csv" for name in TABLES), f"{stem}.json"]


def require_own_files(folder: Path, stem: str, names: Sequence[str], source: dict[str, str]) -> None:
    """Refuse to replace files that are not results of the same film.

    Parameters
    ----------
    folder : Path
        Folder of the results.
    stem : str
        Beginning of their names.
    names : sequence of str
        Names of the files to write.
    source : dict
        ``path`` and ``sha256`` of the film; one of them must be as in the earlier result.

    Raises
    ------
    DataSetError
        If there is such a file.
    """
    present = [name for name in names if (folder / name).exists()]
    if not present:
        return
    try:
        earlier = json.loads((folder / f"{stem}.json").read_text("utf-8"))["source"]
        same = earlier["path"] == source["path"] or earlier["sha256"] == source["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise DataSetError(
            f"{folder / present[0]} exists and is not a result of this command; move it, or name another "
            "folder with --out"
        ) from None
    if not same:
        raise DataSetError(
            f"{folder / present[0]} is the result of another film ({earlier['path']}); name another folder with --out"
        )


def _longer(source: Path, parts: int) -> str:
    names = [part for part in source.absolute().parts[-parts:] if part != source.anchor]
    return "_".join([*names[:-1], source.name.replace(".", "-")])
