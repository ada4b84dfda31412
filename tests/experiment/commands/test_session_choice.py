"""The simulation is imported only if a simulated camera is chosen."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import PROJECT

CODE = """
import sys
from pathlib import Path
from experiment.commands.session_choice import run_chosen_session
from experiment.lab import session_setup
from experiment.lab.session_setup import Options

session_setup.run_session = lambda *_, **__: print("real")
sys.modules["experiment.simulation.simulated_session"] = type(
    "Simulated", (), {"run_before_simulated_camera": lambda *_, **__: print("simulated")}
) if sys.argv[1] == "simulated" else None
run_chosen_session(None, Path(), Options(camera=sys.argv[1]))
"""


@pytest.mark.parametrize(("camera", "chosen"), [("0", "real"), ("clip.mp4", "real"), ("simulated", "simulated")])
def test_the_camera_option_chooses_between_a_real_and_a_simulated_session(camera: str, chosen: str) -> None:
    """For a real camera, an import of the simulation would fail here."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, camera], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.strip()) == (0, chosen), done.stderr
