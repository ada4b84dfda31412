"""The simulation is imported only if a simulated camera is chosen."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import PROJECT

CODE = """
import sys
from pathlib import Path
from types import SimpleNamespace
from experiment.commands.session_choice import run_chosen_session
from experiment.lab import session_setup
from experiment.lab.session_setup import Options

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
