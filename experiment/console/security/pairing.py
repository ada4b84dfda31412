"""Codes that pair a telephone or tablet with the console."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

DIGITS = 6
VALID_S = 300.0
MOST_TRIES = 5
"""Wrong entries after which a code is void. Guessing succeeds once in 200,000 codes."""


class Pairing:
    """The code that is valid now: single use, for five minutes, with few tries.

    Parameters
    ----------
    clock_s
        Returns seconds that never go back.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._code = ""
        self._until_s = 0.0
        self._tries_left = 0

    def new_code(self) -> str:
        """Return a new code; the one before is void."""
        with self._lock:
            self._code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
            self._until_s = self._clock_s() + VALID_S
            self._tries_left = MOST_TRIES
            return self._code

    @property
    def code(self) -> str:
        """The code that is valid now; empty if there is none."""
        with self._lock:
            return self._code if self._is_valid() else ""

    def redeem(self, entered: str) -> bool:
        """Return whether the entry is the code; it is void afterwards.

        Each wrong entry uses up a try. The time does not depend on the entry.
        """
        digits = "".join(sign for sign in entered if sign.isascii() and sign.isdigit())
        with self._lock:
            if not self._is_valid():
                return False
            is_right = secrets.compare_digest(digits.encode(), self._code.encode())
            self._tries_left = 0 if is_right else self._tries_left - 1
            return is_right

    def _is_valid(self) -> bool:
        return self._tries_left > 0 and self._clock_s() < self._until_s
