"""Durations, frames and disk space of a study, computed by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from experiment.protocol.estimates.assumptions import RATING_S, RESPONSE_S, UNLIMITED_S, reading_s
from experiment.protocol.estimates.description import describe, description_json, duration
from experiment.protocol.estimates.sessions import SessionEstimate, estimate_sessions
from experiment.protocol.load import Protocol
from experiment.protocol.trials.trial_lists import drafts
from tests.experiment.protocol.conftest import folder, load

__all__ = ["folder", "load"]
Load = Callable[..., Protocol]


def estimates(protocol: Protocol) -> tuple[SessionEstimate, ...]:
    return estimate_sessions(protocol.content, lambda block: drafts(block, protocol.tables))


def test_times_of_trials_follow_from_fixation_response_limit_and_blank(load: Load) -> None:
    """Three trials: 0.5 to 1 s of fixation, 2 s of blank, at most 20 s for the response."""
    more = "timing: {fixation: {from: 0.5 s, to: 1 s}, timeout: 20 s, inter_trial: 2 s}\n"
    protocol = load("  - {name: main, kind: experiment, trials: [anger], repetitions: 3}\n", more=more)

    (one,) = estimates(protocol)

    assert one.times.shortest == pytest.approx(3 * 2.5)
    assert one.times.expected == pytest.approx(3 * (0.75 + RESPONSE_S + 2))
    assert one.times.longest == pytest.approx(3 * (1 + 20 + 2))
    assert (one.trials, one.kept_frames) == (3, 3 * 21)
    assert one.frame_bytes == 3 * 21 * 1280 * 720 * 2


def test_a_response_without_limit_takes_a_minute_at_most(load: Load) -> None:
    more = "timing: {fixation: 0 frames, timeout: until-response, inter_trial: 0 frames}\n"
    protocol = load("  - {name: main, kind: experiment, trials: [anger]}\n", more=more)

    (one,) = estimates(protocol)

    assert one.times.longest == UNLIMITED_S


def test_a_response_is_not_expected_after_its_limit(load: Load) -> None:
    more = "timing: {fixation: 0 frames, timeout: 2 s, inter_trial: 0 frames}\n"
    protocol = load("  - {name: main, kind: experiment, trials: [anger]}\n", more=more)

    assert estimates(protocol)[0].times.expected == 2


def test_watched_targets_take_their_time_and_no_frames_are_kept(load: Load) -> None:
    more = "timing: {fixation: 1 s, inter_trial: 1 s}\n"
    block = "  - {name: w, kind: viewing, trials: [anger, fear], timing: {target: 4 s}, film: true}\n"
    (one,) = estimates(load(block, more=more))

    assert (one.times.shortest, one.times.expected, one.times.longest) == (12, 12, 12)
    assert (one.kept_frames, one.filmed_s) == (0, 12)
    assert one.film_bytes == int(12 * 30 * 1280 * 720 * 0.15)


def test_rests_ratings_and_rounds_are_counted(load: Load) -> None:
    """Four trials, a rest after two, none at the end; ratings have no limit."""
    more = (
        "timing: {fixation: 0 frames, timeout: 1 s, inter_trial: 0 frames}\n"
        "ratings: {felt: {question: How?, points: 5, low: bad, high: good}}\n"
    )
    rests = "  - {name: main, kind: experiment, trials: [anger], repetitions: 4, rest: {every: 2, shortest: 60 s}}\n"
    rated = "  - {name: rated, kind: experiment, trials: [anger], ratings: [felt]}\n"
    rounds = "  - {name: rounds, kind: practice, trials: [fear], repeat_until: {at_most: 3}}\n"

    (one,) = estimates(load(rests + rated + rounds, more=more))
    main, scale, practice = one.blocks

    assert main.times.shortest == 60
    assert main.times.expected == 4 * 1 + 60
    assert scale.times.expected == 1 + RATING_S
    assert (practice.trials, practice.most_trials, practice.kept_frames) == (1, 3, 3 * 21)
    assert (practice.times.expected, practice.times.longest) == (2, 3)


def test_exercises_count_every_repetition_and_the_rests_between_sets(load: Load) -> None:
    """Two targets, two sets of three holds of 4 s; a rest of 30 s after each set but the last."""
    more = "timing: {fixation: 0 frames, timeout: 10 s, inter_trial: 0 frames}\n"
    block = (
        "  - {name: gym, kind: training, trials: [anger, fear], hold: {time: 4 s},"
        " exercise: {sets: 2, repetitions: 3, rest: 30 s}}\n"
    )

    (one,) = estimates(load(block, more=more))

    assert one.trials == 12
    assert one.times.expected == 12 * 4 + 3 * 30
    assert one.blocks[0].conditions == {"anger": 6, "fear": 6}


def test_every_session_and_group_has_its_own_blocks(load: Load) -> None:
    more = "sessions: [pre, post]\ngroups: {feedback: [live, none]}\n"
    blocks = (
        "  - {name: test, kind: experiment, trials: [anger, fear]}\n"
        "  - {name: live, kind: training, trials: [anger], feedback: true, only_for: {feedback: live},"
        " sessions: [pre]}\n"
    )

    found = {(one.session, one.group["feedback"]): one.trials for one in estimates(load(blocks, more=more))}

    assert found == {("pre", "live"): 3, ("pre", "none"): 2, ("post", "live"): 2, ("post", "none"): 2}


def test_the_description_names_blocks_totals_and_trials_per_condition(load: Load) -> None:
    more = "groups: {feedback: [live, none]}\ntiming: {fixation: 0 frames, timeout: 60 s, inter_trial: 0 frames}\n"
    blocks = (
        "  - {name: main, kind: experiment, repetitions: 2,"
        " trials: {cross: {emotion: [anger, fear], gaze: [left, right]}, target: '{emotion}'}}\n"
        "  - {name: live, kind: training, trials: [anger], feedback: true, only_for: {feedback: live}}\n"
    )
    lines = list(describe(estimates(load(blocks, more=more))))

    assert lines[:4] == [
        "session",
        "  block                 kind        trials  shortest  expected  longest  frames",
        "  main                  experiment       8       0 s      40 s    8 min     168",
        "  live (feedback live)  training         1       0 s       5 s    1 min      21",
    ]
    assert lines[4].startswith(
        "  feedback live: 45 s (shortest 0 s, longest 9 min), 9 trials, at most 189 camera frames"
    )
    assert lines[5].startswith("  feedback none: 40 s")
    assert "  trials of main: 2 for each of anger, left; anger, right; fear, left; fear, right" in lines


def test_the_description_as_json_has_seconds_and_bytes(load: Load) -> None:
    protocol = load("  - {name: main, kind: experiment, trials: [anger, fear]}\n")

    (one,) = description_json(estimates(protocol))

    assert one["trials"] == 2
    assert one["kept_frames"] == 42
    assert one["disk_bytes"] == 42 * 1280 * 720 * 2
    assert one["blocks"][0]["conditions"] == {"anger": 1, "fear": 1}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3599.7, "1 h"), (3660, "1 h 1 min"), (7200, "2 h")],
)
def test_durations_are_rounded_once(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_japanese_signs_take_longer_to_read_than_letters() -> None:
    assert reading_s("a" * 150) == pytest.approx(10)
    assert reading_s("表" * 60) == pytest.approx(10)
    assert reading_s("") == 2
