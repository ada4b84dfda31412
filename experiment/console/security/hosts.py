"""Names under which the console may be reached; other names are refused.

A web page of a stranger can point a name of its own at this computer (DNS rebinding). Its requests then have that name
in the header ``Host``. Names of this computer and its numeric addresses cannot be used that way.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

import psutil

LOOPBACK = "127.0.0.1"
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket on which the console listens."""

    port: int
    names: frozenset[str]
    """Allowed names in ``Host``, in lower case and without the port."""
    is_shared: bool = False
    """Whether it is for paired devices only."""

    def allows_host(self, host: str) -> bool:
        """Return whether a header ``Host`` names this listener."""
        name, _, port = host.lower().rpartition(":")
        return name in self.names and port == str(self.port)

    def allows_origin(self, origin: str) -> bool:
        """Return whether a header ``Origin`` is that of the console's own pages."""
        scheme, _, host = origin.partition("://")
        return scheme == "http" and self.allows_host(host)


def local_listener(host: str, port: int) -> Listener:
    """Return the listener for the person at this computer.

    Parameters
    ----------
    host
        The address to which it is bound.
    port
        Its port.
    """
    names = set(LOCAL_NAMES)
    if not is_loopback(host):
        names |= {_bracketed(host), *network_names()}
    return Listener(port, frozenset(names))


def shared_listener(port: int) -> Listener:
    """Return the listener for paired devices in the local network."""
    return Listener(port, frozenset(network_names()), is_shared=True)


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this computer only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def network_names() -> list[str]:
    """Return the numeric addresses of this computer, private ones first."""
    found = [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not is_loopback(address.address)
    ]
    return sorted(found, key=lambda address: not ipaddress.ip_address(address).is_private)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host.lower()
