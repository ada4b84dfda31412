"""The processes that draw simulated faces."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import PROJECT

SESSION = """
import numpy as np
import psutil

from analysis.face.render.scene import HeadPose
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from experiment.simulation.drawing.pictures import PictureRenderer
from experiment.simulation.face_schedule import FaceState
from experiment.simulation.person import draw_simulated_person

if __name__ == "__main__":
    renderer, model = PictureRenderer(DEFAULT_MODEL), load_model()
    states = [FaceState(np.zeros(len(model.bases["units"].names)), HeadPose())] * 8
    work = [renderer.render(draw_simulated_person(1, model), states) for _ in range(100)]
    work[0].result()
    print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
    work[-1].result()
"""


@pytest.mark.slow
def test_the_drawing_processes_end_with_a_killed_session(tmp_path: Path) -> None:
    script = tmp_path / "session.py"
    script.write_text(SESSION, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    session = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment)
    assert session.stdout is not None
    drawing = [psutil.Process(int(pid)) for pid in session.stdout.readline().split()]

    session.kill()
    session.wait()
    session.stdout.close()
    _, still_there = psutil.wait_procs(drawing, timeout=20)

    assert len(drawing) >= 2
    for process in still_there:
        process.kill()
    assert not still_there
