"""Paths of the files that ship with the program, and of files it keeps for itself."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path

PROJECT = Path(__file__).resolve().parents[1]
"""The folder with ``analysis/``, ``experiment/``, ``protocols/`` and ``data/``."""
DATA = PROJECT / "data"
PROTOCOLS = PROJECT / "protocols"


def cache_folder(name: str) -> Path:
    """Return the folder in the user's cache for one kind of file; it may not exist.

    On Linux it follows ``$XDG_CACHE_HOME``, elsewhere the rules of the system. Its files can be deleted at any time.
    """
    return user_cache_path("mimicry-lab", appauthor=False, opinion=False) / name
