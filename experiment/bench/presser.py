"""Press SPACE at random times, in a process of its own.

``python -m experiment.bench.presser DISPLAY COUNT SEED``.

Prints one line per press: two times (`time.monotonic`) between which the key went down, and how long it was held.
"""

from __future__ import annotations

import random
import sys
import time

from experiment.bench.xtest import XTest

GAP_S = (0.06, 0.25)
"""Shortest and longest time from release to the next press."""
HELD_S = (0.02, 0.08)
LONG_S = 1.2
"""How long every fiftieth key is held; the system repeats it."""
LONG_EVERY = 50


def main() -> None:
    """Press the keys."""
    display, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    keys = XTest(display)
    for number in range(1, count + 1):
        time.sleep(rng.uniform(*GAP_S))
        held_s = LONG_S if number % LONG_EVERY == 0 else rng.uniform(*HELD_S)
        before_s, after_s = keys.press("space", held_s=held_s)
        print(f"{before_s!r} {after_s!r} {held_s!r}", flush=True)
    keys.close()


if __name__ == "__main__":
    main()
