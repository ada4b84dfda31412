"""Whole sessions with clips: what is copied, recorded, compared, and loaded when."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.bench.numbered_clips import numbered_clip
from experiment.lab.clip_stills import clip_stills
from experiment.lab.session_header import header_of
from experiment.lab.session_options import Options
from experiment.ports.display import Flip
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.record.checks.sources import require_same_sources
from experiment.record.errors import RecordError
from experiment.record.sessions import read_sessions
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.moving_targets import MovingTargets
from experiment.screens.screen import MovingFrame, Screen
from experiment.session import trial
from experiment.session.display_loop import Tick
from experiment.session.playback import Playback
from tests.experiment.record.verification.comparing import differences
from tests.experiment.session.simulated_run import Run, run

PROTOCOL = """
protocol: 1
name: study
display: {size: [1440, 900]}
targets:
  one: {clip: clips/one.mp4, expression: anger, apex: {at: 0.2 s}, neutral: {at: 0 s}}
  two: {clip: clips/two.mp4, expression: fear, apex: {at: 0.2 s}, neutral: {at: 0 s}}
blocks:
  - name: watching
    kind: viewing
    trials: [one, two, one]
    film: false
    timing: {fixation: 6 frames, target: 60 frames, inter_trial: 30 frames}
"""


@pytest.fixture
def plan(tmp_path: Path) -> SessionPlan:
    """Three trials with two clips of 1 s at 25 frames a second."""
    for name in ("one", "two"):
        numbered_clip(tmp_path / "clips" / f"{name}.mp4", 25, size_px=(120, 80 if name == "one" else 96))
    (tmp_path / "study.yaml").write_text(PROTOCOL, "utf-8")
    stills = partial(clip_stills, folder=tmp_path / "stills")
    return design(load_protocol(tmp_path / "study.yaml"), participant="01", stills=stills)


@pytest.fixture
def done(plan: SessionPlan, tmp_path: Path) -> Run:
    """The session, recorded."""
    return run(plan, tmp_path / "data")


def test_clips_and_their_stills_are_in_the_data_set_with_hashes(done: Run, tmp_path: Path) -> None:
    stimuli = tmp_path / "data" / "stimuli"

    assert done.ending == "complete"
    assert (stimuli / "one.mp4").read_bytes() == (tmp_path / "clips" / "one.mp4").read_bytes()
    names = {file.name for file in stimuli.iterdir()}
    assert names == {
        f"{name}{end}" for name in ("one", "two") for end in (".mp4", "_apex-0005.png", "_rest-0000.png")
    } | {"SHA256SUMS"}
    (table,) = (tmp_path / "data").glob("sub-01/beh/*_events.tsv")
    rows = list(csv.DictReader(table.read_text().splitlines(), delimiter="\t"))
    assert [row["stim_file"] for row in rows] == ["one.mp4", "two.mp4", "one.mp4"]
    cells = ("motion_frames_shown", "motion_frames_late", "motion_frames_skipped")
    assert [[row[cell] for cell in cells] for row in rows] == [["25", "0", "0"]] * 3
    assert '"motion_frames_late"' in table.with_suffix(".json").read_text()
    assert [source.kind for source in done.history.start.protocol.sources] == ["target", "target"]
    assert differences(tmp_path / "data") == []
    (record,) = read_sessions(tmp_path / "data")
    assert record.targets["one"].motion == stimuli / "one.mp4"
    assert not [warning for warning in record.warnings if "clip" in warning]


def test_a_clip_changed_in_the_data_set_is_named(done: Run, tmp_path: Path) -> None:
    numbered_clip(tmp_path / "data" / "stimuli" / "one.mp4", 24)
    (tmp_path / "data" / "stimuli" / "two.mp4").unlink()

    found = " ".join(differences(tmp_path / "data"))
    (record,) = read_sessions(tmp_path / "data")

    assert "not the clip of target one" in found
    assert "clip of target two is missing" in found
    assert any("one.mp4 is not the clip of target one that was shown" in warning for warning in record.warnings)
    assert any("the clip of target two is missing" in warning for warning in record.warnings)


def test_a_session_does_not_go_on_with_another_clip(done: Run, plan: SessionPlan, tmp_path: Path) -> None:
    header = header_of(plan, Options(), display={}, camera={})
    require_same_sources(done.history, header)

    numbered_clip(tmp_path / "clips" / "two.mp4", 24)

    with pytest.raises(RecordError, match=r"not the clip of target two .* began with"):
        require_same_sources(done.history, header)


def test_clips_that_do_not_fit_together_are_loaded_between_trials(
    plan: SessionPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With memory for one clip, each is read again, but never inside a trial."""
    reads: list[str] = []
    running: list[str] = []
    run_trial = trial.TrialRunner.run

    class Watched(MovingTargets):
        def of(self, target: Any) -> MovingPicture | None:
            if not self.has(target):
                reads.append(f"{target.name} in {running[-1] if running else 'nothing'}")
            return super().of(target)

    def watched(runner: trial.TrialRunner, one: Any) -> int:
        running.append(one.id)
        try:
            return run_trial(runner, one)
        finally:
            running.pop()

    monkeypatch.setattr(trial, "MovingTargets", partial(Watched, most_bytes=25 * 120 * 96 * 3))
    monkeypatch.setattr(trial.TrialRunner, "run", watched)

    done = run(plan, tmp_path / "data")

    assert reads == ["one in nothing", "two in nothing", "one in nothing"]
    assert [one.details["motion"]["skipped"] for one in done.history.trials] == [[], [], []]


def test_moving_targets_are_kept_up_to_a_limit(plan: SessionPlan) -> None:
    one, two = plan.targets
    targets = MovingTargets(900, "black", most_bytes=25 * 120 * (80 + 96) * 3)
    first = targets.of(one)

    assert targets.of(two) is not None
    assert targets.of(one) is first
    assert targets.free_bytes == 0

    small = MovingTargets(900, "black", most_bytes=25 * 120 * 96 * 3)
    small.of(one)
    small.of(two)
    assert not small.has(one)
    assert small.has(two)


class ScriptedSound:
    """Notes its calls; its sound starts 12 ms after the request."""

    facts: Mapping[str, Any] = {}

    def __init__(self, now_s: float) -> None:
        self.calls: list[str] = []
        self._now_s = now_s

    def load(self, samples: Any) -> None:
        self.calls.append(f"load {len(samples)}")

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def heard(self) -> Mapping[str, Any]:
        self.calls.append("heard")
        return {"start_s": self._now_s + 0.012, "gaps": 0}

    def close(self) -> None:
        self.calls.append("close")


def test_the_sound_starts_with_the_onset_flip_and_stops_with_the_target() -> None:
    frame = np.zeros((2, 2, 3), np.uint8)
    picture = MovingPicture([frame, frame], (0.0, 0.5), 1.0)
    screens = [Screen("target", (MovingFrame(picture, index),)) for index in range(2)]
    sound = ScriptedSound(7.0)
    playback = Playback(picture, screens, period_s=1 / 60, sound=sound)
    playback.end()
    playback.next()
    assert sound.calls == []

    playback.flipped(Tick(Flip(0, 7.0), 1, ()), 0)
    assert sound.calls == ["start"]
    playback.flipped(Tick(Flip(1, 7.0 + 1 / 60), 1, ()), 1)
    playback.end()
    playback.end()

    assert sound.calls == ["start", "stop"]
    assert playback.details()["motion"]["sound"] == {"start_s": 7.012, "gaps": 0, "after_onset_ms": 12.0}
