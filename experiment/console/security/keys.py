"""Keys of the console: the token of the first address, and the cookies."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["owner", "device", "reader"]
"""`owner` opened the console on this computer; `device` is a paired telephone or tablet; `reader` is the browser of
the owner that follows a link in a result."""


BROWSER_TOKEN_VALID_S = 60.0
"""The browser that the console starts needs less."""


@dataclass(slots=True)
class Keys:
    """The secrets of one console. They are in memory only and end with it."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """In the address that the console prints."""
    clock_s: Callable[[], float] = field(default=time.monotonic, repr=False)
    """Returns seconds that never go back."""
    _cookies: dict[str, Role] = field(default_factory=dict, repr=False)
    """By the SHA-256 of a cookie: the role of the browser that has it."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _browser_token: str = field(default="", repr=False)
    _browser_until_s: float = 0.0
    _browser_cookies: tuple[str, ...] = field(default=(), repr=False)
    """Those that were given for the browser token; empty before its use."""

    def new_browser_token(self) -> str:
        """Return a token for the browser that the console starts.

        Other users of the computer can read the command line of that browser. The token is therefore valid once and for
        a minute. If it is used twice in this time, it is not known which use was that of the browser: the cookies of
        the first use become invalid, too.
        """
        with self._lock:
            self._browser_token = secrets.token_urlsafe(32)
            self._browser_until_s = self.clock_s() + BROWSER_TOKEN_VALID_S
            self._browser_cookies = ()
            return self._browser_token

    def exchange(self, value: str) -> tuple[str, str] | None:
        """Return the cookies of owner and reader for a token; None if it is not valid.

        The time does not depend on the value.
        """
        is_printed = secrets.compare_digest(_digest(value), _digest(self.token))
        with self._lock:
            is_browser = secrets.compare_digest(_digest(value), _digest(self._browser_token))
            is_browser = is_browser and self.clock_s() < self._browser_until_s
            if is_browser and self._browser_cookies:
                for cookie in self._browser_cookies:
                    self._cookies.pop(_digest(cookie), None)
                self._browser_until_s = 0.0
                return None
            if not (is_printed or is_browser):
                return None
            cookies = self.new_cookie("owner"), self.new_cookie("reader")
            if is_browser:
                self._browser_cookies = cookies
            return cookies

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
        for digest in [digest for digest, role in list(self._cookies.items()) if role == "device"]:
            del self._cookies[digest]

    @property
    def devices(self) -> int:
        """How many devices are paired."""
        return sum(role == "device" for role in list(self._cookies.values()))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
