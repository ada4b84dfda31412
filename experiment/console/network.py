"""Sockets and servers of the console."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import h11
import uvicorn
from starlette.applications import Starlette
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
    """Closes connections that send no whole request, of too many the oldest one.

    Without it, a stranger in the network of a shared console could use up its connections without being paired, and so
    could another user of this computer.
    """

    _deadline: asyncio.TimerHandle | None = None
    """While no whole request, except for its body, has arrived."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection; if there are too many, close one that has sent no request."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(LONGEST_HEAD_S, transport.abort)
        every = [one for one in self.connections if isinstance(one, BoundedProtocol)]
        own = [one for one in every if _address(one) == _address(self)]
        if len(own) > MOST_OF_ONE_ADDRESS:
            _close_oldest_waiting(own)
        elif len(every) > MOST_CONNECTIONS:
            _close_oldest_waiting(every)

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        super().data_received(data)
        is_whole = self.conn.their_state is not h11.IDLE
        if is_whole:
            self._end_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(LONGEST_HEAD_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._end_deadline()
        super().connection_lost(exc)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _close_oldest_waiting(connections: list[BoundedProtocol]) -> None:
    waiting = [(one._deadline.when(), one) for one in connections if one._deadline is not None]
    _, oldest = min(waiting, key=lambda one: one[0])
    oldest._end_deadline()
    oldest.transport.abort()


def _address(connection: H11Protocol) -> str:
    return "" if connection.client is None else connection.client[0]


class ConsoleServer(uvicorn.Server):
    """A server that lets event streams end when it stops.

    Parameters
    ----------
    app
        From `experiment.console.app.make_app`.
    on_start
        Called when pages can be opened.
    """

    def __init__(self, app: Starlette, *, on_start: Callable[[], None]) -> None:
        super().__init__(_server_config(app))
        self._app = app
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then report that the console can be opened."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let open streams end, then stop."""
        self._app.state.stopping = True
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


def _server_config(app: Starlette) -> uvicorn.Config:
    """Return the settings of the server: no log of addresses, no proxy."""
    return uvicorn.Config(
        app,
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
