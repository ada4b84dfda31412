"""Command lines of this program's own commands, as processes."""

from __future__ import annotations

import sys

from analysis.paths import IS_CHECKOUT, PROJECT


def laboratory_command(*arguments: str) -> list[str]:
    """Return the command line of a command of the laboratory, such as ``run``."""
    if IS_CHECKOUT:
        return [sys.executable, str(PROJECT / "run_experiment.py"), *arguments]
    return [sys.executable, "-m", "mimicry_lab", *arguments]


def analysis_command(*arguments: str) -> list[str]:
    """Return the command line of a command of the analysis, such as ``tables``."""
    return [sys.executable, "-m", "analysis" if IS_CHECKOUT else "mimicry_lab", *arguments]
