"""Choose one stable hint; suspend hints that did not help.

`experiment.feedback.hint_forecast` forecasts what a hint does to the similarity. A forecast may be wrong for a face:
the similarity while a hint is shown decides whether it comes again, and whether its opposite is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.face.arrays import FloatArray
from experiment.feedback.hint_forecast import SMALLEST_DIFFERENCE, Direction, Hint

SMALLEST_GAIN = 0.005
"""Gain in similarity below which a hint is not worth a sentence."""
_ONE_SIDE = 1.25
"""A hint for one side must forecast so many times the gain of both sides: few people can move one side alone."""
SHOWN_S = 3.0
"""Shortest time a hint is shown, fulfilled or not."""
PAUSE_S = 1.0
"""Shortest time without a hint, after one that no other follows."""
READ_S = 1.5
"""Time to read a hint and start; earlier changes of the similarity have other reasons."""
TRIED_S = 3.5
"""Time to read a hint, follow it, and see the result."""
SUSPENDED_S = 20.0
"""How long a hint that did not help is not shown."""
RISE, DROP = 0.015, -0.035
"""Change of the similarity since a hint came that shows that it helped, or did harm."""
DROPPED_FOR_S = 0.6
"""How long a drop must last: the landmarks of single frames can be wrong."""
FOLLOWED = SMALLEST_DIFFERENCE
"""Measured change of the movement, in the hint's direction, that shows that the trainee followed it."""


def useful_hints(gains: FloatArray, hints: Sequence[Hint]) -> tuple[Hint, ...]:
    """Return the hints worth showing, one per movement and side, best first.

    Parameters
    ----------
    gains : (H,) float array
        Forecast gain in similarity of each hint.
    hints : sequence of H hints
        From `hint_forecast.possible_hints`.
    """
    best: dict[tuple[str, str], tuple[float, Hint]] = {}
    for hint, gain in zip(hints, gains.tolist(), strict=True):
        weighted, request = gain / (_ONE_SIDE if hint.side else 1.0), (hint.movement, hint.side)
        if weighted >= SMALLEST_GAIN and (request not in best or weighted > best[request][0]):
            best[request] = (weighted, hint)
    return tuple(hint for _, hint in sorted(best.values(), key=lambda pair: -pair[0]))


@dataclass(frozen=True, slots=True, eq=False)
class TraineeState:
    """The trainee's face when a hint is chosen."""

    time_s: float
    similarity: float
    """Smoothed."""
    intensities: Mapping[str, float]
    """Smoothed strengths of the units."""

    def strength(self, hint: Hint) -> float:
        """Return the mean strength of the units of a hint."""
        return sum(self.intensities[unit] for unit in hint.units) / len(hint.units)

    def room(self, hint: Hint) -> float:
        """Return how far the movement of a hint can still go in its direction."""
        strength = self.strength(hint)
        return 1.0 - strength if hint.amount > 0 else strength


@dataclass(frozen=True, slots=True)
class HintState:
    """The chosen hint, since when, and the suspended hints."""

    hint: Hint | None = None
    since_s: float = float("-inf")
    """Minus infinity: no choice was made yet."""
    similarity: float = 0.0
    """When the hint came."""
    strength: float = 0.0
    """Of the units of the hint, on average, when it came."""
    restore: float | None = None
    """Similarity before the harmful hint, if this hint reverses it."""
    dropped_since_s: float | None = None
    """Since when the similarity has been lower than when the hint came."""
    is_fulfilled: bool = False
    """The trainee has followed it and it forecasts no gain any more; it is shown as done until its time is over."""
    suspended: tuple[tuple[Direction, float], ...] = ()
    """Directions that did not help, and the time until which they are not shown."""

    @property
    def asked(self) -> Hint | None:
        """The hint that is still to be followed."""
        return None if self.is_fulfilled else self.hint

    def best(self, useful: Sequence[Hint]) -> Hint | None:
        """Return the first hint that is not suspended."""
        suspended = {direction for direction, _ in self.suspended}
        return next((hint for hint in useful if hint.direction not in suspended), None)

    def switch(self, hint: Hint | None, now: TraineeState, *, restore: float | None = None) -> HintState:
        """Return the state with another hint, from now on.

        Parameters
        ----------
        hint
            What to show; None for nothing.
        now
            The trainee's face now.
        restore
            Similarity to return to, if the hint reverses a harmful one.
        """
        strength = 0.0 if hint is None else now.strength(hint)
        return HintState(hint, now.time_s, now.similarity, strength, restore, suspended=self.suspended)

    def suspend(self, until_s: float, *hints: Hint) -> HintState:
        """Return the state with these hints suspended until ``until_s``."""
        return replace(self, suspended=(*self.suspended, *((hint.direction, until_s) for hint in hints)))

    def reset(self) -> HintState:
        """Return a state without a choice, as when a trial begins.

        Suspended hints stay suspended.
        """
        return HintState(suspended=self.suspended)


