"""The target x mimic table of one participant, and what can be said about it in one line.

A row is a target face, a column a mimic of the target of that name; the matching cells are on the diagonal. Where a
target was imitated more than once, a cell is the mean over the takes. A cell without a value is absent: its picture
could not be measured, and the list of exclusions says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import floor, log10

CLAIMED_MATCHING = 0.98
CLAIMED_OTHER = 0.94
"""What the published tables report: matching cells above the first, all others below the second. A property of their
metric, mask and model, printed only together with ours."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    target: str
    mimic: str
    value: float

    def text(self, decimals: int = 3) -> str:
        """``0.981 (anger)`` or ``0.931 (target fear, mimic surprise)``."""
        where = self.target if self.target == self.mimic else f"target {self.target}, mimic {self.mimic}"
        return f"{self.value:.{decimals}f} ({where})"


@dataclass(frozen=True)
class ParticipantTable:
    """The similarity of every mimic of one participant to every target."""

    participant: str
    session: str | None
    task: str
    metric: str
    targets: tuple[str, ...]
    """Names of the targets: the rows and, in the same order, the columns."""
    cells: Mapping[tuple[str, str], float]
    """By target and mimic; absent where one of the two could not be measured."""
    takes: Mapping[str, int] = field(default_factory=dict)
    """How many measured trials a column is the mean of; absent means one."""
    expressions: Mapping[str, str] = field(default_factory=dict)
    """What each target shows. Cells of two targets with the same expression are neither matching nor other."""

    @property
    def title(self) -> str:
        """``Participant 01, session a``."""
        return f"Participant {self.participant}" + (f", session {self.session}" if self.session else "")

    @cached_property
    def matching(self) -> tuple[Cell, ...]:
        """Cells of a target and its own mimic."""
        return tuple(Cell(*where, value) for where, value in self.cells.items() if where[0] == where[1])

    @cached_property
    def other(self) -> tuple[Cell, ...]:
        """Cells of a target and the mimic of another expression."""
        return tuple(
            Cell(target, mimic, value)
            for (target, mimic), value in self.cells.items()
            if self._expression(target) != self._expression(mimic)
        )

    def _expression(self, target: str) -> str:
        return self.expressions.get(target, target)

    @cached_property
    def mimics(self) -> tuple[str, ...]:
        """Columns that have a value."""
        return tuple(name for name in self.targets if any((target, name) in self.cells for target in self.targets))

    @cached_property
    def decimals(self) -> int:
        """How many decimals to print: three, and more where the cells lie so close that three would say nothing."""
        values = self.cells.values()
        spread = max(values, default=1.0) - min(values, default=0.0)
        return int(min(6, max(3, 2 - floor(log10(spread))))) if spread > 0 else 3

    def text(self, target: str, mimic: str) -> str | None:
        """A cell as it is printed; None where it is missing."""
        value = self.cells.get((target, mimic))
        return None if value is None else f"{value:.{self.decimals}f}"

    @property
    def smallest_matching(self) -> Cell | None:
        """The matching cell with the smallest value; None if there is no matching cell."""
        return min(self.matching, key=lambda cell: cell.value, default=None)

    @property
    def largest_other(self) -> Cell | None:
        """The cell of different expressions with the largest value; None if there is none."""
        return max(self.other, key=lambda cell: cell.value, default=None)

    @property
    def hits(self) -> int:
        """How many mimics score highest on the target that was imitated."""
        return sum(self.best_target(mimic) == mimic for mimic in self.mimics)

    @property
    def expression_hits(self) -> int:
        """How many mimics score highest on a target of the expression that was imitated."""
        return sum(self._expression(self.best_target(mimic)) == self._expression(mimic) for mimic in self.mimics)

    @property
    def expressions_shared(self) -> bool:
        """Whether several targets show one expression: a strong and a subtle anger, say."""
        return len({self._expression(target) for target in self.targets}) < len(self.targets)

    def best_target(self, mimic: str) -> str:
        """The target a mimic resembles most; of equals, the first row."""
        rows = [target for target in self.targets if (target, mimic) in self.cells]
        return max(rows, key=lambda target: self.cells[target, mimic])

    @property
    def rank1(self) -> float:
        """The fraction of mimics whose highest-scoring target is the one that was imitated.

        Raises
        ------
        ValueError
            If no mimic has a value.
        """
        if not self.mimics:
            raise ValueError("a table without a measured mimic has no rank-1 rate")
        return self.hits / len(self.mimics)

    @property
    def published_pattern(self) -> bool | None:
        """Whether every matching cell is above 0.98 and every other below 0.94; None if a cell is missing for it."""
        if self.smallest_matching is None or self.largest_other is None or len(self.matching) < len(self.targets):
            return None
        return self.smallest_matching.value > CLAIMED_MATCHING and self.largest_other.value < CLAIMED_OTHER

    def verdict(self, what: str) -> str:
        """One line; ``what`` names the metric, its mask and rule, since no number means anything without them."""
        return f"{self.title}, {what}: {self.finding}"

    @property
    def finding(self) -> str:
        """The verdict without the metric's name: only to be shown directly below it."""
        if self.smallest_matching is None or self.largest_other is None:
            return "too few mimics could be measured to compare matching with other cells."
        claim = f'"> {CLAIMED_MATCHING} / < {CLAIMED_OTHER}"'
        holds = {
            True: f"{claim} holds",
            False: f"{claim} does not hold",
            None: f"{claim} cannot be said, cells are missing",
        }
        matching = self.smallest_matching.text(self.decimals)
        other = self.largest_other.text(self.decimals)
        own = f"{self.hits} of {len(self.mimics)} mimics score highest on their own target"
        if self.expressions_shared:
            own += f", {self.expression_hits} on a target of the expression they imitated"
        largest = "cell of another expression" if self.expressions_shared else "other cell"
        return f"smallest matching cell {matching}, largest {largest} {other}; {own}; {holds[self.published_pattern]}."
