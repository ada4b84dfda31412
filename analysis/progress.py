"""Progress reporting hook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Pass items on, and show how many of them are done."""

    def __call__(self, items: Iterable[T], *, total: int, title: str) -> Iterable[T]:
        """Return the items, unchanged."""
        ...


def no_progress(items: Iterable[T], *, total: int, title: str) -> Iterable[T]:  # noqa: ARG001 (the hook's signature)
    """Return the items and show nothing.

    Parameters
    ----------
    items : iterable
        The work.
    total : int
        Number of items.
    title : str
        Name of the work.
    """
    return items
