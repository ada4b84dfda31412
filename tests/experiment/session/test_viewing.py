"""Trials whose target is only watched: their times, the attention probe, what is recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.protocol.plan import Probe
from experiment.record.bids import session_tables
from experiment.record.session_timing import session_timing
from experiment.record.sessions import session_record
from experiment.screens.screen import Dot, Screen
from tests.experiment.plans import make_plan, make_trial
from tests.experiment.session.simulated_run import Run, run, run_script

PERIOD_S = 1 / 60
VIEWED: dict[str, Any] = {
    "kind": "viewing",
    "fixation_frames": 60,
    "baseline_frames": 30,
    "target_frames": 120,
    "timeout_frames": None,
    "respond_keys": (),
    "probe_key": "space",
}
PROBE = Probe(after_frames=42, duration_frames=12, window_frames=48)


def watch(tmp_path: Path, script: Any = None, *trials: dict[str, Any], **devices: Any) -> Run:
    """Run viewing trials; ``script`` is called with every screen and flip, and the keyboard."""
    plan = make_plan(tmp_path)
    steps = tuple(make_trial(plan.targets[0], index, **VIEWED | more) for index, more in enumerate(trials or ({},)))
    keyboards: list[SimulatedKeyboard] = []

    def each(screen: Screen, flip: Flip) -> bool:
        if script is not None:
            script(screen, flip, keyboards[0])
        return True

    return run_script(replace(plan, steps=steps), tmp_path, each, keyboards, **devices)


def events_of(done: Run) -> list[dict[str, str]]:
    table = next(table for table in session_tables(done.history) if "events" in table.file.name)
    return [dict(zip(table.columns, cells, strict=True)) for cells in table.rows]


def has_dot(screen: Screen) -> bool:
    return any(isinstance(element, Dot) for element in screen.elements)


def at_dot(*delays_s: float) -> Any:
    """A script that presses SPACE at these times from the first flip of the dot."""
    seen: list[Flip] = []

    def script(screen: Screen, flip: Flip, keyboard: SimulatedKeyboard) -> None:
        if has_dot(screen) and not seen:
            seen.append(flip)
            for delay_s in delays_s:
                keyboard.press("space", flip.time_s + delay_s)

    return script


def test_a_viewing_trial_has_a_baseline_an_onset_and_an_offset_at_their_flips(tmp_path: Path) -> None:
    done = watch(tmp_path)

    row = done.trial(0)
    assert (row.kind, row.outcome) == ("viewing", "viewed")
    assert row.fixation_s is not None
    assert row.baseline_s is not None
    assert row.onset_s - row.fixation_s == pytest.approx(60 * PERIOD_S, abs=1e-4)
    assert row.onset_s - row.baseline_s == pytest.approx(30 * PERIOD_S, abs=1e-4)
    assert row.offset_s - row.onset_s == pytest.approx(120 * PERIOD_S, abs=1e-4)
    times = {name: time_s for name, time_s, _ in done.received}
    assert times["target"] - times["baseline"] == pytest.approx(30 * PERIOD_S, abs=1e-4)
    assert times["target-end"] - times["target"] == pytest.approx(120 * PERIOD_S, abs=1e-4)
    assert not {"timeout", "response", "probe"} & set(times)


def test_a_pressed_key_neither_ends_a_viewing_trial_nor_keeps_a_frame(tmp_path: Path) -> None:
    def press(screen: Screen, flip: Flip, keyboard: SimulatedKeyboard) -> None:
        if screen.kind == "target":
            keyboard.press("space", flip.time_s + 0.001)

    row = watch(tmp_path, press, {"probe_key": None}).trial(0)

    assert row.offset_s - row.onset_s == pytest.approx(120 * PERIOD_S, abs=1e-4)
    assert (row.outcome, row.key, row.anchor_s, row.frames, row.probe) == ("viewed", None, None, (), None)
    assert "before_onset_s" not in row.details


def test_a_dot_is_shown_at_its_refresh_for_its_duration(tmp_path: Path) -> None:
    row = watch(tmp_path, None, {"probe": PROBE}).trial(0)

    assert row.probe is not None
    assert row.probe.planned
    assert row.probe.shown_after_s == pytest.approx(42 * PERIOD_S, abs=1e-4)
    assert row.probe.hidden_after_s == pytest.approx(54 * PERIOD_S, abs=1e-4)
    assert row.probe.is_hit is False
    assert row.offset_s - row.onset_s == pytest.approx(120 * PERIOD_S, abs=1e-4)
    assert (row.late_flips, row.missed_frames) == (0, 0)


def test_the_first_press_in_the_window_answers_the_dot_and_others_are_false(tmp_path: Path) -> None:
    done = watch(tmp_path, at_dot(-0.2, 0.3, 0.5), {"probe": PROBE})

    probe = done.trial(0).probe
    assert probe is not None
    assert probe.is_hit
    assert probe.reaction_s == pytest.approx(0.3, abs=1e-4)
    assert list(probe.false_after_s) == pytest.approx([0.7 - 0.2, 0.7 + 0.5], abs=1e-4)
    times = {name: time_s for name, time_s, _ in done.received}
    assert times["probe-response"] - times["probe"] == pytest.approx(0.3, abs=1e-4)


@pytest.mark.parametrize(("delay_s", "is_hit"), [(0.79, True), (0.81, False)])
def test_a_press_after_the_window_of_48_refreshes_is_a_miss(tmp_path: Path, delay_s: float, *, is_hit: bool) -> None:
    probe = watch(tmp_path, at_dot(delay_s), {"probe": PROBE}).trial(0).probe

    assert probe is not None
    assert probe.is_hit is is_hit
    assert len(probe.false_after_s) == (0 if is_hit else 1)


def test_presses_in_a_trial_without_a_dot_are_false_until_the_end_of_the_target(tmp_path: Path) -> None:
    pressed: list[str] = []

    def press(screen: Screen, flip: Flip, keyboard: SimulatedKeyboard) -> None:
        if screen.kind in ("fixation", "target", "blank") and screen.kind not in pressed:
            pressed.append(screen.kind)
            keyboard.press("space", flip.time_s + 0.004)

    probe = watch(tmp_path, press, {}).trial(0).probe

    assert probe is not None
    assert (probe.planned, probe.is_hit) == (False, None)
    assert list(probe.false_after_s) == pytest.approx([-1 + 0.004, 0.004], abs=1e-3)


def test_missed_refreshes_shorten_nothing_and_move_no_later_time(tmp_path: Path) -> None:
    """Ten refreshes are missed while the target is shown, and the dot still comes at its refresh."""
    row = watch(tmp_path, None, {"probe": PROBE}, stalls={80: 10}).trial(0)

    assert row.missed_frames == 10
    assert row.probe is not None
    assert row.probe.shown_after_s == pytest.approx(42 * PERIOD_S, abs=1e-4)
    assert row.offset_s - row.onset_s == pytest.approx(120 * PERIOD_S, abs=1e-4)


def test_a_paused_viewing_trial_is_aborted_and_shown_again(tmp_path: Path) -> None:
    paused: list[Flip] = []

    def pause(screen: Screen, flip: Flip, keyboard: SimulatedKeyboard) -> None:
        if screen.kind == "target" and not paused:
            paused.append(flip)
            keyboard.press("escape", flip.time_s + 0.1)
        elif screen.kind == "pause":
            keyboard.press("space", flip.time_s + 0.01)

    done = watch(tmp_path, pause, {"probe": PROBE})

    assert [trial.outcome for trial in done.history.trials] == ["aborted", "viewed"]
    first = done.trial(0).probe
    assert first is not None
    assert (first.planned, first.shown_after_s, first.is_hit) == (True, None, None)
    assert done.ending == "complete"


def test_events_have_the_times_and_the_probe_of_viewing_trials(tmp_path: Path) -> None:
    done = watch(tmp_path, at_dot(0.3), {"probe": PROBE}, {})

    first, second = events_of(done)
    assert (first["kind"], first["outcome"], first["filmed"]) == ("viewing", "viewed", "no")
    assert float(first["onset"]) - float(first["baseline_onset"]) == pytest.approx(0.5, abs=1e-4)
    assert float(first["target_end"]) == pytest.approx(float(first["onset"]) + float(first["duration"]), abs=1e-5)
    assert (first["probe"], first["probe_outcome"], first["probe_false_presses"]) == ("yes", "hit", "0")
    assert float(first["probe_onset"]) - float(first["onset"]) == pytest.approx(0.7, abs=1e-4)
    assert float(first["probe_response_time"]) == pytest.approx(0.3, abs=1e-4)
    assert float(first["probe_duration"]) == pytest.approx(0.2, abs=1e-4)
    assert (second["probe"], second["probe_onset"], second["probe_outcome"]) == ("no", "n/a", "n/a")
    assert first["response_time"] == first["frame_file"] == "n/a"


def test_a_session_without_viewing_trials_has_no_such_columns(tmp_path: Path) -> None:
    done = run(make_plan(tmp_path), tmp_path / "data")

    rows = events_of(done)
    assert not {name for name in rows[0] if "probe" in name or "baseline" in name or name == "filmed"}


def test_timing_counts_probes_and_no_time_out(tmp_path: Path) -> None:
    done = watch(tmp_path, at_dot(0.3), {"probe": PROBE}, {"probe": replace(PROBE, after_frames=30)}, {})

    timing = session_timing(done.history.place)
    assert timing.sentences() == [
        "timing: 3 of 3 trials pass",
        "  3 viewing trials were watched, not imitated: none filmed",
        "  attention probes: 1 of 2 answered in time (50%), median reaction time 300 ms; 0 other presses of the key",
    ]


def test_the_analysis_reads_baseline_and_probe(tmp_path: Path) -> None:
    done = watch(tmp_path, at_dot(0.3), {"probe": PROBE})

    record = session_record(done.history)
    trial = record.trials[0]
    assert trial.baseline_s == pytest.approx(trial.onset_s - 0.5, abs=1e-4)
    assert trial.probe is not None
    assert trial.probe.reaction_s == pytest.approx(0.3, abs=1e-4)
    assert trial.filmed is False


def test_a_viewing_trial_whose_line_was_changed_is_not_counted(tmp_path: Path) -> None:
    done = watch(tmp_path, at_dot(0.3), {"probe": PROBE}, {"probe": PROBE})
    place = done.history.place
    lines = place.journal.read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if '"event":"trial"' in line)
    lines[at] = lines[at].replace('"late_flips":0', '"late_flips":1')
    place.journal.write_text("".join(lines))

    sentences = session_timing(place).sentences()

    assert "  1 viewing trial was watched, not imitated: none filmed" in sentences
    assert "  1 viewing trial was not counted, because of changed lines in the journal" in sentences
    assert any("attention probes: 0 of 1 answered" in sentence for sentence in sentences)
