"""The parts of the command `demo`: protocol, metrics, folder, analysis."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from analysis.face.similarity.metrics import DEFAULT_METRIC
from analysis.paths import PROJECT, PROTOCOLS
from experiment.errors import SessionError

PROTOCOL = PROTOCOLS / "facial_mimicry.yaml"
METRICS = (DEFAULT_METRIC, "points", "blend")
"""Our metric, the published one, and the published blend of emotions after calibration (`docs/simulation.md`)."""


def free_folder() -> Path:
    """Return a folder that does not exist yet: ``data/demo``, ``data/demo-2``, ..."""
    top = Path("data")
    number = 1
    while (folder := top / ("demo" if number == 1 else f"demo-{number}")).exists():
        number += 1
    return folder


def analyse(command: str, dataset: Path, *options: str) -> None:
    """Run ``python -m analysis COMMAND`` on a data set and show its output.

    Parameters
    ----------
    command : str
        Command of the analysis program.
    dataset : Path
        Folder of the data set.
    options : str
        Options of the command.

    Raises
    ------
    SessionError
        If the command fails; it prints the reason.
    """
    sys.stdout.flush()
    words = [sys.executable, "-m", "analysis", command, str(dataset.absolute()), *options]
    if subprocess.run(words, cwd=PROJECT, check=False).returncode != 0:
        raise SessionError(f"`python -m analysis {command}` failed on {dataset}; its message is above")
