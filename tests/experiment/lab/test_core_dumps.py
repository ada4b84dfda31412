"""A session writes no core dump, which would have the latest frames."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from experiment.lab.session_options import Options
from experiment.lab.session_setup import run_session
from experiment.record.errors import RecordError
from tests.experiment.plans import make_plan


def limits_after_a_session(folder: Path) -> tuple[str, str]:
    """Return how a session ended and the limit of a process that it started."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, hard))
    ending = "no error"
    try:
        run_session(make_plan(folder), folder / "protocol.yaml", Options())
    except RecordError:
        ending = "RecordError"
    with os.popen("ulimit -c") as shell:
        return ending, shell.read().strip()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no core dumps")
def test_run_forbids_core_dumps_for_itself_and_its_processes(tmp_path: Path) -> None:
    """Also if the session cannot begin: here the data set is a file."""
    child = os.fork()
    if child == 0:
        try:
            (tmp_path / "found").write_text(" ".join(limits_after_a_session(tmp_path)))
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

    assert (tmp_path / "found").read_text() == "RecordError 0"
