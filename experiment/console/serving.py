"""Serve the console: print its address, open the browser, stop."""

from __future__ import annotations

import contextlib
import socket
import webbrowser
from collections.abc import Callable

from experiment.console.app import make_app
from experiment.console.console import Console
from experiment.console.network import ConsoleServer
from experiment.console.security.guard import PAIRING
from experiment.console.security.hosts import LOOPBACK, Listener, is_loopback, local_listener


def serve(
    console: Console, bound: socket.socket, *, open_browser: bool, share: bool, say: Callable[[str], None]
) -> None:
    """Serve the console until Ctrl-C or SIGTERM.

    Parameters
    ----------
    console
        What all pages share.
    bound
        From `bind`.
    open_browser
        Whether to open the page.
    share
        Whether devices in the local network can be paired from the start.
    say
        Prints a line.
    """
    host, port = bound.getsockname()[:2]
    listener = local_listener(host, port)
    app = make_app(console, listener)
    address = first_address(console.keys.token, listener, host=host)

    if share:
        console.sharing.start(app.state.make_app)
        console.pairing.new_code()

    def started() -> None:
        say(address)
        if share:
            say(f"telephone or tablet: {console.sharing.addresses[0]}{PAIRING}, code {console.pairing.code}")
        if open_browser:
            webbrowser.open(first_address(console.keys.new_browser_token(), listener, host=host))

    try:
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is the usual end
            ConsoleServer(app, on_start=started).run(sockets=[bound])
    finally:
        console.camera.stop()
        console.sharing.stop()


def first_address(token: str, listener: Listener, *, host: str) -> str:
    """Return the address that opens the console, with a token.

    Parameters
    ----------
    token
        From `Keys`.
    listener
        Has the port.
    host
        The address to which the socket is bound.
    """
    name = LOOPBACK if is_loopback(host) or host in ("0.0.0.0", "::") else host
    return f"http://{name}:{listener.port}/?token={token}"