def next_hint(state: HintState, useful: Sequence[Hint], now: TraineeState) -> HintState:
    """Choose the hint to show now.

    A hint stays for `SHOWN_S`, in the same words; if the trainee has followed it earlier, it is fulfilled. Afterwards
    it gives way if it is fulfilled or useless. A useful one stays until there was time to try it. If the similarity has
    risen by then, it stays as long as no better one exists; if not, the trainee cannot follow it or the landmarks do
    not show it, and it is suspended. If the hint was followed and the similarity stays lower than before, its opposite
    is shown, as far as the movement can go back.

    Parameters
    ----------
    state
        Choice up to now.
    useful
        From `useful_hints`.
    now
        The trainee's face now.
    """
    state = replace(state, suspended=tuple(one for one in state.suspended if one[1] > now.time_s))
    hint, shown_s = state.hint, now.time_s - state.since_s
    if hint is None:
        best = state.best(useful)
        is_pause = shown_s < PAUSE_S or (best is None and shown_s < float("inf"))
        return state if is_pause else state.switch(best, now)
    if state.restore is not None:
        is_lower = now.similarity < state.restore - RISE
        goes_on = is_lower and shown_s < TRIED_S and now.room(hint) >= SMALLEST_DIFFERENCE
        if shown_s < SHOWN_S:
            return replace(state, is_fulfilled=state.is_fulfilled or not goes_on)
        return state if goes_on and not state.is_fulfilled else state.switch(state.best(useful), now)
    return _judge(state, hint, useful, now)


def _judge(state: HintState, hint: Hint, useful: Sequence[Hint], now: TraineeState) -> HintState:
    """Keep, suspend, reverse or replace a hint, by what it did to the similarity."""
    shown_s, gained = now.time_s - state.since_s, now.similarity - state.similarity
    followed = (now.strength(hint) - state.strength) * (1.0 if hint.amount > 0 else -1.0) >= FOLLOWED
    dropped_s = None
    if shown_s >= READ_S and gained <= DROP and followed:
        dropped_s = now.time_s if state.dropped_since_s is None else state.dropped_since_s
    is_useful = any(one.is_same_request(hint) for one in useful)
    is_fulfilled = state.is_fulfilled or (followed and not is_useful)
    state = replace(state, dropped_since_s=dropped_s, is_fulfilled=is_fulfilled)
    if shown_s < SHOWN_S:
        return state
    if dropped_s is not None:
        if now.time_s - dropped_s < DROPPED_FOR_S:
            return state
        suspended = state.suspend(now.time_s + SUSPENDED_S, hint, hint.opposite)
        return suspended.switch(hint.opposite, now, restore=state.similarity)
    if is_fulfilled or not is_useful:
        return state.switch(state.best(useful), now)
    if shown_s < TRIED_S:
        return state
    if gained < RISE:
        state = state.suspend(now.time_s + SUSPENDED_S, hint)
    return state.switch(state.best(useful), now)
