"""Sockets and servers of the console."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from experiment.console.security.hosts import LOOPBACK
from experiment.errors import SessionError

USUAL_PORT = 8480
"""Tried first, so that the address stays the same; another free port is taken if it is in use."""

LONGEST_HEAD_S = 10.0
"""A connection whose request, without its body, takes longer is closed."""
MOST_CONNECTIONS = 200
MOST_OF_ONE_ADDRESS = 50
"""Connections from one computer or telephone. A browser opens six."""


class BoundedProtocol(H11Protocol):
    """Closes surplus connections, and those that send no whole request.

    Without it, a stranger in the network of a shared console could use up its connections without being paired.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or close it if there are too many."""
        super().connection_made(transport)
        own = sum(_address(one) == _address(self) for one in self.connections)
        if len(self.connections) > MOST_CONNECTIONS or own > MOST_OF_ONE_ADDRESS:
            transport.abort()
            return
        self._deadline = self.loop.call_later(LONGEST_HEAD_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        super().data_received(data)
        is_whole = self.conn.their_state is not h11.IDLE
        if is_whole and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        elif not is_whole and self._deadline is None:
            self._deadline = self.loop.call_later(LONGEST_HEAD_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)


def _address(connection: object) -> str:
    client: tuple[str, int] | None = getattr(connection, "client", None)
    return "" if client is None else client[0]


class ConsoleServer(uvicorn.Server):
    """A server that lets event streams end when it stops.

    Parameters
    ----------
    config
        From `server_config`.
    on_start
        Called when pages can be opened.
    on_stop
        Called before the server waits for open streams.
    """

    def __init__(self, config: uvicorn.Config, *, on_start: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then report that the console can be opened."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let open streams end, then stop."""
        self._on_stop()
        await super().shutdown(sockets=sockets)


def bind(host: str = LOOPBACK, port: int | None = None, *, usual: int = USUAL_PORT) -> socket.socket:
    """Return a bound socket.

    Parameters
    ----------
    host
        Address of this computer.
    port
        The port; None for the usual one, or another one if it is in use.
    usual
        The usual port.

    Raises
    ------
    SessionError
        If the address or the port cannot be used.
    """
    for candidate in (usual, 0) if port is None else (port,):
        try:
            family = socket.getaddrinfo(host, candidate, type=socket.SOCK_STREAM)[0][0]
            bound = socket.socket(family, socket.SOCK_STREAM)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                bound.bind((host, candidate))
            except OSError:
                bound.close()
                raise
        except OSError as error:
            fault = error
        else:
            return bound
    raise SessionError(
        f"the console cannot use the address {host} with port {port or usual} ({fault.strerror}); "
        "end the program that uses it, or give another one with --port"
    )


def server_config(app: object) -> uvicorn.Config:
    """Return the settings of the server: no log of addresses, no proxy."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        limit_concurrency=MOST_CONNECTIONS + 1,
        h11_max_incomplete_event_size=16 * 1024,
    )
