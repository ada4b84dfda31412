"""Sessions that are killed at random moments, and what must be true afterwards.

``python -m tests.experiment.record.crashes --kills 300`` is the long version of `test_crashes`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from experiment.record.history import History, read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from tests.experiment.clocks import RealClock, SetClock
from tests.experiment.record import helpers
from tests.experiment.record.helpers import SHA256, STEPS, TRIALS


@dataclass(frozen=True)
class Killed:
    """One session that was killed."""

    place: SessionPlace
    acknowledged: tuple[str, ...]
    """Trials of which `flush` had returned."""


def record_and_die(dataset: Path, protocol: Path, participant: str, *, delay_s: float) -> Killed:
    """Record in a process of its own, which is killed after a while (or ends before)."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _session(dataset, protocol, participant, write)
        finally:
            os._exit(0)
    os.close(write)
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        acknowledged = tuple(answer.read().split())
    return Killed(SessionPlace(dataset, participant, None), acknowledged)


def _session(dataset: Path, protocol: Path, participant: str, acknowledge: int) -> None:
    clock = RealClock()
    recorder = Recorder.start(dataset, helpers.header(protocol, participant=participant), clock=clock)
    helpers.record_opening(recorder, clock)
    for trial_id in TRIALS:
        result = helpers.trial(trial_id, onset_s=clock.now())
        assert result.key_time_s is not None
        recorder.trial(result, helpers.captured(result.key_time_s))
        recorder.flush()
        os.write(acknowledge, f"{trial_id} ".encode())
    recorder.close(complete=True)


def check(killed: Killed) -> str:
    """Assert that nothing acknowledged is lost and every picture can be read; says how far the session had come."""
    if not killed.place.begun:
        assert killed.acknowledged == ()
        return "before it began"
    history = read_history(killed.place)
    done = [trial["id"] for trial in history.trials]
    assert done[: len(killed.acknowledged)] == list(killed.acknowledged)
    assert done == list(TRIALS[: len(done)])
    check_pictures(history)
    return "complete" if history.complete else f"after {len(done)} trials"


def check_pictures(history: History) -> None:
    named = [frame for step in (*history.calibrations, *history.trials) for frame in step["frames"]]
    for frame in named:
        stored = cv2.imread(str(history.place.dataset / frame["file"]))
        assert stored is not None
        np.testing.assert_array_equal(stored[..., ::-1], helpers.picture(frame["index"]))
    for stray in history.place.frames.rglob("*.png"):
        if ".partial-" not in str(stray):
            assert cv2.imread(str(stray)) is not None


def go_on(killed: Killed, protocol: Path) -> None:
    """Resume, and finish with the steps that were left, in the order that was planned."""
    clock = SetClock()
    place = killed.place
    if place.begun and read_history(place).complete:
        return
    if place.begun:
        recorder = Recorder.resume(
            place.dataset, place.participant, None, steps=STEPS, protocol_sha256=SHA256, clock=clock
        )
    else:
        recorder = Recorder.start(place.dataset, helpers.header(protocol, participant=place.participant), clock=clock)
    rest = [step for step in STEPS if step not in recorder.finished]
    assert [*recorder.finished, *rest] == list(STEPS)
    for step in rest:
        if step in TRIALS:
            helpers.record_trial(recorder, step, clock)
        else:
            helpers.record_step(recorder, step, clock)
    recorder.close(complete=True)
    history = read_history(place)
    assert history.complete
    assert [trial["id"] for trial in history.trials] == list(TRIALS)
    assert list(place.frames.glob(".partial-*")) == []
    assert not place.lock.exists()
    check_pictures(history)


def session_seconds(folder: Path) -> float:
    """How long one undisturbed session takes here."""
    started = time.monotonic()
    record_and_wait(folder / "data", folder / "protocol")
    return time.monotonic() - started


def record_and_wait(dataset: Path, protocol: Path) -> None:
    child = os.fork()
    if child == 0:
        try:
            _session(dataset, protocol, "00", os.open(os.devnull, os.O_WRONLY))
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def campaign(folder: Path, *, kills: int, seed: int, validate_each: bool) -> Counter[str]:
    """Kill sessions, check and resume them; how far they had come, counted."""
    rng = np.random.default_rng(seed)
    longest_s = 1.1 * session_seconds(folder / "rehearsal")
    counts: Counter[str] = Counter()
    finished: list[Killed] = []
    data, protocol = folder / "data", folder / "protocol"
    for number in range(kills):
        if validate_each:
            data = folder / f"data-{number:03d}"
        killed = record_and_die(data, protocol, f"{number:03d}", delay_s=rng.uniform(0, longest_s))
        counts[check(killed)] += 1
        finished.append(killed)
        if validate_each:
            if killed.place.begun:
                assert_valid(data)
            go_on(killed, protocol)
            assert_valid(data)
            print(f"\r{number + 1} of {kills}", end="", file=sys.stderr)
    if not validate_each:
        assert_valid(data)
        for killed in finished:
            go_on(killed, protocol)
        assert_valid(data)
    return counts


def assert_valid(dataset: Path) -> None:
    errors, _ = helpers.validate(dataset)
    assert errors == []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--validate-each", action="store_true", help="one data set a kill, validated before and after")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = campaign(Path(folder), kills=options.kills, seed=options.seed, validate_each=options.validate_each)
    print(f"\n{options.kills} sessions killed, nothing lost, all resumed to the planned end:", file=sys.stderr)
    for where, count in sorted(counts.items()):
        print(f"  {count:4d} {where}")


if __name__ == "__main__":
    main()
