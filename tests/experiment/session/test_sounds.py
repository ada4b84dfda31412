"""Whole sessions with sounds, on a simulated sound device."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from experiment.bench.numbered_clips import numbered_clip
from experiment.display.simulated import SimulatedKeyboard
from experiment.lab.session_header import header_of
from experiment.lab.session_options import Options
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Hold, Motion, Page, SessionPlan, Target
from experiment.protocol.planner import design
from experiment.record.checks.replan import plan_again
from experiment.record.checks.sources import require_same_sources
from experiment.record.errors import RecordError
from experiment.screens import moving_targets
from experiment.screens.moving_targets import SOUND_RATE_HZ
from experiment.screens.screen import Screen
from tests.experiment.plans import make_plan, make_trial
from tests.experiment.record.verification.comparing import differences
from tests.experiment.session.simulated_run import Run, run
from tests.experiment.sounds import SimulatedSound, write_wav

PERIOD_S = 1 / 60


def plan_with(target: Target, plan: SessionPlan, **changes: Any) -> SessionPlan:
    return replace(plan, targets=(target,), steps=(make_trial(target, 0, **changes),))


def run_aloud(plan: SessionPlan, dataset: Path, **devices: Any) -> tuple[Run, SimulatedSound]:
    made: list[SimulatedSound] = []

    def device(clock: Clock) -> SimulatedSound:
        made.append(SimulatedSound(clock))
        return made[0]

    return run(plan, dataset, sound=device, **devices), made[0]


def row_of(dataset: Path) -> Mapping[str, str]:
    (table,) = dataset.glob("sub-01/beh/*_events.tsv")
    (row,) = csv.DictReader(table.read_text().splitlines(), delimiter="\t")
    return row


@pytest.fixture
def audible(tmp_path: Path) -> SessionPlan:
    """One trial; its target is a picture with a sound file."""
    plan = make_plan(tmp_path)
    file = write_wav(tmp_path / "sounds" / "laugh.wav", 0.2)
    return plan_with(replace(plan.targets[0], sound=file), plan)


def test_the_sound_of_a_picture_starts_with_its_onset_and_is_recorded(audible: SessionPlan, tmp_path: Path) -> None:
    done, sound = run_aloud(audible, tmp_path / "data")

    assert [name for name, _ in sound.calls] == ["load", "start", "stop", "heard"]
    recorded = done.trial(0)
    assert sound.time_of("stop") - sound.time_of("start") == pytest.approx(
        recorded.offset_s - recorded.onset_s, abs=1e-6
    )
    assert recorded.details["sound"]["kind"] == "file"
    assert recorded.details["sound"]["after_onset_ms"] == pytest.approx(12.0, abs=0.01)
    row = row_of(tmp_path / "data")
    assert float(row["sound_onset"]) == pytest.approx(recorded.onset_s + 0.012, abs=1e-5)
    assert float(row["sound_after_target_ms"]) == pytest.approx(12.0, abs=0.01)
    assert (row["sound_expected_delay_ms"], row["sound_gaps"]) == ("10.0", "0")
    assert (tmp_path / "data" / "stimuli" / "laugh.wav").read_bytes() == (
        tmp_path / "sounds" / "laugh.wav"
    ).read_bytes()
    assert differences(tmp_path / "data") == []


def test_a_sound_that_was_changed_is_named(audible: SessionPlan, tmp_path: Path) -> None:
    done, _ = run_aloud(audible, tmp_path / "data")
    header = header_of(audible, Options(), display={}, camera={})
    require_same_sources(done.history, header)
    write_wav(tmp_path / "data" / "stimuli" / "laugh.wav", 0.3)
    write_wav(tmp_path / "sounds" / "laugh.wav", 0.3)

    assert any("this is not the sound of target anger" in one for one in differences(tmp_path / "data"))
    with pytest.raises(RecordError, match="this is not the sound of target anger"):
        require_same_sources(done.history, header)


def test_a_session_is_not_resumed_without_a_sound_that_it_began_with(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    page = Page("welcome", "welcome", "", "Hello", duration_frames=30, sound=write_wav(tmp_path / "hello.wav", 0.2))
    spoken = replace(plan, steps=(page, make_trial(plan.targets[0], 0)))
    done, _ = run_aloud(spoken, tmp_path / "data")
    silent = replace(plan, steps=(replace(page, sound=None), make_trial(plan.targets[0], 0)))
    require_same_sources(done.history, header_of(spoken, Options(), display={}, camera={}))

    with pytest.raises(RecordError, match=r"hello\.wav: .* began with this sound, which is missing; put it back"):
        require_same_sources(done.history, header_of(silent, Options(), display={}, camera={}))


def test_a_session_without_a_device_is_silent_and_has_no_columns(audible: SessionPlan, tmp_path: Path) -> None:
    done = run(audible, tmp_path / "data")

    assert "sound" not in done.trial(0).details
    assert not [column for column in row_of(tmp_path / "data") if column.startswith("sound")]


@pytest.mark.parametrize("has_file", [True, False])
def test_a_clip_plays_its_own_sound_or_a_file(
    audible: SessionPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_file: bool
) -> None:
    monkeypatch.setattr(moving_targets, "_load_sound", lambda _: np.zeros((7, 2), np.float32))
    (still,) = audible.targets
    motion = Motion("clip", numbered_clip(tmp_path / "one.mp4", 5), sound=not has_file)
    target = replace(still, motion=motion, sound=still.sound if has_file else None)

    done, sound = run_aloud(plan_with(target, audible), tmp_path / "data")

    assert [name for name, _ in sound.calls] == ["load", "start", "stop", "heard"]
    assert (len(sound.loaded[0]) == 7) is not has_file
    details = done.trial(0).details
    assert ("sound" in details, "sound" in details["motion"]) == (has_file, not has_file)
    assert float(row_of(tmp_path / "data")["sound_after_target_ms"]) == pytest.approx(12.0, abs=0.01)


@pytest.mark.parametrize("stalls", [None, {30: 3}])
def test_the_last_tone_of_a_hold_is_played_to_its_end(tmp_path: Path, stalls: Mapping[int, int] | None) -> None:
    plan = make_plan(tmp_path)
    held = {"hold": Hold(None, 60, on_key=False), "inter_trial_frames": 45, "tones": True}
    first = make_trial(plan.targets[0], 0, **held)
    steps = (first, replace(first, id="trial-01", index=1, tones=False))

    done, sound = run_aloud(replace(plan, steps=steps), tmp_path / "data", stalls=stalls)

    tones, silent = done.history.trials
    assert [name for name, _ in sound.calls] == ["load", "start", "stop", "heard"]
    assert len(sound.loaded[0]) == round(1.1 * SOUND_RATE_HZ)
    assert tones.offset_s - tones.onset_s == pytest.approx(1.0, abs=1e-4)
    assert sound.time_of("stop") - sound.time_of("start") >= 1.0 + 0.1 + 0.1
    assert tones.details["sound"]["kind"] == "hold-tones"
    for_disk = sum(
        data["waited_for_disk"] for event, data in done.events if event == "between" and data["after"] == tones.id
    )
    assert silent.onset_s - tones.offset_s == pytest.approx((45 + 6 + for_disk) * PERIOD_S, abs=1e-4)


def test_a_key_that_ends_a_hold_ends_its_tones(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0, hold=Hold(None, 90, on_key=True), tones=True)

    done, sound = run_aloud(replace(plan, steps=(trial,)), tmp_path / "data", delay_s=0.4)

    assert done.trial(0).key == "space"
    assert sound.time_of("stop") - sound.time_of("start") < 0.5


@pytest.mark.parametrize("duration_frames", [None, 7])
def test_the_sound_of_a_page_is_played_while_it_is_shown(tmp_path: Path, duration_frames: int | None) -> None:
    plan = make_plan(tmp_path)
    page = Page(
        "welcome",
        "welcome",
        "Welcome",
        "Hello",
        duration_frames=duration_frames,
        sound=write_wav(tmp_path / "hello.wav", 1),
    )

    done, sound = run_aloud(replace(plan, steps=(page, make_trial(plan.targets[0], 0))), tmp_path / "data")

    assert [name for name, _ in sound.calls] == ["load", "start", "stop", "heard"]
    (step,) = [data for event, data in done.events if event == "step"]
    assert step["sound"] == {
        "kind": "file",
        "start_s": pytest.approx(sound.time_of("start") + 0.012),
        "expected_delay_ms": 10.0,
        "gaps": 0,
        "after_onset_ms": pytest.approx(12.0, abs=0.01),
    }
    assert sound.time_of("stop") - sound.time_of("start") == pytest.approx(
        0.2 if duration_frames is None else 6 * PERIOD_S, abs=1.5 * PERIOD_S
    )
    assert [source.kind for source in done.history.start.protocol.sources][-1] == "target"
    assert "sound" in [source.kind for source in done.history.start.protocol.sources]


def test_the_sound_of_a_page_begins_again_after_a_pause(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    page = Page("welcome", "welcome", "", "Hello", duration_frames=30, sound=write_wav(tmp_path / "hello.wav", 1))
    keyboards: list[SimulatedKeyboard] = []
    paused: list[float] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "pause":
            keyboards[0].press("space", flip.time_s + 1.0)
            return True
        if screen.kind == "page" and not paused:
            paused.append(flip.time_s)
            keyboards[0].press("escape", flip.time_s + 0.1)
            return True
        return False

    done, sound = run_aloud(
        replace(plan, steps=(page, make_trial(plan.targets[0], 0))),
        tmp_path / "data",
        on_screen=script,
        keyboards=keyboards,
    )

    assert [name for name, _ in sound.calls] == ["load", "start", "stop", "heard"] * 2
    assert len([event for event, _ in done.events if event == "step"]) == 1


def test_verify_plans_a_session_again_without_the_sound_of_a_page(tmp_path: Path) -> None:
    Image.new("RGB", (60, 500)).save(tmp_path / "smile.png")
    file = write_wav(tmp_path / "hello.wav", 1)
    protocol = tmp_path / "study.yaml"
    protocol.write_text(
        "protocol: 1\nname: study\ntargets:\n  smile: {image: smile.png}\nblocks:\n"
        "  - {name: hello, kind: instructions, text: Hello, sound: hello.wav}\n"
        "  - {name: main, kind: experiment, trials: [smile]}\n"
    )
    done, _ = run_aloud(design(load_protocol(protocol), participant="01"), tmp_path / "data")
    file.unlink()

    assert [step.id for step in plan_again(done.history).steps] == ["hello", "main-001"]
