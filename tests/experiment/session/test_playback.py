"""Playback of moving targets: which frame at which flip, what is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.bench.numbered_clips import numbered_clip
from experiment.ports.display import Flip
from experiment.protocol.plan import Motion
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.screen import MovingFrame, Screen
from experiment.session.display_loop import Tick
from experiment.session.playback import Playback
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.simulated_run import run


def picture_at(rate: Fraction | int, count: int) -> MovingPicture:
    frame = np.zeros((2, 2, 3), np.uint8)
    times = tuple(float(index / Fraction(rate)) for index in range(count))
    return MovingPicture([frame] * count, times, float(count / Fraction(rate)))


def play(
    picture: MovingPicture,
    *,
    period_s: float,
    flips: int,
    stalls: Mapping[int, int] | None = None,
    true_period_s: float | None = None,
) -> tuple[list[tuple[int, int]], Mapping[str, Any]]:
    """Return (refresh since the onset, frame shown) of every flip, and the record."""
    screens = [Screen("target", (MovingFrame(picture, index),)) for index in range(len(picture.frames))]
    playback = Playback(picture, screens, period_s=period_s)
    refresh, shown = 0, []
    for flip in range(flips):
        screen = playback.next()
        periods = 1 + (stalls or {}).get(flip, 0) if flip else 1
        refresh += periods if flip else 0
        playback.flipped(Tick(Flip(flip, 5.0 + refresh * (true_period_s or period_s)), periods, ()), flip)
        shown.append((refresh, screen.elements[0].index))  # type: ignore[union-attr]
    return shown, playback.details()["motion"]


@pytest.mark.parametrize("display_hz", [60.0, 59.94, 50.0, 144.0])
@pytest.mark.parametrize("rate", [25, Fraction(30000, 1001), 30, 50])
def test_every_flip_shows_the_frame_that_is_due_at_its_time(display_hz: float, rate: Fraction | int) -> None:
    picture = picture_at(rate, 400)

    shown, record = play(picture, period_s=1 / display_hz, flips=round(400 / rate * display_hz))

    for refresh, frame in shown:
        time_s = refresh / display_hz
        assert float(frame / Fraction(rate)) <= time_s + 0.25 / display_hz
        assert time_s < float((frame + 1) / Fraction(rate)) + 1e-9
    assert record["late"] == record["skipped"] == []


def test_a_clip_of_half_the_displays_rate_changes_at_every_second_flip() -> None:
    shown, record = play(picture_at(30, 20), period_s=1 / 60, flips=40)

    assert [frame for _, frame in shown] == [index // 2 for index in range(40)]
    assert record["frames"] == list(range(20))
    assert record["flips"] == list(range(0, 40, 2))


def test_a_late_flip_shows_what_was_chosen_for_it_and_the_next_one_skips_what_has_passed() -> None:
    """At 30 Hz on 60 Hz, flip 4 is three refreshes late: frame 2 is shown at refresh 7, frame 3 never."""
    shown, record = play(picture_at(30, 20), period_s=1 / 60, flips=10, stalls={4: 3})

    assert shown[3:7] == [(3, 1), (7, 2), (8, 4), (9, 4)]
    assert record["late"] == [[2, 3]]
    assert record["skipped"] == [3]


def test_frames_faster_than_the_display_are_not_counted_as_skipped() -> None:
    shown, record = play(picture_at(120, 40), period_s=1 / 60, flips=20)

    assert [frame for _, frame in shown] == list(range(0, 40, 2))
    assert record["skipped"] == []


def test_the_last_frame_stays() -> None:
    shown, _ = play(picture_at(25, 3), period_s=1 / 60, flips=30)

    assert shown[-1] == (29, 2)


def test_a_display_that_runs_off_its_stated_rate_does_not_drift() -> None:
    """0.1 % off, after 60 s the count of refreshes is 60 ms behind the clock, the clip at most one refresh."""
    true_s = 1.001 / 60
    shown, _ = play(picture_at(25, 1500), period_s=1 / 60, flips=3590, true_period_s=true_s)

    for refresh, frame in shown:
        assert -0.6 / 60 <= refresh * true_s - frame / 25 <= 1 / 25 + 0.6 / 60


def test_jitter_of_time_stamps_changes_nothing() -> None:
    picture = picture_at(Fraction(30000, 1001), 300)
    screens = [Screen("target", (MovingFrame(picture, index),)) for index in range(300)]
    playback = Playback(picture, screens, period_s=1 / 60)
    rng = np.random.default_rng(1)
    frames = []
    for flip in range(600):
        frames.append(playback.next().elements[0].index)  # type: ignore[union-attr]
        late_s = 0.007 if flip % 40 == 20 else rng.uniform(-0.002, 0.002)
        playback.flipped(Tick(Flip(flip, flip / 60 + late_s), 1, ()), flip)

    assert frames == [frame for _, frame in play(picture, period_s=1 / 60, flips=600)[0]]
    assert {late - early for early, late in pairwise(frames)} == {0, 1}
    assert playback.details()["motion"]["skipped"] == []


def test_a_session_plays_a_clip_and_records_its_frames(tmp_path: Path) -> None:
    clip = numbered_clip(tmp_path / "smile.mp4", 30, rate=30)
    still = make_targets(tmp_path / "targets", ("smile",))[0]
    target = replace(still, motion=Motion("clip", clip))
    trial = make_trial(target, 0, target_frames=60, timeout_frames=None, respond_keys=("f12",))
    seen: list[int] = []

    def watch(screen: Screen, flip: Flip) -> bool:
        seen.extend(one.index for one in screen.elements if isinstance(one, MovingFrame))
        return True

    done = run(make_plan(tmp_path, (trial,), targets=(target,)), tmp_path / "data", on_screen=watch, stalls={20: 3})

    assert done.ending == "complete"
    record = done.trial(0).details["motion"]
    assert seen == record["frames"]
    times = next(data["flip_times_s"] for event, data in done.events if event == "trial")
    onset_s = times[record["flips"][0]]
    for frame, flip in zip(record["frames"], record["flips"], strict=True):
        late = dict(record["late"]).get(frame, 0)
        assert times[flip] - onset_s == pytest.approx(frame / 30 + late / 60, abs=1e-6)
    assert record["late"] == [[7, 3]]
    assert record["skipped"] == [8]
