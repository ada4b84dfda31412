"""Paths of the files that ship with the program, and of files it keeps for a user.

In a checkout the shipped files are in the folder of the project. In an installation they are in ``mimicry_lab``.
"""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path, user_data_path

PROJECT = Path(__file__).resolve().parents[1]
"""The folder with ``analysis/`` and ``experiment/``."""
_INSTALLED = PROJECT / "mimicry_lab"
IS_CHECKOUT = not (_INSTALLED / "data").is_dir()
"""False in an installation made by ``pip install``."""
_SHIPPED = PROJECT if IS_CHECKOUT else _INSTALLED
DATA = _SHIPPED / "data"
PROTOCOLS = _SHIPPED / "protocols"
LABORATORY_PROGRAM = "run_experiment.py" if IS_CHECKOUT else "mimicry"
"""Name of the program with the commands of the laboratory, for messages."""


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
