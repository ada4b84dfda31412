"""Serve the console: bind its socket, print its address, open the browser."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from experiment.console.app import make_app
from experiment.console.console import Console
from experiment.console.security.hosts import LOOPBACK, Listener, is_loopback, local_listener
from experiment.errors import SessionError

USUAL_PORT = 8480
"""Tried first, so that the address stays the same; another free port is taken if it is in use."""


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


def bind(host: str = LOOPBACK, port: int | None = None) -> socket.socket:
    """Return a bound socket.

    Parameters
    ----------
    host
        Address of this computer.
    port
        The port; None for `USUAL_PORT`, or another one if it is in use.

    Raises
    ------
    SessionError
        If the address or the port cannot be used.
    """
    for candidate in (USUAL_PORT, 0) if port is None else (port,):
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
        f"the console cannot use the address {host} with port {port or USUAL_PORT} ({fault.strerror}); "
        "end the program that uses it, or give another one with --port"
    )


def serve(console: Console, bound: socket.socket, *, open_browser: bool, say: Callable[[str], None]) -> None:
    """Serve the console until Ctrl-C or SIGTERM.

    Parameters
    ----------
    console
        What all pages share.
    bound
        From `bind`.
    open_browser
        Whether to open the page.
    say
        Prints a line.
    """
    host, port = bound.getsockname()[:2]
    listener = local_listener(host, port)
    app = make_app(console, listener)
    address = first_address(console, listener, host=host)

    def started() -> None:
        say(address)
        if open_browser:
            webbrowser.open(address)

    def stopping() -> None:
        app.state.stopping = True

    ConsoleServer(server_config(app), on_start=started, on_stop=stopping).run(sockets=[bound])


def first_address(console: Console, listener: Listener, *, host: str) -> str:
    """Return the address that opens the console, with the token.

    Parameters
    ----------
    console
        Has the token.
    listener
        Has the port.
    host
        The address to which the socket is bound.
    """
    name = LOOPBACK if is_loopback(host) or host in ("0.0.0.0", "::") else host
    return f"http://{name}:{listener.port}/?token={console.keys.token}"


def server_config(app: object) -> uvicorn.Config:
    """Return the settings of the server: no log of addresses, no proxy."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        limit_concurrency=200,
        h11_max_incomplete_event_size=16 * 1024,
    )
