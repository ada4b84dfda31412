"""Run the command line of the laboratory in a copy of the test's process."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from experiment.cli import main
from experiment.display import psychopy_import
from tests.conftest import PROJECT


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


def run(*arguments: object, claims_display: bool = False) -> Finished:
    """``run_experiment.py ARGUMENTS`` without a display.

    With ``claims_display``, the first check of the display passes, so that other refusals can be seen.

    The process is a copy (`os.fork`), because a new one imports all packages again, which takes two seconds. What the
    command imports and changes stays in the copy.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            if claims_display:
                psychopy_import.require_display_server = lambda: None
            _become_the_program(out, err, ["run_experiment.py", *map(str, arguments)])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Finished(status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def _become_the_program(out: Path, err: Path, arguments: list[str]) -> None:
    """Never returns."""
    status = 1
    try:
        os.chdir(PROJECT)
        os.environ.pop("DISPLAY", None)
        for number, file in ((1, out), (2, err)):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until the process ends
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.argv = arguments
        main()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
