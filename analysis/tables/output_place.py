"""Refuse output folders of other data sets and folders of recordings."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.errors import DataSetError

_RAW = ("sourcedata", "stimuli")


def require_output_place(out: Path | None, *, dataset: Path | None, is_file: bool = False) -> None:
    """Refuse a place in another data set, or among the recordings of its own.

    Parameters
    ----------
    out : Path, optional
        The value of ``--out``; None: the default, which is always right.
    dataset : Path, optional
        The data set that the results are of; None for photographs on disk.
    is_file : bool
        Whether ``out`` is a file.

    Raises
    ------
    DataSetError
        If the place is refused; the message has the remedy.
    """
    if out is None:
        return
    folder = out.absolute().resolve()
    folder = folder.parent if is_file else folder
    other = next((one for one in (folder, *folder.parents) if _is_data_set(one)), None)
    if other is None:
        return
    remedy = "name a folder outside, or leave out --out" if dataset is not None else "name a folder outside"
    if dataset is None or other != dataset.absolute().resolve():
        if dataset is None and folder != other and not _is_raw(folder, other):
            return
        of = "another data set" if dataset is not None else "a data set"
        raise DataSetError(f"{out} is inside {of}, {other}: these results would be taken for its own; {remedy}")
    if folder == other or _is_raw(folder, other):
        raise DataSetError(f"{out} is among the recordings of the data set; {remedy}")


def _is_raw(folder: Path, dataset: Path) -> bool:
    first = folder.relative_to(dataset).parts[:1]
    return any(part in _RAW or part.startswith("sub-") for part in first)


def _is_data_set(folder: Path) -> bool:
    """Return whether a folder has recordings or is a raw BIDS data set."""
    source = folder / "sourcedata"
    if next(source.glob("sub-*/journal.jsonl"), None) or next(source.glob("sub-*/ses-*/journal.jsonl"), None):
        return True
    try:
        described = json.loads((folder / "dataset_description.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(described, dict) and described.get("DatasetType", "raw") == "raw"
