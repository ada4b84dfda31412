"""The guard lets only the console's own pages in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from experiment.console.console import Console
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
