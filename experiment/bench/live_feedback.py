"""Measure live feedback on this machine.

``python -m experiment.bench.live_feedback``.

A whole session in the real window, with the real camera thread, measuring process and recorder; only the camera is a
clip of a drawn face. Exit status 1 if a requirement is not met. `scripts/bench training` runs it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.bench.live_late import late_results
from experiment.bench.live_results import SLOW_S, live_results, memory_results, trainee_results, waiting_results
from experiment.bench.live_session import TRIAL_S, draw_clip, run_live_session
from experiment.bench.result import Result, counter, print_results
from experiment.bench.turns import LEAST_TURNS, MOST_TURNS
from experiment.protocol.live_metrics import DEFAULT_LIVE_METRIC, LIVE_METRICS


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/bench training", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of live feedback; default 60")
    parser.add_argument("--minutes", type=float, help="the same in minutes; from 5 on, memory is judged as well")
    parser.add_argument("--trainees", type=int, default=50, help="simulated trainees, 0 for none; default 50")
    parser.add_argument("--seed", type=int, default=0, help="of the first trainee; default 0")
    parser.add_argument(
        "--metric", choices=LIVE_METRICS, default=DEFAULT_LIVE_METRIC, help="similarity of the trainees"
    )
    parser.add_argument("--no-window", action="store_true", help="the trainees only")
    parser.add_argument(
        "--turns",
        type=int,
        metavar="N",
        help=f"only count late flips of N sessions with and N without the measurement, by turns; {LEAST_TURNS} to "
        f"{MOST_TURNS} decide",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    given = parser.parse_args()
    if given.turns is not None and not 1 <= given.turns <= MOST_TURNS:
        parser.error(f"--turns is {given.turns}; give a number from 1 to {MOST_TURNS}")
    model = load_model()
    if given.turns is not None:
        with tempfile.TemporaryDirectory(prefix="mimicry-bench-") as folder:
            on_turn = counter(given.turns, "turns")
            return print_results(
                list(late_results(model, Path(folder), turns=given.turns, on_turn=on_turn)), as_json=given.json
            )
    found: list[Result] = []
    if not given.no_window:
        found += _window_results(model, seconds=given.seconds if given.minutes is None else 60.0 * given.minutes)
    if given.trainees:
        print(f"practising with {given.trainees} trainees ...", file=sys.stderr)
        found += trainee_results(model, runs=given.trainees, seed=given.seed, metric=given.metric)
    return print_results(found, as_json=given.json)


def _window_results(model: FaceModel, *, seconds: float) -> Iterator[Result]:
    clip = draw_clip(model)
    with tempfile.TemporaryDirectory(prefix="mimicry-bench-") as folder:
        print(f"measuring live feedback for {seconds:.0f} s ...", file=sys.stderr)
        usual = run_live_session(clip, Path(folder) / "live", seconds=seconds)
        yield from live_results(usual)
        yield from memory_results(usual, seconds=seconds)
        print("measuring with slow measurements ...", file=sys.stderr)
        slow = run_live_session(clip, Path(folder) / "slow", seconds=TRIAL_S, slow_s=SLOW_S)
        yield from waiting_results(usual, slow)


if __name__ == "__main__":
    sys.exit(main())
