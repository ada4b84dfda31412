"""Orders of trials: random, limited runs, balanced Latin squares.

The only source of random numbers is `random.Random.random`, whose sequence is the same in all versions of Python. So an
order printed before a study is the order of the study.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
Properties = Mapping[str, Sequence[str]]
"""By name of a property, its value for every item."""
Limits = Mapping[str, int]
"""By name of a property, the longest run of one value, >= 1."""

TRIES = 300
STEPS_PER_TRY = 3000


class OrderImpossibleError(ValueError):
    """No order meets the limits."""


def generator(*parts: object) -> Random:
    """Return a generator whose numbers depend only on the parts, on every machine."""
    return Random("\x1f".join(str(part) for part in parts))


def shuffled(items: Sequence[T], random: Random) -> list[T]:
    """Return the items in a uniformly random order (Fisher-Yates)."""
    result = list(items)
    for last in range(len(result) - 1, 0, -1):
        other = int(random.random() * (last + 1))
        result[last], result[other] = result[other], result[last]
    return result


def probe_count(share: float, trials: int) -> int:
    """Return the number of trials with a probe: the nearest whole number, ties up."""
    return min(trials, math.floor(share * trials + 0.5))


def williams_square(n: int) -> tuple[tuple[int, ...], ...]:
    """Return a Williams design.

    Orders of n conditions, balanced for position and first-order carry-over.

    Every condition is equally often at every position, and equally often after every other condition. For even n there
    are n orders, for odd n 2n (the square and its mirror image).

    Raises
    ------
    ValueError
        If n < 1.

    References
    ----------
    Williams, E. J. (1949). Experimental designs balanced for the estimation of residual effects of treatments.
    Australian Journal of Chemistry, 2(2), 149-168.
    """
    if n < 1:
        raise ValueError("a Latin square needs at least one condition")
    first = [(step + 1) // 2 if step % 2 else (n - step // 2) % n for step in range(n)]
    square = [tuple((value + row) % n for value in first) for row in range(n)]
    if n % 2 and n > 1:
        square += [tuple(reversed(row)) for row in square]
    return tuple(square)


def limited_order(items: Sequence[T], *, properties: Properties, limits: Limits, random: Random) -> list[T]:
    """Return the items in a random order with limited runs of one value.

    Random orders are drawn until one fits, so all orders are equally likely. If fitting orders are rare, one is built
    item by item with backtracking.

    Parameters
    ----------
    items
        What to order.
    properties
        By name, the value of every item.
    limits
        By name, the longest run of one value, >= 1.
    random
        Source of random numbers.

    Raises
    ------
    OrderImpossibleError
        If no order keeps the limits, or none was found.
    """
    indices = range(len(items))
    for name, limit in limits.items():
        value, count = Counter(properties[name]).most_common(1)[0] if items else ("", 0)
        if count > limit * (len(items) - count + 1):
            raise OrderImpossibleError(
                f"`{value}` makes up {count} of {len(items)} trials; in every order, `{name}` is `{value}`"
                f" more than {limit} in a row"
            )
    for _ in range(TRIES):
        order = shuffled(indices, random)
        if within_limits(order, properties, limits):
            return [items[index] for index in order]
    for _ in range(TRIES // 10):
        built = _Builder(len(items), properties=properties, limits=limits, random=random).build()
        if built is not None:
            return [items[index] for index in built]
    raise OrderImpossibleError(f"no order was found that keeps all limits ({', '.join(limits)}) at once; relax one")


def within_limits(order: Sequence[int], properties: Properties, limits: Limits) -> bool:
    """Return whether an order of item numbers keeps all limits.

    Parameters
    ----------
    order
        Numbers of items.
    properties
        By name, the value of every item.
    limits
        By name, the longest run of one value.
    """
    return all(_keeps(order, properties[name], limit) for name, limit in limits.items())


def _keeps(order: Sequence[int], values: Sequence[str], limit: int) -> bool:
    """Return whether no run of one value is longer than a limit."""
    run, before = 0, None
    for index in order:
        value = values[index]
        run = run + 1 if value == before else 1
        if run > limit:
            return False
        before = value
    return True


class _Builder:
    """Builds an order item by item and keeps the numbers of the search up to date.

    Items with the same values are one kind: there are few kinds, also of thousands of items.

    Parameters
    ----------
    count
        Number of items.
    properties, limits, random
        As for `limited_order`.
    """

    def __init__(self, count: int, *, properties: Properties, limits: Limits, random: Random) -> None:
        self._random = random
        self._limits = list(limits.values())
        values = list(zip(*(properties[name] for name in limits), strict=True))
        self._kinds = list(dict.fromkeys(values))
        numbers = {kind: number for number, kind in enumerate(self._kinds)}
        self._kind_of = [numbers[kind] for kind in values]
        self._left = dict.fromkeys(range(count))
        """The items that are not in the order, in ascending order."""
        self._counts = [Counter(column) for column in zip(*values, strict=True)]
        """For every property, how often each value occurs among the items that are left."""
        self._runs: list[tuple[int, ...]] = []
        """For every place of the order, the length of the run of each property up to there."""
        self._order: list[int] = []

    def build(self) -> list[int] | None:
        """Search depth-first for an order; at every position, try frequent values first."""
        choices = [self._candidates()]
        for _ in range(STEPS_PER_TRY + 2 * len(self._left)):
            if not self._left:
                return self._order
            if choices[-1]:
                self._add(choices[-1].pop_best())
                choices.append(self._candidates())
            elif self._order:
                choices.pop()
                self._take_back()
            else:
                return None
        return self._order if not self._left else None

    def _add(self, item: int) -> None:
        kind = self._kinds[self._kind_of[item]]
        before = self._kinds[self._kind_of[self._order[-1]]] if self._order else ()
        runs = self._runs[-1] if self._runs else ()
        same = (run + 1 if old == value else 1 for run, old, value in zip(runs, before, kind, strict=True))
        self._runs.append(tuple(same) if before else (1,) * len(kind))
        self._order.append(item)
        del self._left[item]
        for counts, value in zip(self._counts, kind, strict=True):
            counts[value] -= 1

    def _take_back(self) -> None:
        item = self._order.pop()
        self._runs.pop()
        self._left = dict.fromkeys(sorted((*self._left, item)))
        for counts, value in zip(self._counts, self._kinds[self._kind_of[item]], strict=True):
            counts[value] += 1

    def _candidates(self) -> _Candidates:
        """Return the items that may come next.

        A frequent value with a low limit is urgent.
        """
        kind_of = self._kind_of
        allowed = [self._is_allowed(kind) for kind in self._kinds]
        mixed = shuffled([item for item in self._left if allowed[kind_of[item]]], self._random)
        urgency = [
            max(counts[value] / limit for counts, value, limit in zip(self._counts, kind, self._limits, strict=True))
            for kind in self._kinds
        ]
        draw = self._random.random
        return _Candidates(mixed, [urgency[kind_of[item]] + draw() * 1.5 for item in mixed])

    def _is_allowed(self, kind: tuple[str, ...]) -> bool:
        """Return whether an item of a kind may come next."""
        if not self._order:
            return True
        before = self._kinds[self._kind_of[self._order[-1]]]
        return not any(
            run >= limit and old == value
            for run, limit, old, value in zip(self._runs[-1], self._limits, before, kind, strict=True)
        )


class _Candidates:
    """Items that may come next.

    Parameters
    ----------
    items
        The items.
    ranks
        A number for each; the item with the largest comes first.
    """

    def __init__(self, items: list[int], ranks: list[float]) -> None:
        self._items = items
        self._ranks = ranks

    def __bool__(self) -> bool:
        """Return whether an item is left."""
        return bool(self._items)

    def pop_best(self) -> int:
        """Remove and return the item with the largest rank; the last of several."""
        best = len(self._ranks) - 1 - self._ranks[::-1].index(max(self._ranks))
        del self._ranks[best]
        return self._items.pop(best)
