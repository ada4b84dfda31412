"""The command that continues a session, ready to be copied into the same terminal."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from analysis.paths import LABORATORY_PROGRAM


def resume_command(dataset: Path, participant: str, session: str | None) -> str:
    """Return the command that continues a session.

    Parameters
    ----------
    dataset
        Folder of the data set, as the user wrote it.
    participant, session
        Labels; session is None for a session without label.
    """
    words = [*_program(), "resume", "--dataset", str(dataset), "--participant", participant]
    words += [] if session is None else ["--session", session]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _program() -> list[str]:
    """Return the words that start the program in the way it was started."""
    script = Path(sys.argv[0])
    if script.name != "run_experiment.py":
        return [LABORATORY_PROGRAM]
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return [str(shown), str(script)]
