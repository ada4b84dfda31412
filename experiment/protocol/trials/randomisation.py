"""Orders of trials: random, limited runs, balanced Latin squares.

The only source of random numbers is `random.Random.random`, whose sequence is the same in all versions of Python. So an
order printed before a study is the order of the study.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
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
        built = _build(len(items), properties=properties, limits=limits, random=random)
        if built is not None:
            return [items[index] for index in built]
    raise OrderImpossibleError(f"no order was found that keeps all limits ({', '.join(limits)}) at once; relax one")


def longest_run(values: Sequence[str]) -> int:
    """Return the length of the longest run of one value."""
    return max((len(list(run)) for _, run in groupby(values)), default=0)


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
    return all(longest_run([properties[name][index] for index in order]) <= limit for name, limit in limits.items())


def _build(count: int, *, properties: Properties, limits: Limits, random: Random) -> list[int] | None:
    """Search depth-first for an order; at every position, try frequent values first."""
    order: list[int] = []
    left = set(range(count))
    choices = [_candidates(order, left, properties=properties, limits=limits, random=random)]
    for _ in range(STEPS_PER_TRY + 2 * count):
        if not left:
            return order
        if choices and choices[-1]:
            chosen = choices[-1].pop()
            order.append(chosen)
            left.discard(chosen)
            choices.append(_candidates(order, left, properties=properties, limits=limits, random=random))
        elif order:
            choices.pop()
            left.add(order.pop())
        else:
            return None
    return order if not left else None


def _candidates(
    order: Sequence[int], left: set[int], *, properties: Properties, limits: Limits, random: Random
) -> list[int]:
    """Return the items that may come next, the best one last.

    A frequent value with a low limit is urgent.
    """
    recent = order[-max(limits.values(), default=1) :]
    allowed = [index for index in sorted(left) if within_limits([*recent, index], properties, limits)]
    counts = {name: Counter(properties[name][index] for index in left) for name in limits}
    urgency = {index: max(counts[name][properties[name][index]] / limits[name] for name in limits) for index in allowed}
    return sorted(shuffled(allowed, random), key=lambda index: urgency[index] + random.random() * 1.5)
