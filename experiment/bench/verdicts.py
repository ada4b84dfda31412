"""The verdict of the display gate on every kind of display.

Tables of flip times, and simulated displays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiment.bench.result import Result, ResultPart
from experiment.clock import ManualClock
from experiment.display.display_judgement import DisplayFacts
from experiment.display.opening import verify_display
from experiment.display.refresh import RefreshKind, judge_refresh
from experiment.ports.display import Flip
from experiment.protocol.plan import DisplaySettings
from experiment.screens.screen import Screen

Times = NDArray[np.float64]
SEEDS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Flip times and the right verdict on them."""

    name: str
    times_s: Times
    nominal_hz: float
    kind: RefreshKind
    measured_hz: float | None
    """None if the display has no stable rate."""


def vsync(hz: float, *, flips: int = 150, jitter_ms: float = 0.1, seed: int = 0) -> Times:
    """Return flips of a display that refreshes at ``hz``, with jitter.

    Parameters
    ----------
    hz
        Refresh rate.
    flips
        Their number.
    jitter_ms
        Standard deviation.
    seed
        Of the jitter.
    """
    rng = np.random.default_rng(seed)
    return 5.0 + np.arange(flips) / hz + rng.normal(scale=jitter_ms / 1000, size=flips)


def free_running(mean_ms: float, spread_ms: float, *, flips: int = 150, seed: int = 0) -> Times:
    """Return flips that do not wait for the display, at uniform intervals.

    Parameters
    ----------
    mean_ms, spread_ms
        Mean interval, and its largest difference from the mean.
    flips
        Their number.
    seed
        Of the intervals.
    """
    rng = np.random.default_rng(seed)
    times: Times = 5.0 + np.cumsum(rng.uniform(mean_ms - spread_ms, mean_ms + spread_ms, size=flips)) / 1000
    return times


def from_counts(counts: list[int], *, hz: float = 60.0, jitter_ms: float = 0.1) -> Times:
    """Return flips that took ``counts`` refreshes each, with jitter.

    Parameters
    ----------
    counts
        Refreshes of each flip.
    hz
        Refresh rate.
    jitter_ms
        Standard deviation.
    """
    rng = np.random.default_rng(0)
    times: Times = np.cumsum(counts) / hz + rng.normal(scale=jitter_ms / 1000, size=len(counts))
    return times


STEPPED = [1] * 40 + [2] * 40 + [1] * 40
ALTERNATING = [1, 2] * 60
OFTEN_LATE = [2 if index % 10 == 0 else 1 for index in range(120)]
ONE_HICCUP = [1] * 60 + [4] + [1] * 60
BURSTS: Times = np.cumsum([0.001, 0.0323] * 60)
"""A compositor that queues frames: two flips at once, then a pause."""


def cases() -> list[Case]:
    """Return the table of flip times and verdicts."""
    return [
        Case("30 as asked", vsync(30), 30, "locked", 30),
        Case("59.94 is 60", vsync(59.94), 60, "locked", 59.94),
        Case("60", vsync(60), 60, "locked", 60),
        Case("60 with jittering stamps", vsync(60, jitter_ms=0.8), 60, "locked", 60),
        Case("75 as asked", vsync(75), 75, "locked", 75),
        Case("120 as asked", vsync(120), 120, "locked", 120),
        Case("144 as asked", vsync(144), 144, "locked", 144),
        Case("60 with one hiccup", from_counts(ONE_HICCUP), 60, "locked", 60),
        Case("75 instead of 60", vsync(75), 60, "other-rate", 75),
        Case("120 is not taken for 60", vsync(120), 60, "other-rate", 120),
        Case("144 instead of 60", vsync(144), 60, "other-rate", 144),
        Case("60 instead of 120", vsync(60), 120, "halved", 60),
        Case("50 instead of 60", vsync(50), 60, "other-rate", 50),
        Case("59 is not 60", vsync(59), 60, "other-rate", 59),
        Case("halved", vsync(30), 60, "halved", 30),
        Case("halved 59.94", vsync(29.97), 60, "halved", 29.97),
        Case("2000 Hz", vsync(2000, jitter_ms=0.02), 60, "no-vsync", 2000),
        Case("about 2000 Hz", free_running(0.5, 0.05), 60, "no-vsync", 2000),
        Case("none: 2-8 ms", free_running(5, 3), 60, "no-vsync", 200),
        Case("none: about 430 Hz", free_running(2.3, 0.5), 60, "no-vsync", 430),
        Case("jittering", vsync(60, jitter_ms=4), 60, "unstable", None),
        Case("compositor steps to 30 and back", from_counts(STEPPED), 60, "unstable", None),
        Case("compositor drops every third", from_counts(ALTERNATING), 60, "unstable", None),
        Case("mostly halved, then not", from_counts([2] * 80 + [1] * 40), 60, "unstable", None),
        Case("every tenth late", from_counts(OFTEN_LATE), 60, "unstable", None),
        Case("compositor queues frames", BURSTS, 60, "unstable", None),
    ]


def is_right(case: Case) -> bool:
    """Return whether verdict and rate are right.

    The rate may differ by 0.2 % (10 % if flips do not wait).
    """
    verdict = judge_refresh(case.times_s.tolist(), case.nominal_hz)
    if verdict.kind != case.kind:
        return False
    tolerance = 0.1 if case.kind == "no-vsync" else 0.002
    return case.measured_hz is None or abs(verdict.measured_hz / case.measured_hz - 1) <= tolerance


