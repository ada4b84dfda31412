"""One line of the benchmark: what was asked for, what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Result:
    """Something measured."""

    part: str
    """``kill -9``, ``key presses``: results of one part are shown together."""
    what: str
    required: str
    """Empty where nothing is required: a number worth knowing."""
    measured: str
    met: bool | None
    """None where nothing is required."""
    values: Mapping[str, float | int | str] = field(default_factory=dict)
    """The numbers behind `measured`, for programs."""

    @property
    def failed(self) -> bool:
        """Whether a requirement is not met."""
        return self.met is False


def require(part: str, what: str, required: str, measured: str, met: bool, **values: float | int | str) -> Result:
    """A result that must be so."""
    return Result(part, what, required, measured, met, values)


def tell(part: str, what: str, measured: str, **values: float | int | str) -> Result:
    """A number worth knowing."""
    return Result(part, what, "", measured, None, values)


def skipped(part: str, what: str, reason: str) -> Result:
    """Something that could not be measured here, and why."""
    return Result(part, what, "", f"not measured: {reason}", None)
