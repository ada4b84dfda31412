"""Compare late flips of a recorded session with those of a bare loop.

Both take turns in the same window: session, bare loop, session, bare loop, ... The session has a camera at 30 frames a
second, reads its keyboard, follows the times of the published study and keeps 21 pictures of 1280x720 per key press.
The bare loop only flips through the screens that the session has shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiment.bench.result import Result, ResultPart
from experiment.bench.small_session import ScriptedParticipant, plan_of
from experiment.bench.window_session import TwoKeyboards, WindowProtocol, missing_window, write_clip
from experiment.camera.sources import open_camera
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.display.pacing import FrameLedger
from experiment.display.simulated import SimulatedKeyboard
from experiment.lab.live.publisher import LivePublisher
from experiment.lab.session_options import OpenDevices, Options
from experiment.lab.session_setup import record_session
from experiment.lab.thread_priority import prioritise_drawing
from experiment.ports.display import Flip, ScreenObserver
from experiment.record.journal_lines import TrialLine, read_lines
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen

PART = ResultPart("late frames")
LONGEST_RATIO = 1.2
ANSWER_S = (1.5, 3.0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Flips of one or more turns."""

    flips: int
    late: int
    missed: int
    intervals_ms: NDArray[np.float64]
    late_in_trials: int = 0
    """Late flips during trials; the others came between trials, when pictures are written."""

    @property
    def seconds(self) -> float:
        """Duration."""
        return float(self.intervals_ms.sum()) / 1000


def join(stretches: list[Stretch]) -> Stretch:
    """Return several turns as one stretch."""
    return Stretch(
        sum(one.flips for one in stretches),
        sum(one.late for one in stretches),
        sum(one.missed for one in stretches),
        np.concatenate([one.intervals_ms for one in stretches]),
        sum(one.late_in_trials for one in stretches),
    )


class Watcher:
    """Passes screens on to the present observers, and keeps them for the bare loop."""

    def __init__(self) -> None:
        self.observers: tuple[ScreenObserver, ...] = ()
        self.shown: list[tuple[Screen, int]] = []
        """Screens in order, with their number of flips."""
        self.times_s: list[float] = []

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Keep the screen and pass it on."""
        if self.shown and self.shown[-1][0] == screen:
            self.shown[-1] = (screen, self.shown[-1][1] + 1)
        else:
            self.shown.append((screen, 1))
        self.times_s.append(flip.time_s)
        for observer in self.observers:
            observer.on_flip(screen, flip)

    def begin(self, *observers: ScreenObserver) -> None:
        """Start again with these observers."""
        self.observers, self.shown, self.times_s = observers, [], []


class Window:
    """A window in which sessions and bare loops take turns.

    Parameters
    ----------
    folder
        For protocol, clip and data sets.
    trials
        Of each session.

    Attributes
    ----------
    protocol : Path
        File of the protocol of all sessions.
    """

    def __init__(self, folder: Path, *, trials: int) -> None:
        self._folder = folder
        self._clip = write_clip(folder)
        self.protocol = WindowProtocol(max(1, trials // 6)).write(folder / "protocol")
        self._plan = plan_of(self.protocol, "01", seed=1)
        self._clock = MonotonicClock()
        self._watcher = Watcher()
        self._opened = open_display(self._plan.display, clock=self._clock, windowed=False, observers=(self._watcher,))
        self._count = 0

    @property
    def verdict(self) -> str:
        """The display gate's verdict."""
        return self._opened.verdict.word

    @property
    def next_place(self) -> SessionPlace:
        """Where the next session is recorded."""
        return SessionPlace(self._folder / "data", f"{self._count + 1:02d}", None)

    def session(
        self,
        *observers: ScreenObserver,
        film: bool = False,
        live: LivePublisher | None = None,
        check_faces: bool = False,
    ) -> Stretch:
        """Run and record one session.

        Parameters
        ----------
        *observers
            Of the screens.
        film
            Whether the whole session is filmed.
        live
            Publishes the session.
        check_faces
            Whether a process checks the faces of kept frames, as in real sessions.
        """
        place = self.next_place
        self._count += 1
        keyboard = SimulatedKeyboard(self._clock)
        rng = np.random.default_rng(self._count)
        self._watcher.begin(ScriptedParticipant(keyboard, rng, answer_s=ANSWER_S), *observers)
        camera = replace(self._plan.camera, film=film)
        plan = replace(self._plan, participant=place.participant, camera=camera)
        report = record_session(
            plan,
            self._folder / "data",
            Options(camera=str(self._clip), pilot=True),
            devices=OpenDevices(
                self._clock,
                replace(self._opened, keyboard=TwoKeyboards(self._opened.keyboard, keyboard)),
                open_camera(
                    str(self._clip), clock=self._clock, size_px=plan.camera.size_px, rate_hz=plan.camera.rate_hz
                ),
                live=live,
                check_faces=check_faces,
            ),
        )
        totals = report.totals
        trials = read_lines(place.journal, TrialLine)
        intervals = np.concatenate([np.diff(trial.flip_times_s) for trial in trials])
        in_trials = sum(trial.late_flips for trial in trials)
        return Stretch(totals.flips, totals.late, totals.missed, 1000 * intervals, in_trials)

    def bare(self) -> Stretch:
        """Show the screens of the last session again, at the same priority."""
        script = list(self._watcher.shown)
        self._watcher.begin()
        display, ledger = self._opened.display, FrameLedger(self._opened.verdict.period_s)
        flips, times_s = 0, []
        with prioritise_drawing(real_time=self._opened.yields_processor):
            for screen, count in script:
                for _ in range(count):
                    flip = display.flip(screen)
                    ledger.add(flip)
                    times_s.append(flip.time_s)
                    flips += 1
        return Stretch(flips, ledger.total_late, ledger.total_missed, 1000 * np.diff(times_s))

    def close(self) -> None:
        """Close the window."""
        self._opened.close()


