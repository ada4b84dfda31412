"""``scripts/bench courses``: speed of measuring films, by parts."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from analysis.courses.bench.drawn_film import draw_film
from analysis.courses.bench.film_speed import FilmSpeed, measure_film_speed
from analysis.face.bench.machine import machine_facts
from analysis.face.models.registry import load_model
from analysis.terminal import progress

SIZES = {(640, 480): 150.0, (1280, 720): 60.0}
"""Size of the film, and the frames a second that one core has to measure."""
_SEED = 16


def table_lines(speeds: list[FilmSpeed]) -> list[str]:
    """Return a Markdown table of results."""
    rows = [
        "| film | decoding | search | landmarks | fits | all | frames/s | required | singly: landmarks, fits |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in speeds:
        cells = (one.decode_ms, one.search_ms, one.landmarks_ms, one.fit_ms, one.whole_ms)
        width, height = one.size_px
        rows.append(
            f"| {width}x{height}, {one.frames} frames | {' | '.join(f'{value:.2f}' for value in cells)} "
            f"| {one.frames_per_s:.0f} | {SIZES.get(one.size_px, 0.0):.0f} "
            f"| {one.single_landmarks_ms:.2f}, {one.single_fit_ms:.2f} |"
        )
    return rows


def main() -> int:
    """Measure and print; return 1 if a required speed is not reached."""
    parser = argparse.ArgumentParser(prog="scripts/bench courses", description=__doc__)
    parser.add_argument("--frames", metavar="N", type=int, default=150, help="frames of each drawn film (150)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    given = parser.parse_args()
    if given.frames < 30:
        parser.error("--frames: a film of at least 30 frames is needed")
    model, speeds = load_model(), []
    with tempfile.TemporaryDirectory(prefix="mimicry-speed-") as folder:
        for size_px in progress(list(SIZES), total=len(SIZES), title="Drawing and measuring films"):
            place = Path(folder) / f"{size_px[0]}"
            place.mkdir()
            film = draw_film(place, model, size_px=size_px, frames=given.frames, seed=_SEED)
            speeds.append(measure_film_speed(film, model))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if given.json:
        facts = {"machine": machine_facts(), "peak_mb": peak_mb, "films": [asdict(one) for one in speeds]}
        print(json.dumps(facts, indent=2))
    else:
        machine = ", ".join(f"{name} {value}" for name, value in machine_facts().items())
        print("\n".join(["Milliseconds of processor time a frame.", "", *table_lines(speeds), "", machine]))
    return int(any(one.frames_per_s < SIZES[one.size_px] for one in speeds))


if __name__ == "__main__":
    sys.exit(main())
