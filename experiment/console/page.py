"""What a page of the console consists of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

Answer = Callable[[Request], Response | Awaitable[Response]]
"""Answers a request. An ordinary function runs in a thread, so it may read files; a coroutine may not block."""


@dataclass(frozen=True, slots=True)
class Place:
    """One address of a page."""

    path: str
    """As Starlette writes it, for example ``/review/{participant}``."""
    answer: Answer
    method: Literal["GET", "POST"] = "GET"
    for_devices: bool = False
    """Whether a paired telephone or tablet may use it, too."""
    for_readers: bool = False
    """Whether a link in a result may lead to it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page with all its addresses.

    The text ``NAME.title`` of the catalogue is its title and its name in the navigation. A page of `NAVIGATION` has
    the address ``/NAME``.
    """

    name: str
    places: tuple[Place, ...]
