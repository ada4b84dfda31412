"""What a simulated participant did in recorded sessions."""

from __future__ import annotations

import re
from pathlib import Path

from experiment.record.layout import recorded_sessions
from experiment.simulation.truth import FILE, read_truth
from experiment.simulation.visitor import LearnedState

_IMITATION = re.compile(r"(.+)-(\d+)")


def count_earlier_imitations(learned: LearnedState, dataset: Path, participant: str) -> None:
    """Count the imitations of each target in the recorded sessions.

    The next imitation then has the next number. Changes of habits by training are not recorded, so they are not
    restored.

    Parameters
    ----------
    learned : LearnedState
        Changed in place.
    dataset : Path
        Folder of the data set.
    participant : str
        Id of the participant.
    """
    for place in recorded_sessions(dataset):
        file = place.source / FILE
        if place.participant != participant or not file.is_file():
            continue
        for row in read_truth(file):
            act = _IMITATION.fullmatch(row["act"])
            if act and not row["act"].startswith("viewing-"):
                learned.imitations[act[1]] = max(learned.imitations[act[1]], int(act[2]))
