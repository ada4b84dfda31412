"""The display loop: flips, keys, pauses and camera faults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.camera.thread import CameraThread
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.screens.screen import Screen, Text
from experiment.session.display_loop import CAMERA_CHECK_FRAMES, Devices, DisplayLoop, StepInterrupted
from tests.experiment.devices import ClockCamera
from tests.experiment.plans import make_plan
from tests.experiment.session.simulated_run import Run, SlowTextDisplay, run, run_script

BLANK = Screen("blank", ())
PERIOD_S = 1 / 60


def open_loop(
    *, stalls: Mapping[int, int] | None = None, display: type[SimulatedDisplay] = SimulatedDisplay
) -> tuple[DisplayLoop, SimulatedKeyboard]:
    """A loop without a camera; ESC is the pause key."""
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    devices = Devices(display(clock, stalls=stalls), keyboard, clock, None, PERIOD_S)
    return DisplayLoop(devices, pause_key="escape"), keyboard


def test_a_screen_is_held_for_a_number_of_refreshes_missed_ones_included() -> None:
    loop, keyboard = open_loop(stalls={4: 3})
    began_s = loop.clock.now()
    keyboard.press("a", began_s + 0.05)

    presses = loop.hold(BLANK, 12)

    assert loop.clock.now() - began_s == pytest.approx(11 * PERIOD_S)
    assert loop.totals().flips == 12 - 3
    assert [press.key for press in presses] == ["a"]


def test_a_press_before_the_first_flip_or_of_another_key_or_a_repetition_does_not_continue() -> None:
    loop, keyboard = open_loop()
    loop.show(BLANK)
    keyboard.press("space", loop.clock.now() + 0.001)
    keyboard.press("a", loop.clock.now() + 0.1)
    keyboard.press("space", loop.clock.now() + 0.2, is_repeat=True)
    keyboard.press("space", loop.clock.now() + 0.3)
    expected_s = loop.clock.now() + 0.3

    assert loop.wait_for_key(BLANK, "space", "return").time_s == expected_s


def test_waiting_for_a_key_ends_without_one_after_a_number_of_refreshes() -> None:
    loop, _ = open_loop()

    assert loop.wait_for_key_or_timeout(BLANK, "space", frames=30) is None
    assert loop.totals().flips == 30


@pytest.mark.parametrize("key", ["escape", "close-window"])
def test_the_pause_key_interrupts_a_step_but_not_a_pause(key: str) -> None:
    loop, keyboard = open_loop()
    keyboard.press(key, loop.clock.now() + 0.1)
    with loop.uninterruptible():
        loop.hold(BLANK, 30)
    keyboard.press(key, loop.clock.now() + 0.1)

    with pytest.raises(StepInterrupted) as interruption:
        loop.hold(BLANK, 30)

    assert (interruption.value.reason, interruption.value.fault) == ("pause", None)


def test_a_repetition_of_the_pause_key_does_not_interrupt() -> None:
    loop, keyboard = open_loop()
    keyboard.press("escape", loop.clock.now() + 0.1, is_repeat=True)

    loop.hold(BLANK, 30)


def test_late_flips_are_counted_from_the_first_flip_of_the_log() -> None:
    loop, _ = open_loop(stalls={13: 2})
    loop.hold(BLANK, 10)
    loop.start_log()
    loop.hold(BLANK, 10)

    log = loop.take_log()

    assert [(late.index, late.missed) for late in log.late] == [(3, 2)]
    assert (len(log.times_s), log.missed) == (8, 2)
    assert loop.take_log().late == ()


def test_time_spent_on_loading_a_screen_counts_as_no_missed_frame() -> None:
    loop, _ = open_loop(display=SlowTextDisplay)
    loop.show(BLANK)

    loop.show_page(Screen("page", (Text("Welcome"),)))

    assert loop.totals().missed == 0


def test_a_camera_fault_interrupts_within_some_frames() -> None:
    clock = VirtualClock()
    source = ClockCamera(clock)
    camera = CameraThread(source, clock=clock, rate_hz=30)
    loop = DisplayLoop(
        Devices(SimulatedDisplay(clock), SimulatedKeyboard(clock), clock, camera, PERIOD_S), pause_key="escape"
    )
    try:
        loop.hold(BLANK, 30)
        assert loop.camera_works()
        source.gone = (clock.now(), float("inf"))
        gone_s = clock.now()

        with pytest.raises(StepInterrupted) as interruption:
            loop.hold(BLANK, 60)

        assert (interruption.value.reason, interruption.value.fault) == ("camera", "unplugged")
        assert clock.now() - gone_s <= (CAMERA_CHECK_FRAMES + 4) * PERIOD_S
        assert not loop.camera_works()
    finally:
        clock.release()
        camera.close()


@pytest.mark.parametrize("seed", range(3))
def test_stalls_are_attributed_to_their_trial_and_frame(tmp_path: Path, seed: int) -> None:
    """Stalls of 1-10 frames at random flips of the session: all found, none invented, in the right trial."""
    plan = make_plan(tmp_path)
    rng = np.random.default_rng(seed)
    stalls = {int(flip): int(rng.integers(1, 11)) for flip in rng.choice(np.arange(30, 500), 45, replace=False)}

    done = run(plan, tmp_path / "data", stalls=stalls, delay_s=1.5)

    found: dict[int, int] = {}
    for event, data in done.events:
        if event == "trial":
            first = _index_of_first_flip(done, data)
            for frame, missed in data["details"].get("late", []):
                found[first + frame] = missed
    in_trials = {flip: missed for flip, missed in stalls.items() if flip in _flips_of_trials(done)}
    assert found == in_trials
    assert len(in_trials) > 10  # their number depends on the speed of camera and disk
    assert (done.totals.late, done.totals.missed) == (len(stalls), sum(stalls.values()))


def _index_of_first_flip(done: Run, trial: Mapping[str, Any]) -> int:
    return _flip_times(done).index(trial["flip_times_s"][0])


def _flips_of_trials(done: Run) -> set[int]:
    times = _flip_times(done)
    return {times.index(time) for event, data in done.events if event == "trial" for time in data["flip_times_s"]}


def _flip_times(done: Run) -> list[float]:
    return [round(time_s, 6) for time_s in done.participant.flips_s]


def test_setting_a_new_text_makes_no_flip_of_a_pause_late(tmp_path: Path) -> None:
    keyboards: list[SimulatedKeyboard] = []
    pauses: list[Screen] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "target" and not pauses:
            keyboards[0].press("escape", flip.time_s + 0.1)
            return True
        if screen.kind == "pause":
            pauses.append(screen)
            keyboards[0].press(("q", "n", "space")[len(pauses) - 1], flip.time_s + 0.1)
            return True
        return False

    done = run_script(make_plan(tmp_path), tmp_path, script, keyboards, display=SlowTextDisplay)

    assert (done.ending, len(pauses)) == ("complete", 3)
    assert (done.totals.late, done.totals.missed) == (0, 0)
