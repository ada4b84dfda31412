"""Paths of the files that ship with the program."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
"""The folder with ``analysis/``, ``experiment/``, ``protocols/`` and ``data/``."""
DATA = PROJECT / "data"
PROTOCOLS = PROJECT / "protocols"
