"""A console that serves real sockets in a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx

from experiment.console.app import make_app
from experiment.console.console import Console
from experiment.console.network import ConsoleServer, bind
from experiment.console.security.hosts import local_listener


@dataclass(frozen=True)
class RunningConsole:
    console: Console
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def first_address(self) -> str:
        return f"{self.address}/?token={self.console.keys.token}"

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Yield a client that has no cookie."""
        with httpx.Client(base_url=self.address, trust_env=False, timeout=30) as client:
            yield client

    @contextmanager
    def owner(self) -> Iterator[httpx.Client]:
        """Yield a client with the owner's cookie and the header that browsers send."""
        with self.client() as client:
            assert client.get(self.first_address).status_code == 303
            client.headers["origin"] = self.address
            yield client


@contextmanager
def running_console(console: Console, *, is_shared: bool = False) -> Iterator[RunningConsole]:
    """Serve a console on a free port until the block ends; as to paired devices if it is shared."""
    bound = bind(port=0)
    port = bound.getsockname()[1]
    app = make_app(console, replace(local_listener("127.0.0.1", port), is_shared=is_shared))
    ready = threading.Event()
    server = ConsoleServer(app, on_start=ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        assert ready.wait(60)
        yield RunningConsole(console, port)
    finally:
        server.should_exit = True
        thread.join(60)
        bound.close()
