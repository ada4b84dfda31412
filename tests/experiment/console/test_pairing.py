"""A telephone is paired by a short code, and may do less than the console's own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from experiment.console.console import Console
from experiment.console.pages import PAGES
from experiment.console.security.pairing import MOST_TRIES, VALID_S, Pairing
from tests.experiment.clocks import SetClock
from tests.experiment.console.running_console import RunningConsole, running_console

FOR_DEVICES = {
    "/monitor",
    "/monitor/events",
    "/monitor/{key}/picture/{name}",
    "/monitor/{key}/command/{kind}",
    "/pair",
}
"""Every address that a paired device may use; a new one is a decision."""


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_a_code_is_valid_once() -> None:
    pairing = Pairing()
    code = pairing.new_code()

    assert code == pairing.code
    assert (len(code), code.isdigit()) == (6, True)
    assert pairing.redeem(f" {code[:3]} {code[3:]}")
    assert not pairing.redeem(code)
    assert pairing.code == ""


def test_a_code_is_void_after_some_wrong_entries() -> None:
    pairing = Pairing()
    code = pairing.new_code()

    assert not any(pairing.redeem(wrong(code)) for _ in range(MOST_TRIES))
    assert not pairing.redeem(code)


def test_a_code_is_valid_at_the_last_try() -> None:
    pairing = Pairing()
    code = pairing.new_code()

    assert not any(pairing.redeem(wrong(code)) for _ in range(MOST_TRIES - 1))
    assert pairing.redeem(code)


def test_a_code_expires() -> None:
    clock = SetClock(100.0)
    pairing = Pairing(clock.now)
    code = pairing.new_code()

    clock.sleep_until(100.0 + VALID_S)

    assert pairing.code == ""
    assert not pairing.redeem(code)


def test_a_new_code_makes_the_one_before_void() -> None:
    pairing = Pairing()
    before = pairing.new_code()
    after = pairing.new_code()

    assert before == after or not pairing.redeem(before)


@pytest.mark.parametrize("entry", ["", "abc", "１２３４５６", "\0"])
def test_without_a_code_nothing_pairs(entry: str) -> None:
    assert not Pairing().redeem(entry)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[RunningConsole]:
    with running_console(Console(tmp_path), is_shared=True) as served:
        yield served


def enter(client: httpx.Client, shared: RunningConsole, code: str) -> httpx.Response:
    return client.post("/pair", data={"code": code}, headers={"origin": shared.address})


def test_a_paired_device_sees_the_monitor_and_nothing_else(shared: RunningConsole) -> None:
    with shared.client() as client:
        assert client.get("/monitor").status_code == 403
        assert tuple(client.get(path).status_code for path in ("/pair", "/static/console.css")) == (200, 200)

        assert enter(client, shared, shared.console.pairing.new_code()).headers["location"] == "/monitor"

        shown = client.get("/monitor").text
        assert "data-exclude" in shown
        assert "data-end" in shown
        assert 'data-command="pause"' in shown
        for page in PAGES:
            for place in page.places:
                path = re.sub(r"\{\w+(:int)?\}", "1", place.path)
                if place.method == "GET" and not place.for_devices:
                    assert client.get(path).status_code == 403, path
                elif not place.for_devices:
                    assert client.post(path, data={"a": "b"}, headers={"origin": shared.address}).status_code == 403
        assert shared.console.keys.devices == 1
        origin = {"origin": shared.address}
        for kind in ("note", "exclude", "include", "pause", "continue", "end"):  # no session runs
            assert client.post(f"/monitor/x/command/{kind}", data={"text": "b"}, headers=origin).status_code != 403


def test_only_the_decided_addresses_are_for_devices() -> None:
    assert {place.path for page in PAGES for place in page.places if place.for_devices} <= FOR_DEVICES


def test_a_wrong_code_pairs_nothing(shared: RunningConsole) -> None:
    with shared.client() as client:
        answer = enter(client, shared, wrong(shared.console.pairing.new_code()))

        assert answer.status_code == 403
        assert "This number is not valid." in answer.text
        assert client.get("/monitor").status_code == 403


def test_the_token_and_the_cookie_of_the_owner_are_not_valid_on_the_shared_socket(shared: RunningConsole) -> None:
    keys = shared.console.keys
    with shared.client() as client:
        assert client.get(f"/?token={keys.token}").status_code == 403
        client.cookies.set(f"mimicry_console_{shared.port}", keys.new_cookie("owner"))
        assert client.get("/study").status_code == 403
        assert client.get("/monitor").status_code == 403


def test_a_forgotten_device_is_refused(shared: RunningConsole) -> None:
    with shared.client() as client:
        enter(client, shared, shared.console.pairing.new_code())
        shared.console.keys.forget_devices()

        assert client.get("/monitor").status_code == 403


def test_the_pairing_page_does_not_show_the_study(shared: RunningConsole) -> None:
    with shared.client() as client:
        assert shared.console.dataset.name not in client.get("/pair").text


def test_the_console_shows_address_code_and_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiment.console.sharing.network_names", lambda: ["192.0.2.7"])
    console = Console(tmp_path)
    with running_console(console) as served, served.owner() as client:
        assert console.pairing.code == ""
        assert client.post("/devices/share", data={"a": "b"}).status_code == 303
        page = client.get("/devices").text
        address = console.sharing.addresses[0]
        assert address.startswith("http://192.0.2.7:")
        assert address in page
        assert f"{console.pairing.code[:3]} {console.pairing.code[3:]}" in page
        assert 'src="data:image/svg+xml' in page

        client.post("/devices/stop", data={"a": "b"})
        assert not console.sharing.is_on
        assert "192.0.2.7" not in client.get("/devices").text


def test_without_a_network_the_console_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiment.console.sharing.network_names", list)
    with running_console(Console(tmp_path)) as served, served.owner() as client:
        answer = client.post("/devices/share", data={"a": "b"})

    assert answer.status_code == 409
    assert answer.text.startswith("this computer is in no network")
