"""Two simulated persons before two simulated cameras, in the real window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiment.record.film.completion import film_parts
from experiment.record.film.reading import frames_of
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.verification import Verification, verify_session
from experiment.simulation.truth import FILE, PARTNER_FILE, read_truth
from tests.conftest import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.display]

PROTOCOL = """
protocol: 1
name: dyad
camera: {size: [640, 480], rate: 15, film: true}
cameras: [simulated, simulated]
targets:
  happiness: {image: targets/happiness.png}
blocks:
  - name: consent
    kind: consent
    text: Hello
    clauses: [{id: filming, about: recording, text: I may be filmed.}]
  - {name: mimicry, kind: experiment, trials: [happiness]}
"""


def test_both_simulated_persons_imitate_and_have_their_truth(virtual_display: str, tmp_path: Path) -> None:
    folder, dataset = tmp_path / "protocol", tmp_path / "data"
    folder.mkdir()
    shutil.copytree(PROJECT / "protocols" / "targets", folder / "targets")
    (folder / "dyad.yaml").write_text(PROTOCOL)

    command = [sys.executable, "run_experiment.py", "simulate"]
    done = subprocess.run(
        [*command, str(folder / "dyad.yaml"), "--participants", "1", "--dataset", str(dataset)],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": virtual_display},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    place = SessionPlace(dataset, "01", None)
    history = read_history(place)
    assert (history.complete, history.start.partner) == (True, "01p")
    found = Verification(place.dataset)
    verify_session(place, found)
    assert [one.message for one in found.differences] == []
    for name, folder_name in ((FILE, "film"), (PARTNER_FILE, "film-partner")):
        truth = {row["index"]: row for row in read_truth(place.source / name)}
        (part,) = film_parts(place.source / folder_name)
        rows = [row for row in part.rows if not row.is_lost]
        assert all(abs(truth[row.index]["time_s"] - (row.time_s or 0)) < 2e-6 for row in rows)
        imitated = {truth[row.index]["act"] for row in rows if row.trial_id}
        assert "happiness-1" in imitated
    seeds = [
        history.start.setting.camera["person_seed"],
        history.start.setting.camera["partner"]["person_seed"],
    ]
    pictures = [next(frames_of(film_parts(film)[0]))[1].astype(float) for film in place.films]
    assert seeds[0] != seeds[1]
    assert np.abs(pictures[0] - pictures[1]).mean() > 5

    (place.source / PARTNER_FILE).write_text("{}\n")
    found = Verification(place.dataset)
    verify_session(place, found)
    assert [one.file.name for one in found.differences] == [PARTNER_FILE]
