"""Keys of the console: the token of the first address, and the cookies."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["owner", "device", "reader"]
"""`owner` opened the console on this computer; `device` is a paired telephone or tablet; `reader` is the browser of
the owner that follows a link in a result."""


@dataclass(slots=True)
class Keys:
    """The secrets of one console. They are in memory only and end with it."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """In the address that the console prints."""
    _cookies: dict[str, Role] = field(default_factory=dict, repr=False)
    """By the SHA-256 of a cookie: the role of the browser that has it."""

    def is_token(self, value: str) -> bool:
        """Return whether a value is the token; the time does not depend on the value."""
        return secrets.compare_digest(_digest(value), _digest(self.token))

    def new_cookie(self, role: Role) -> str:
        """Return a new cookie for a browser with this role."""
        cookie = secrets.token_urlsafe(32)
        self._cookies[_digest(cookie)] = role
        return cookie

    def role_of(self, cookie: str) -> Role | None:
        """Return the role of a browser; None if the cookie is unknown."""
        return self._cookies.get(_digest(cookie))

    def forget_devices(self) -> None:
        """Make the cookies of all paired devices invalid."""
        for digest in [digest for digest, role in self._cookies.items() if role == "device"]:
            del self._cookies[digest]

    @property
    def devices(self) -> int:
        """How many devices are paired."""
        return sum(role == "device" for role in self._cookies.values())


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