# -- simulated displays on a manual clock, judged by the gate


Wait = Callable[[float, int], float]
"""From the time and the number of a flip to the time at which it returns."""


class FakeDisplay:
    """A display whose flips return when ``wait`` says."""

    def __init__(self, clock: ManualClock, wait: Wait) -> None:
        self._clock, self._wait, self._count = clock, wait, 0
        self.paced_s: float | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return (1440, 900)

    def facts(self) -> DisplayFacts:
        """Return facts of a display that matches the protocol."""
        return DisplayFacts(self.size_px, self.size_px, self.size_px, fullscreen=True, renderer="a graphics card")

    def pace(self, period_s: float) -> None:
        """Note the period of software pacing."""
        self.paced_s = period_s

    def prepare(self, screen: Screen) -> None:
        """Do nothing: there is nothing to load."""

    def warm_up(self, screen: Screen) -> None:
        """Do nothing: there is nothing to draw."""

    def flip(self, screen: Screen) -> Flip:  # noqa: ARG002 (of the port)
        """Return at the time of ``wait``."""
        self._clock.sleep_until(self._wait(self._clock.now(), self._count))
        self._count += 1
        return Flip(self._count - 1, self._clock.now())

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def waits_for(hz: float, rng: np.random.Generator, *, jitter_s: float = 0.0001) -> Wait:
    """Return flips that wait for the next refresh.

    Parameters
    ----------
    hz
        Refresh rate.
    rng
        Of the jitter.
    jitter_s
        Its standard deviation.
    """
    return lambda now_s, _: np.ceil(now_s * hz + 1e-3) / hz + abs(float(rng.normal(scale=jitter_s)))


def draws_in(low_s: float, high_s: float, rng: np.random.Generator) -> Wait:
    """Return flips that do not wait.

    Parameters
    ----------
    low_s, high_s
        Shortest and longest time to draw.
    rng
        Of the times.
    """
    return lambda now_s, _: now_s + float(rng.uniform(low_s, high_s))


def steps(rng: np.random.Generator) -> Wait:
    """Return flips of a compositor that alternates between 60 and 30 Hz."""
    fast, slow = waits_for(60, rng), waits_for(30, rng)
    return lambda now_s, count: (slow if count // 40 % 2 else fast)(now_s, count)


def fake_displays(rng: np.random.Generator) -> dict[str, tuple[Wait, float, str]]:
    """Return by name: how flips wait, the rate of the protocol, the right kind."""
    return {
        "30": (waits_for(30, rng), 30, "locked"),
        "59.94": (waits_for(59.94, rng), 60, "locked"),
        "60": (waits_for(60, rng), 60, "locked"),
        "75": (waits_for(75, rng), 75, "locked"),
        "75 for 60": (waits_for(75, rng), 60, "other-rate"),
        "120": (waits_for(120, rng), 120, "locked"),
        "120 for 60": (waits_for(120, rng), 60, "other-rate"),
        "144": (waits_for(144, rng), 144, "locked"),
        "halved": (waits_for(30, rng), 60, "halved"),
        "none": (draws_in(0.002, 0.008, rng), 60, "no-vsync"),
        "none, even": (draws_in(0.003, 0.0031, rng), 60, "no-vsync"),
        "2000 Hz": (draws_in(0.00049, 0.00051, rng), 60, "no-vsync"),
        "jittering": (waits_for(60, rng, jitter_s=0.007), 60, "unstable"),
        "compositor steps": (steps(rng), 60, "unstable"),
    }


def judge_display(wait: Wait, nominal_hz: float) -> tuple[str, bool]:
    """Return the kind of refresh found, and whether software paces the display."""
    clock = ManualClock()
    display = FakeDisplay(clock, wait)
    settings = DisplaySettings(display.size_px, nominal_hz, 50.0, fullscreen=True, background="black")
    verdict = verify_display(display, settings, clock=clock)
    return verdict.refresh.kind, display.paced_s is not None


def results() -> Iterator[Result]:
    """Yield the results of all cases."""
    part, table = ResultPart("display verdict"), cases()
    wrong = [case.name for case in table if not is_right(case)]
    yield part.require(
        "tables of flip times judged right",
        "all",
        f"{len(table) - len(wrong)} of {len(table)}{': not ' + ', '.join(wrong) if wrong else ''}",
        met=not wrong,
        right=len(table) - len(wrong),
        cases=len(table),
    )
    wrong, tried = [], 0
    for seed in range(SEEDS):
        for name, (wait, nominal_hz, kind) in fake_displays(np.random.default_rng(seed)).items():
            tried += 1
            found, paced = judge_display(wait, nominal_hz)
            if found != kind or paced != (kind == "no-vsync"):
                wrong.append(f"{name} (seed {seed}: {found})")
    yield part.require(
        "displays on a fake clock judged right by the gate",
        "all",
        f"{tried - len(wrong)} of {tried}{': not ' + ', '.join(wrong[:5]) if wrong else ''}",
        met=not wrong,
        right=tried - len(wrong),
        cases=tried,
    )
