"""Places of results outside of their data set, so that ``forget`` can name them.

A note for each place is in the data of the user of this computer and not in the data set, which is shared: it has no
paths of this computer. Each note is a file of its own, since several commands may write at once.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from analysis.paths import user_data_folder
from experiment.record.files import replace_kept_result

_FOLDER = "results-elsewhere"


def note_results(dataset: Path, place: Path) -> None:
    """Note that results of a data set are in a place, if it is outside.

    Nothing is noted if the folder of the user's data cannot be written.

    Parameters
    ----------
    dataset : Path
        The data set.
    place : Path
        A folder, or a file such as a report.
    """
    top, where = dataset.absolute().resolve(), place.absolute().resolve()
    if where.is_relative_to(top):
        return
    content = json.dumps({"dataset": str(top), "place": str(where)})
    name = hashlib.sha256(content.encode()).hexdigest()[:16]
    with suppress(OSError):
        replace_kept_result(user_data_folder(_FOLDER) / f"{name}.json", (content + "\n").encode())


def results_elsewhere(dataset: Path) -> list[Path]:
    """Return the places outside of a data set that still exist, in alphabetical order."""
    found = set()
    for file in user_data_folder(_FOLDER).glob("*.json"):
        try:
            note = json.loads(file.read_text("utf-8"))
            top, place = Path(note["dataset"]), Path(note["place"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if top == dataset.absolute().resolve() and place.exists():
            found.add(place)
    return sorted(found)
