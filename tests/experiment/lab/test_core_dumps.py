"""A session writes no core dump, which would have the latest frames."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import PROJECT

LIMITS = """
import resource, subprocess, sys
from pathlib import Path
from experiment.lab.session_setup import Options, ResumableSession, run_session
resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, resource.RLIM_INFINITY))
from tests.experiment.plans import make_plan
plan = make_plan(Path(sys.argv[1]))
try:
    run_session(plan, Path(sys.argv[1]) / "protocol.yaml", Options())
except Exception as error:
    print(type(error).__name__)
print(subprocess.run([sys.executable, "-c", "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)[0])"],
      capture_output=True, text=True).stdout)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no core dumps")
def test_run_forbids_core_dumps_for_itself_and_its_processes(tmp_path: object) -> None:
    """Also if the session cannot begin: here the data set is a file."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITS, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["RecordError", "0"]
