"""The data set that the console showed last, so that it opens without one."""

from __future__ import annotations

import contextlib
from pathlib import Path

from analysis.paths import user_data_folder
from experiment.errors import SessionError

_FILE = "last-dataset.txt"


def chosen_dataset(named: Path | None) -> Path:
    """Return the absolute path of the data set to show, and remember it.

    Parameters
    ----------
    named
        That of the command line; None for the one that was shown last.

    Raises
    ------
    SessionError
        If none was shown yet, or the one that was named is a file.
    """
    file = user_data_folder("console") / _FILE
    if named is None:
        try:
            return Path(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise SessionError("name the folder of the data set: `console data/my-study`") from None
    dataset = named.absolute()
    if dataset.is_file():
        raise SessionError(f"{dataset} is a file, and a data set is a folder; name the folder")
    with contextlib.suppress(OSError):  # only a convenience: the next start needs the name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(dataset), encoding="utf-8")
    return dataset
