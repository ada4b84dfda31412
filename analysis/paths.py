"""Paths of the files that ship with the program, and of files it keeps for a user.

In a checkout the shipped files are in the folder of the project. In an installation they are in ``mimicry_lab``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import user_cache_path, user_data_path, user_state_path

PROJECT = Path(__file__).resolve().parents[1]
"""The folder with ``analysis/`` and ``experiment/``."""
_INSTALLED = PROJECT / "mimicry_lab"
IS_CHECKOUT = not (_INSTALLED / "data").is_dir()
"""False in an installation made by ``pip install``."""
_SHIPPED = PROJECT if IS_CHECKOUT else _INSTALLED
DATA = _SHIPPED / "data"
PROTOCOLS = _SHIPPED / "protocols"


def _is_called_mimicry(program: str) -> bool:
    """Return whether the user called the command ``mimicry``.

    Parameters
    ----------
    program : str
        ``sys.argv[0]``.
    """
    file = Path(program)
    if file.stem.lower() == "mimicry" or file.parent.name == "mimicry_lab":
        return True
    return not IS_CHECKOUT and file.stem != "run_experiment" and file.parent.name != "analysis"


LABORATORY_PROGRAM = "mimicry" if _is_called_mimicry(sys.argv[0]) else "run_experiment.py"
"""Name of the program with the commands of the laboratory, as the user called it, for messages."""
ANALYSIS_PROGRAM = "mimicry" if _is_called_mimicry(sys.argv[0]) else "python -m analysis"
"""Name of the program with the commands of the analysis, as the user called it, for messages."""


def cache_folder(name: str) -> Path:
    """Return the folder in the user's cache for one kind of file; it may not exist.

    On Linux it follows ``$XDG_CACHE_HOME``, elsewhere the rules of the system. Its files can be deleted at any time.
    """
    return user_cache_path("mimicry-lab", appauthor=False, opinion=False) / name


def user_data_folder(name: str) -> Path:
    """Return the folder in the user's data for one kind of file.

    It may not exist. Its files have to last, for example imported face models.
    """
    return user_data_path("mimicry-lab", appauthor=False) / name


def runtime_folder(name: str) -> Path:
    """Return the folder for files that are needed while programs run.

    It may not exist. On Linux it is in memory, so that its files never reach a disk: in ``/run/user/UID``, or in
    ``/dev/shm`` where there is none. ``$MIMICRY_RUNTIME`` names another place. Environment variables of a desktop do
    not matter, so that programs started from a desktop and from a remote terminal find the same files.
    """
    chosen = os.environ.get("MIMICRY_RUNTIME")
    if chosen:
        return Path(chosen) / name
    if sys.platform == "linux":
        user = os.getuid()
        if os.access(f"/run/user/{user}", os.W_OK):
            return Path(f"/run/user/{user}/mimicry-lab") / name
        if os.access("/dev/shm", os.W_OK):
            return Path(f"/dev/shm/mimicry-lab-{user}") / name
    return user_state_path("mimicry-lab", appauthor=False) / "runtime" / name
