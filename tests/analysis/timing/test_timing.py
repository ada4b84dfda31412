"""``python -m analysis timing``: figures and verdicts of whole sessions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.record.layout import SessionPlace
from tests.analysis.running import run
from tests.experiment.stalled_target import StalledTarget


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two participants; the display of the second stalled."""
    folder = tmp_path_factory.mktemp("timing")
    protocol = write_protocol(folder / "protocol", trials=8)
    stalling = StalledTarget()
    for participant, observers in (("01", ()), ("02", (stalling,))):
        place = SessionPlace(folder / "data", participant, None)
        setup = SmallSession(answer_s=(0.8, 2.5), observers=observers, stalls=stalling.stalls, faulty_camera=False)
        run_small_session(place, protocol, seed=4, setup=setup)
    return folder / "data"


def test_every_session_gets_a_figure_and_a_verdict_for_each_trial(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(capsys, "timing", dataset)
    printed = done.out

    assert done.status == 0
    assert "sub-01 timing: 8 of 8 trials pass" in printed
    assert "sub-02 timing: 7 of 8 trials pass" in printed
    assert "3 display frames missed at 2 flips" in printed
    folder = dataset / "derivatives" / "mimicry" / "timing"
    for participant, failed in (("01", 0), ("02", 1)):
        base = folder / f"sub-{participant}_task-smallsession_timing"
        with Image.open(base.with_suffix(".png")) as picture:
            assert picture.size == (1320, 936)
        assert base.with_suffix(".svg").read_text(encoding="utf-8").startswith("<?xml")
        rows = list(csv.DictReader(base.with_suffix(".csv").read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 8
        assert [row["timing"] for row in rows].count("fail") == failed
        assert sum(int(row["missed_frames"]) for row in rows) == (3 if failed else 0)


def test_a_failing_trial_is_red_in_the_figure(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "timing", dataset)
    folder = dataset / "derivatives" / "mimicry" / "timing"
    reds = []
    for participant in ("01", "02"):
        with Image.open(folder / f"sub-{participant}_task-smallsession_timing.png") as picture:
            red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB")), 2, 0)
        reds.append(int(np.sum((red > 150) & (green < 90) & (blue < 90))))

    assert reds[0] == 0
    assert reds[1] > 0


def test_a_folder_without_sessions_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "timing", tmp_path)

    assert done.status == 1
    assert "no recorded session" in done.err


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "timing", tmp_path / "missing")

    assert done.status == 1
    assert "there is no data set at" in done.err