def results(
    folder: Path, *, turns: int, trials: int, on_turn: Callable[[int], None] = lambda _: None
) -> Iterator[Result]:
    """Take turns and yield the comparison.

    Parameters
    ----------
    folder
        For data sets.
    turns
        Of a session and a bare loop.
    trials
        Of each session.
    on_turn
        Called with the number of completed turns.
    """
    reason = missing_window()
    if reason:
        yield PART.skip("sessions against bare loops", reason)
        return
    window = Window(folder, trials=trials)
    sessions, bares = [], []
    try:
        verdict = window.verdict
        for turn in range(1, turns + 1):
            sessions.append(window.session())
            bares.append(window.bare())
            on_turn(turn)
    finally:
        window.close()
    yield from compare(join(sessions), join(bares), verdict=verdict, turns=turns)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rates of late flips, and how certain their ratio is.

    If every flip is late with the same probability, the number of late flips in sessions, given the total, is binomial
    [1]_.

    References
    ----------
    .. [1] Przyborowski & Wilenski (1940), Homogeneity of results in testing samples from Poisson series.
    """

    ratio: float
    """Share of late flips in sessions over that in bare loops; infinite if only sessions have any, 1 if neither has."""
    lowest: float
    """Exact 95 % interval of the ratio (Clopper and Pearson, of the binomial share)."""
    highest: float
    by_chance: float
    """Probability of so many late flips in sessions, or more, with equal rates."""


def compare_rates(session: Stretch, bare: Stretch) -> Comparison:
    """Return the comparison of the rates of late flips."""
    late, flips = session.late + bare.late, session.flips + bare.flips
    if late == 0:
        return Comparison(1.0, 0.0, float("inf"), 1.0)
    ratio = session.late / session.flips / (bare.late / bare.flips) if bare.late else float("inf")
    test = stats.binomtest(session.late, late, session.flips / flips, alternative="greater")
    interval = stats.binomtest(session.late, late).proportion_ci(0.95, method="exact")
    lowest, highest = (
        share / (1 - share) * bare.flips / session.flips if share < 1 else float("inf")
        for share in (interval.low, interval.high)
    )
    return Comparison(ratio, lowest, highest, float(test.pvalue))


def compare(session: Stretch, bare: Stretch, *, verdict: str, turns: int) -> Iterator[Result]:
    """Yield the comparison.

    The limit of the ratio applies also where chance can explain it.

    Parameters
    ----------
    session, bare
        All flips of sessions and of bare loops.
    verdict
        The display gate's.
    turns
        Of each kind.
    """
    rates = compare_rates(session, bare)
    ratio = rates.ratio
    yield PART.require(
        f"late flips of sessions against bare loops, {turns} turns each, display {verdict}",
        f"ratio at most {LONGEST_RATIO}",
        f"{session.late} of {session.flips} against {bare.late} of {bare.flips}, ratio {ratio:.2f}",
        met=ratio <= LONGEST_RATIO,
        late=session.late,
        flips=session.flips,
        late_bare=bare.late,
        flips_bare=bare.flips,
        ratio=round(ratio, 4) if np.isfinite(ratio) else "infinite",
    )
    if session.late + bare.late:
        certainty = (
            f"95 % interval {rates.lowest:.2f} to {rates.highest:.2f}; with equal rates, so many or more "
            f"would be in sessions in {rates.by_chance:.1%} of such measurements"
        )
    else:
        certainty = f"none was late: in sessions fewer than one in {session.flips / -np.log(0.05):.0f}, 95 % sure"
    yield PART.note(
        "certainty of the ratio",
        certainty,
        lowest=round(rates.lowest, 4),
        highest=round(rates.highest, 4) if np.isfinite(rates.highest) else "infinite",
        by_chance=round(rates.by_chance, 6),
    )
    missed, bare_missed = session.missed / session.flips, bare.missed / bare.flips
    yield PART.require(
        "missed frames",
        "not more than in the bare loop",
        f"{session.missed} against {bare.missed}",
        met=missed <= bare_missed,
        missed=session.missed,
        missed_bare=bare.missed,
    )
    yield PART.note(
        "late flips of sessions during trials",
        f"{session.late_in_trials} of {session.late}; the others came between trials, when pictures are written",
        late_in_trials=session.late_in_trials,
    )
    for name, one in (("session", session), ("bare loop", bare)):
        spread = one.intervals_ms
        yield PART.note(
            f"time between flips, {name}",
            f"mean {spread.mean():.3f} ms, standard deviation {spread.std():.3f}, 99.9 % below "
            f"{np.quantile(spread, 0.999):.2f}, longest {spread.max():.2f}",
            sd_ms=round(float(spread.std()), 4),
            longest_ms=round(float(spread.max()), 3),
        )
