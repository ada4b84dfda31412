"""Keep the last few values of each kind, such as textures and framebuffers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MOST = 8
"""Number of kept values of each kind."""


class Kept:
    """Values by kind and key; the oldest of a kind makes room and is released."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, object], Any] = {}

    def value(self, kind: str, key: object, make: Callable[[Any], Any]) -> Any:
        """Return the value of a key, made if needed.

        Parameters
        ----------
        kind : str
            Kind of the value.
        key : object
            What the value is made from.
        make : callable
            Makes the value from the key.
        """
        if (kind, key) not in self._values:
            same = [known for known in self._values if known[0] == kind]
            if len(same) >= _MOST:
                old = self._values.pop(same[0])
                if hasattr(old, "release"):
                    old.release()
            self._values[kind, key] = make(key)
        return self._values[kind, key]
