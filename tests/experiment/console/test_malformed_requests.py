"""A thousand malformed requests at a real socket: all refused, nothing changed."""

from __future__ import annotations

import hashlib
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from experiment.bench.small_session import run_small_session, write_protocol
from experiment.console.console import Console
from experiment.console.pages import PAGES
from experiment.console.security.guard import LARGEST_BODY, cookie_name
from experiment.console.security.hosts import local_listener
from experiment.record.layout import session_place
from tests.experiment.console.running_console import RunningConsole, running_console

REQUESTS = 1000
GETS = sorted({place.path for page in PAGES for place in page.places if place.method == "GET"})
POSTS = sorted({place.path for page in PAGES for place in page.places if place.method == "POST"})
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """A request as bytes are made of it; every field can be wrong."""

    method: str = "GET"
    path: str = "/study"
    host: str | None = None
    cookies: tuple[str, ...] = ()
    origin: str | None = None
    content_type: str | None = None
    length: str | None = None
    body: bytes = b""
    more: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    """If it is not empty: sent instead of everything else."""

    def encoded(self) -> bytes:
        if self.raw:
            return self.raw
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [] if self.host is None else [f"Host: {self.host}"]
        lines += [f"Cookie: {cookie}" for cookie in self.cookies]
        lines += [] if self.origin is None else [f"Origin: {self.origin}"]
        lines += [] if self.content_type is None else [f"Content-Type: {self.content_type}"]
        length = str(len(self.body)) if self.length is None and self.body else self.length
        lines += [f"Content-Length: {length}"] if length else []
        lines += [*self.more, "Connection: close", "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


Change = Callable[[Request, random.Random], Request]


def without_cookie(valid: Request, rng: random.Random) -> Request:
    return replace(valid, cookies=())


def with_wrong_cookie(valid: Request, rng: random.Random) -> Request:
    name, _, value = valid.cookies[0].partition("=")
    return replace(
        valid,
        cookies=rng.choice(
            [
                (f"{name}={value[:-1]}",),
                (f"{name}={value}x",),
                (f"{name}=",),
                (f"other={value}",),
                (f"{name}={value}", f"{name}={value}"),
                ("\x7f;;;=",),
                (f"{name}={rng.getrandbits(256):x}",),
                ("a=" + "b" * 9000,),
            ]
        ),
    )


def with_wrong_token(valid: Request, rng: random.Random) -> Request:
    token = rng.choice(["", "wrong", "x" * 43, "%00", "a&token=b", f"{rng.getrandbits(256):x}"])
    return replace(valid, path=rng.choice(["/", "/study"]) + f"?token={token or '%20'}", cookies=())


def with_wrong_host(valid: Request, rng: random.Random) -> Request:
    port = str(valid.host).rpartition(":")[2]
    hosts = ["evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", f"localhost.evil.example:{port}", ""]
    if rng.random() < 0.2:
        return replace(valid, more=(f"Host: evil.example:{port}",))
    return replace(valid, host=rng.choice([*hosts, f"[::ffff:127.0.0.1]:{port}", f"user@127.0.0.1:{port}", None]))


def with_wrong_origin(valid: Request, rng: random.Random) -> Request:
    wrong = [
        "null",
        "http://evil.example",
        f"https://{valid.host}",
        f"http://{valid.host}.evil.example",
        "file://",
        "*",
    ]
    origin = rng.choice(wrong if valid.method == "GET" else [*wrong, None])
    return replace(valid, origin=origin)


def from_another_site(valid: Request, rng: random.Random) -> Request:
    return replace(valid, more=(f"Sec-Fetch-Site: {rng.choice(['cross-site', 'same-site', 'nonsense'])}",))


def with_wrong_method(valid: Request, rng: random.Random) -> Request:
    methods = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "PROPFIND"]
    return replace(valid, method=rng.choice(methods))


def with_wrong_path(valid: Request, rng: random.Random) -> Request:
    up = rng.choice(["../", "%2e%2e/", "..%2f", "%2e%2e%2f", "..\\", "..%5c", "%252e%252e%252f", "....//", "./"])
    target = rng.choice(["etc/passwd", "participants.tsv", "sourcedata/sub-01/journal.jsonl", "console.py", "app.py"])
    start = rng.choice(["/static/", "/", "/review/", "/study/", "//", "/static//", "/static/%00"])
    wrong = rng.choice(
        ["/%00", "/study%00", "/study\\", "/study/", "/st%75dy/x", "/" + "a" * 5000, "/study?" + "q" * 5000]
    )
    return replace(valid, method="GET", path=rng.choice([start + up * rng.randint(1, 6) + target, wrong]), body=b"")


