"""The simulation is imported only if a simulated camera is chosen."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.commands.session_choice import chosen_cameras
from experiment.errors import CameraError
from tests.conftest import PROJECT
from tests.experiment.plans import make_plan

CODE = """
import sys
from pathlib import Path
from types import SimpleNamespace
from experiment.commands.session_choice import run_chosen_session
from experiment.lab import session_setup
from experiment.lab.session_options import Options

session_setup.run_session = lambda *_, **__: print("real")
SIMULATION = "experiment.simulation.simulated_session"
sys.modules[SIMULATION] = None
for camera in ("0", "clip.mp4", "simulated"):
    if camera == "simulated":
        sys.modules[SIMULATION] = SimpleNamespace(run_before_simulated_camera=lambda *_, **__: print("simulated"))
    run_chosen_session(SimpleNamespace(partner=None), Path(), Options(camera=camera))
"""


def test_the_camera_option_chooses_between_a_real_and_a_simulated_session() -> None:
    """For a real camera, an import of the simulation would fail here."""
    done = subprocess.run([sys.executable, "-c", CODE], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.split()) == (0, ["real", "real", "simulated"]), done.stderr


def test_the_options_override_the_cameras_of_the_protocol(tmp_path: Path) -> None:
    one = replace(make_plan(tmp_path), cameras=("2",))
    two = replace(one, cameras=("2", "clip.mp4"))

    assert chosen_cameras(one, None, None)[0] == "2"
    assert chosen_cameras(one, "simulated", None)[0] == "simulated"
    assert chosen_cameras(two, None, None) == ("2", "clip.mp4")
    assert chosen_cameras(two, "0", "1") == ("0", "1")
    assert chosen_cameras(two, "clip.mp4", None) == ("clip.mp4", "clip.mp4")  # a clip can be played twice
    with pytest.raises(CameraError, match="both persons have camera 2"):
        chosen_cameras(two, None, "2")
    with pytest.raises(CameraError, match="the protocol films one person; leave out --partner-camera"):
        chosen_cameras(one, None, "1")
