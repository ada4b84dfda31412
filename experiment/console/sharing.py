"""Serve the page Monitor to paired devices in the local network; off by default."""

from __future__ import annotations

import threading
from collections.abc import Callable

from starlette.applications import Starlette

from experiment.console.network import ConsoleServer, bind
from experiment.console.security.hosts import Listener, network_names, shared_listener
from experiment.errors import SessionError

LONGEST_START_S = 10.0
EVERY_ADDRESS = "0.0.0.0"
SHARED_PORT = 8490


class Sharing:
    """A second server for paired devices, in a thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: ConsoleServer | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    def start(self, make: Callable[[Listener], Starlette]) -> None:
        """Start to listen; does nothing if it listens already.

        Parameters
        ----------
        make
            Makes the application for a listener.

        Raises
        ------
        SessionError
            If this computer is in no network, or no port is free.
        """
        with self._lock:
            if self._server is not None:
                return
            if not network_names():
                raise SessionError("this computer is in no network; connect it to the network of the telephone")
            bound = bind(EVERY_ADDRESS, None, usual=SHARED_PORT)
            self._port = bound.getsockname()[1]
            ready = threading.Event()
            server = ConsoleServer(make(shared_listener(self._port)), on_start=ready.set)
            self._thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="sharing", daemon=True)
            self._thread.start()
            self._server = server
            ready.wait(LONGEST_START_S)

    def stop(self) -> None:
        """Stop to listen."""
        with self._lock:
            if self._server is not None and self._thread is not None:
                self._server.should_exit = True
                self._thread.join(LONGEST_START_S)
            self._server = self._thread = None

    @property
    def is_on(self) -> bool:
        """Whether devices can reach the console."""
        return self._server is not None

    @property
    def addresses(self) -> list[str]:
        """Addresses for devices, the most likely one first."""
        return [f"http://{name}:{self._port}" for name in network_names()] if self.is_on else []
