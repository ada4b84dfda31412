"""Orders of trials: random, random with limits on repetitions, and balanced Latin squares.

Draws use only `random.Random.random`, the one method whose sequence Python promises to keep over its versions, so that
an order printed before a study is the order of the study.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
TRIES = 300
STEPS_PER_TRY = 3000


class OrderImpossibleError(ValueError):
    """No order meets the limits."""


def generator(*parts: object) -> Random:
    """Random numbers that depend on the parts and on nothing else, on every machine."""
    return Random("\x1f".join(str(part) for part in parts))


def shuffled(items: Sequence[T], random: Random) -> list[T]:
    """The items in an order drawn evenly from all (Fisher-Yates)."""
    result = list(items)
    for last in range(len(result) - 1, 0, -1):
        other = int(random.random() * (last + 1))
        result[last], result[other] = result[other], result[last]
    return result


def williams_square(n: int) -> tuple[tuple[int, ...], ...]:
    """A Williams design: orders of n conditions, balanced for position and for first-order carry-over.

    Every condition stands equally often at every position, and follows every other condition equally often. For even n
    these are n orders, for odd n 2n (the square and its mirror image).

    References
    ----------
    Williams, E. J. (1949). Experimental designs balanced for the estimation of residual effects of treatments.
    Australian Journal of Chemistry, 2(2), 149-168.
    """
    if n < 1:
        raise ValueError("a Latin square needs at least one condition")
    first = [0]
    for step in range(1, n):
        first.append((step + 1) // 2 if step % 2 else n - step // 2)
    square = [tuple((value + row) % n for value in first) for row in range(n)]
    if n % 2 and n > 1:
        square += [tuple(reversed(row)) for row in square]
    return tuple(square)


def limited_order(
    items: Sequence[T],
    properties: Mapping[str, Sequence[str]],
    limits: Mapping[str, int],
    random: Random,
) -> list[T]:
    """The items in a random order in which no property has one value more often in a row than its limit.

    Random orders are drawn until one fits, which is fair to all orders; where fitting ones are rare, one is built item
    by item, going back from dead ends.

    Parameters
    ----------
    properties
        By name, the value of every item.
    limits
        By name, how often in a row one value may stand, >= 1.

    Raises
    ------
    OrderImpossibleError
        If there is no such order, or none was found.
    """
    indices = range(len(items))
    for name, limit in limits.items():
        value, count = Counter(properties[name]).most_common(1)[0] if items else ("", 0)
        if count > limit * (len(items) - count + 1):
            raise OrderImpossibleError(
                f"`{value}` makes up {count} of {len(items)} trials; however they are ordered, `{name}` is `{value}`"
                f" more than {limit} in a row"
            )
    for _ in range(TRIES):
        order = shuffled(indices, random)
        if _fits(order, properties, limits):
            return [items[index] for index in order]
    for _ in range(TRIES // 10):
        built = _built(indices, properties, limits, random)
        if built is not None:
            return [items[index] for index in built]
    raise OrderImpossibleError(f"no order was found that keeps all limits ({', '.join(limits)}) at once; loosen one")


def longest_run(values: Sequence[str]) -> int:
    """How often, at most, one value stands in a row."""
    longest = run = 0
    for position, value in enumerate(values):
        run = run + 1 if position and value == values[position - 1] else 1
        longest = max(longest, run)
    return longest


def _fits(order: Sequence[int], properties: Mapping[str, Sequence[str]], limits: Mapping[str, int]) -> bool:
    return all(longest_run([properties[name][index] for index in order]) <= limit for name, limit in limits.items())


def _built(
    indices: Sequence[int], properties: Mapping[str, Sequence[str]], limits: Mapping[str, int], random: Random
) -> list[int] | None:
    """Depth-first: at every position the candidates in random order, values with most items left first."""
    order: list[int] = []
    left = set(indices)
    choices = [_candidates(order, left, properties, limits, random)]
    for _ in range(STEPS_PER_TRY + 2 * len(indices)):
        if not left:
            return order
        if choices and choices[-1]:
            chosen = choices[-1].pop()
            order.append(chosen)
            left.discard(chosen)
            choices.append(_candidates(order, left, properties, limits, random))
        elif order:
            choices.pop()
            left.add(order.pop())
        else:
            return None
    return order if not left else None


def _candidates(
    order: Sequence[int],
    left: set[int],
    properties: Mapping[str, Sequence[str]],
    limits: Mapping[str, int],
    random: Random,
) -> list[int]:
    """Items that may come next, the best one last: scarce room for a frequent value makes it urgent."""
    allowed = []
    for index in sorted(left):
        tail = [*order[-max(limits.values(), default=1) :], index]
        if all(
            longest_run([properties[name][item] for item in tail][-(limit + 1) :]) <= limit
            for name, limit in limits.items()
        ):
            allowed.append(index)
    counts = {name: Counter(properties[name][index] for index in left) for name in limits}
    urgency = {index: max(counts[name][properties[name][index]] / limits[name] for name in limits) for index in allowed}
    return sorted(shuffled(allowed, random), key=lambda index: urgency[index] + random.random() * 1.5)