def with_wrong_body(valid: Request, rng: random.Random) -> Request:
    json_body = "application/json"
    bodies = [
        (FORM, b"\xff\xfe=1"),
        (FORM, b"participant=%ff"),
        (FORM, b"participant=1&participant=2"),
        (FORM, b"no equals sign"),
        (FORM, b"a=" + b"b" * 5000),
        (FORM, b"participant=%00"),
        (json_body, b"[]"),
        (json_body, b'{"participant": 7}'),
        (json_body, b'{"participant": {"a": "b"}}'),
        (json_body, b"{"),
        (json_body, b"null"),
        (json_body, b"[" * 60_000),
        (json_body, b'{"participant": "\\u0000"}'),
        ("text/plain", b"participant=01"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/xml", b"<a/>"),
        (None, b"participant=01"),
    ]
    kind, body = rng.choice(bodies)
    return replace(valid, method="POST", path=rng.choice(POSTS), content_type=kind, body=body, length=None)


def with_huge_body(valid: Request, rng: random.Random) -> Request:
    post = replace(valid, method="POST", path=rng.choice(POSTS), content_type=FORM)
    if rng.random() < 0.4:
        return replace(post, length=rng.choice([str(LARGEST_BODY + 1), str(10**12), "-1", "1e3", "0x10", "1, 2"]))
    return in_chunks(post)


def in_chunks(post: Request) -> Request:
    """Return a request whose length is not known before its end, and is too large."""
    chunk = b"a" * 16_384
    many = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for _ in range(LARGEST_BODY // len(chunk) + 1))
    return replace(post, more=("Transfer-Encoding: chunked",), length="", body=many + b"0\r\n\r\n")


def with_wrong_labels(valid: Request, rng: random.Random) -> Request:
    label = rng.choice(["..%2F..%2Fx", "%2Fetc", "a%20b", "", "sub-", "%E3%81%82", "-x", "a" * 3000, "..", "--pilot"])
    return replace(
        valid,
        method="POST",
        path="/begin/resume",
        content_type=FORM,
        length=None,
        body=f"participant={label}&session=..".encode(),
    )


def not_http(valid: Request, rng: random.Random) -> Request:
    texts = [
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /study HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /study\r\n\r\n",
    ]
    text = rng.choice([*texts, rng.randbytes(200) + b"\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a" * 40_000 + b"\r\n\r\n"])
    return replace(valid, raw=text)


CHANGES: list[Change] = [
    without_cookie,
    with_wrong_cookie,
    with_wrong_token,
    with_wrong_host,
    with_wrong_origin,
    from_another_site,
    with_wrong_method,
    with_wrong_path,
    with_wrong_body,
    with_huge_body,
    with_wrong_labels,
    not_http,
]


def answer_to(port: int, request: bytes, *, is_whole: bool = True) -> bytes:
    """Send bytes on a connection of their own; return everything that comes back.

    If the server may wait for more than ``request``, the connection is closed on one side.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        received = b""
        try:
            connection.sendall(request)
            if not is_whole:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                received += part
        except ConnectionError:  # refused before everything was sent
            pass
        return received


def contents(*folders: Path) -> dict[str, tuple[int, int, str]]:
    """Return mode, time of change and hash of everything in the folders."""
    return {
        str(path): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for folder in folders
        for path in [folder, *sorted(folder.rglob("*"))]
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with one session."""
    folder = tmp_path_factory.mktemp("study")
    protocol = write_protocol(folder / "protocol", trials=2)
    run_small_session(session_place(folder / "data", "01", None), protocol, seed=3)
    return folder / "data"


@pytest.fixture
def running(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningConsole]:
    (tmp_path / "runtime").mkdir()
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))
    with running_console(Console(study)) as served:
        yield served


def valid_request(running: RunningConsole, method: str, path: str) -> Request:
    cookie = running.console.keys.new_cookie("owner")
    host = f"127.0.0.1:{running.port}"
    name = cookie_name(local_listener("127.0.0.1", running.port))
    post = method == "POST"
    return Request(
        method, path, host, (f"{name}={cookie}",), f"http://{host}" if post else None, FORM if post else None,
        "0" if post else None,
    )  # fmt: skip


def test_a_thousand_malformed_requests_are_refused_and_change_nothing(
    running: RunningConsole, study: Path, tmp_path: Path
) -> None:
    rng = random.Random(8)
    before = contents(study, tmp_path / "runtime")
    refused = []
    for number in range(REQUESTS):
        method = rng.choice(["GET", "POST"])
        valid = valid_request(running, method, rng.choice(GETS if method == "GET" else POSTS))
        request = CHANGES[number % len(CHANGES)](valid, rng)
        answer = answer_to(running.port, request.encoded(), is_whole=not request.raw)
        status = int(answer.split(b" ", 2)[1]) if answer else 0
        assert status == 0 or 400 <= status < 500, str((request.encoded()[:400], answer[:80]))
        assert status != 0 or request.raw or len(request.body) > LARGEST_BODY, request
        assert b"Traceback" not in answer
        refused.append(status)
    assert len(refused) == REQUESTS
    assert {400, 403, 404, 405, 413, 415} <= set(refused)
    assert contents(study, tmp_path / "runtime") == before
    assert running.console.jobs.all() == []
    assert not running.console.camera.is_shown


def test_the_requests_that_are_changed_are_valid(running: RunningConsole) -> None:
    request = valid_request(running, "GET", "/study")

    assert answer_to(running.port, request.encoded()).startswith(b"HTTP/1.1 200")
    assert answer_to(running.port, replace(request, path="/static/console.css").encoded()).startswith(b"HTTP/1.1 200")
    form = replace(valid_request(running, "POST", "/language"), body=b"language=de&back=/study", length=None)
    assert answer_to(running.port, form.encoded()).startswith(b"HTTP/1.1 303")


def test_a_body_without_a_length_is_cut_off_when_it_is_too_large(running: RunningConsole) -> None:
    answer = answer_to(running.port, in_chunks(valid_request(running, "POST", "/language")).encoded())

    assert answer.startswith(b"HTTP/1.1 413")


def test_contents_notices_a_change(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(np.zeros(3, np.uint8).tobytes())
    before = contents(tmp_path)
    (tmp_path / "a").write_bytes(b"x")

    assert contents(tmp_path) != before
