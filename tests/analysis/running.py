"""Run the command line of the analysis inside the test's own process."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from analysis.cli import main


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Finished:
    """``python -m analysis ARGUMENTS``."""
    before = sys.argv
    sys.argv = ["analysis", *map(str, arguments)]
    try:
        main()
        status: object = 0
    except SystemExit as stop:
        status = stop.code
    finally:
        sys.argv = before
    printed = capsys.readouterr()
    return Finished(status if isinstance(status, int) else 0, printed.out, printed.err)
