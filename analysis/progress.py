"""How long work says how far it is, without knowing who looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Passes items on, and may show how many of them are done."""

    def __call__(self, items: Iterable[T], *, total: int, title: str) -> Iterable[T]:
        """The items, unchanged."""
        ...


def no_progress(items: Iterable[T], *, total: int, title: str) -> Iterable[T]:  # noqa: ARG001
    """Nobody looks."""
    return items
