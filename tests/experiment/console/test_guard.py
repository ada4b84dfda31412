"""The guard lets only the console's own pages in."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from experiment.console import network, serving
from experiment.console.console import Console
from experiment.console.security.keys import BROWSER_TOKEN_VALID_S, Keys
from tests.experiment.clocks import SetClock
from tests.experiment.console.running_console import RunningConsole, running_console


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    with running_console(Console(Path(tmp_path_factory.mktemp("study")))) as served:
        yield served


def test_the_token_is_exchanged_for_a_cookie_and_leaves_the_address(running: RunningConsole) -> None:
    with running.client() as client:
        answer = client.get(running.first_address)

        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert running.console.keys.token not in cookie
        assert client.get("/study").status_code == 200


@pytest.mark.parametrize("path", ["/", "/study", "/static/console.css", "/nothing", "/?token=wrong"])
def test_without_a_cookie_every_address_gives_the_same_refusal(running: RunningConsole, path: str) -> None:
    with running.client() as client:
        answer = client.get(path)

    assert answer.status_code == 403
    assert answer.text == "This page opens with the address that the console printed when it started.\n"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_name_is_refused(running: RunningConsole, host: str) -> None:
    with running.owner() as client:
        assert client.get("/study", headers={"host": host.format(port=running.port)}).status_code == 403


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_another_origin_is_refused(running: RunningConsole, origin: str) -> None:
    with running.owner() as client:
        headers = {"origin": origin.format(port=running.port)}
        assert client.get("/study", headers=headers).status_code == 403
        assert client.post("/language", data={"language": "de"}, headers=headers).status_code == 403


def test_a_form_without_an_origin_is_refused(running: RunningConsole) -> None:
    with running.owner() as client:
        del client.headers["origin"]
        assert client.post("/language", data={"language": "de"}).status_code == 403


def test_the_language_can_be_chosen(running: RunningConsole) -> None:
    with running.owner() as client:
        assert client.post("/language", data={"language": "de", "back": "/study"}).headers["location"] == "/study"
        assert "<h1>Studie</h1>" in client.get("/study").text


def test_pages_may_not_be_kept_or_framed_and_load_nothing_from_elsewhere(running: RunningConsole) -> None:
    with running.owner() as client:
        headers = client.get("/study").headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize("other", ["list[1]=2", 'settings={"a": 1}', "no value"])
def test_malformed_cookies_of_other_programs_do_not_lock_the_owner_out(running: RunningConsole, other: str) -> None:
    with running.owner() as client:
        own = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    with running.client() as client:
        assert client.get("/study", headers={"cookie": f"{other}; {own}"}).status_code == 200


def test_the_token_of_the_browser_that_is_started_is_valid_once(running: RunningConsole) -> None:
    token = running.console.keys.new_browser_token()
    with running.client() as client, running.client() as thief:
        assert client.get(f"/?token={token}").headers["location"] == "/"
        assert client.get("/study").status_code == 200

        assert thief.get(f"/?token={token}").status_code == 403
        assert thief.get("/study").status_code == 403
        assert client.get("/study").status_code == 403  # nobody knows who of the two was the thief
        assert client.get(running.first_address).status_code == 303
        assert client.get("/study").status_code == 200


def test_the_command_line_of_the_browser_has_not_the_printed_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StartedServer:
        def __init__(self, _: object, *, on_start: Callable[[], None]) -> None:
            self.run: Callable[..., None] = lambda **_: on_start()

    opened: list[str] = []
    printed: list[str] = []
    monkeypatch.setattr(serving, "ConsoleServer", StartedServer)
    monkeypatch.setattr("webbrowser.open", opened.append)
    console = Console(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        serving.serve(console, bound, open_browser=True, share=False, say=printed.append)

    (shown,), (address,) = printed, opened
    assert shown.partition("token=")[2] == console.keys.token
    assert address.partition("token=")[0] == shown.partition("token=")[0]
    token = address.partition("token=")[2]
    assert token != console.keys.token
    assert console.keys.exchange(token) is not None


def test_a_browser_token_that_is_seen_later_is_worthless_and_disturbs_nobody() -> None:
    clock = SetClock(100.0)
    keys = Keys(clock_s=clock.now)
    token = keys.new_browser_token()
    cookies = keys.exchange(token)
    assert cookies is not None

    clock.sleep_until(100.0 + BROWSER_TOKEN_VALID_S)

    assert keys.exchange(token) is None
    assert [keys.role_of(cookie) for cookie in cookies] == ["owner", "reader"]
    assert keys.exchange("") is None


def test_a_connection_that_sends_no_whole_request_is_closed(
    running: RunningConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "LONGEST_HEAD_S", 0.05)
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as slow:
        slow.sendall(b"GET /study HTTP/1.1\r\n")
        assert answer_on(slow) == b""


def test_a_stream_ends_when_its_cookie_becomes_invalid(running: RunningConsole) -> None:
    keys = running.console.keys
    token = keys.new_browser_token()
    with running.client() as thief:
        assert thief.get(f"/?token={token}").status_code == 303
        with thief.stream("GET", "/monitor/events") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("data: ")
            assert keys.exchange(token) is None  # the browser comes second

            assert list(islice(lines, 3)) == [""]  # not endless if it fails


def test_one_computer_cannot_use_up_all_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "MOST_OF_ONE_ADDRESS", 3)
    monkeypatch.setattr(network, "LONGEST_HEAD_S", 3600.0)
    with running_console(Console(tmp_path)) as served:
        opened = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(5)]
        for oldest in opened[:2]:
            assert answer_on(oldest) == b""
        for kept in opened[2:]:
            kept.sendall(b"GET /study HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer_on(kept).startswith(b"HTTP/1.1 403")
        for one in opened:
            one.close()


def answer_on(connection: socket.socket) -> bytes:
    """Return what the console sends; empty if it closes the connection."""
    try:
        return connection.recv(100)
    except ConnectionResetError:
        return b""
