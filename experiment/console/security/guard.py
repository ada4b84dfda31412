"""Refuse requests that do not come from the console's own pages.

Every request is checked before a page sees it, in this order: name of the host, token or cookie, path, origin, method,
content type, size. A refusal is one plain sentence. It is the same for all requests without a cookie, so that it
reveals nothing about the data set.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from experiment.console.security.hosts import Listener
from experiment.console.security.keys import Keys, Role

LARGEST_BODY = 64 * 1024
"""Bytes. The longest form of the console is a note of a few lines."""
LONGEST_BODY_S = 10.0
"""A body that arrives more slowly is refused."""
LONGEST_ADDRESS = 4096
"""Characters of path and query together."""
METHODS = ("GET", "HEAD", "POST")
CONTENT_TYPES = ("application/x-www-form-urlencoded", "application/json")
RESULTS = "/review/results/"
"""Addresses of the results of the analysis."""
PAIRING = "/pair"
"""The page where a device enters its code; open on the shared listener only."""
OPEN_WITHOUT_COOKIE = (PAIRING, "/static/console.css", "/static/console.js")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    # `no-referrer` would make browsers send `Origin: null` with forms; `same-origin` sends nothing elsewhere either.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
NO_KEY = "This page opens with the address that the console printed when it started.\n"


class TooLarge(Exception):
    """The body of a request is larger than `LARGEST_BODY`, or arrives too slowly."""


class Guard:
    """ASGI middleware around all pages of the console.

    Parameters
    ----------
    app
        The pages.
    keys
        The secrets of the console.
    listener
        The socket whose requests arrive here.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys, listener: Listener) -> None:
        self._app = app
        self._keys = keys
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it to the pages."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        answer = self._answer(scope, headers)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    sent.setdefault(name, value)
                if scope.get("state", {}).get("role") is None:
                    sent["connection"] = "close"  # a stranger keeps no connection
            await send(message)

        if answer is not None:
            await answer(scope, receive, send_with_headers)
            return
        try:
            body = await _whole_body(receive) if scope["method"] == "POST" else b""
        except TooLarge:
            await _refusal(413, "The request is too large.")(scope, receive, send_with_headers)
            return
        await self._app(scope, _replayed(body, receive), send_with_headers)

    def _answer(self, scope: Scope, headers: Headers) -> Response | None:
        """Return a refusal, or the exchange of the token; None if the request may pass."""
        if not self._is_addressed(headers):
            return _refusal(403, NO_KEY)
        role = self._role(scope, headers)
        path = scope["path"]
        if role is None and not (self._listener.is_shared and path in OPEN_WITHOUT_COOKIE):
            return self._exchange(scope) or _refusal(403, NO_KEY)
        state = scope.setdefault("state", {})
        state["role"], state["is_admitted"] = role, lambda: self._role(scope, headers) == role
        if "token" in parse_qs(_query(scope)):
            return self._exchange(scope) or _refusal(403, NO_KEY)
        return _fault(scope, headers, self._listener, is_reader=role == "reader")

    def _is_addressed(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        return len(hosts) == 1 and self._listener.allows_host(hosts[0])

    def _role(self, scope: Scope, headers: Headers) -> Role | None:
        role = self._keys.role_of(_cookie(headers, cookie_name(self._listener)))
        if role is None and self._keys.role_of(_cookie(headers, reader_cookie_name(self._listener))) == "reader":
            is_link = scope["method"] == "GET" and headers.get("sec-fetch-dest") == "document"
            role = "reader" if is_link and scope["path"].startswith(RESULTS) else None
        return role if role in (None, "device") or not self._listener.is_shared else None

    def _exchange(self, scope: Scope) -> Response | None:
        """Return a redirection that sets the cookie, if the address has the right token."""
        tokens = parse_qs(_query(scope)).get("token", [])
        is_entry = scope["method"] == "GET" and scope["path"] == "/" and len(tokens) == 1
        cookies = None if self._listener.is_shared or not is_entry else self._keys.exchange(tokens[0])
        if cookies is None:
            return None
        owner, reader = cookies
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            reader_cookie_name(self._listener),
            reader,
            httponly=True,
            samesite="lax",
            path=RESULTS,
        )
        return with_cookie(response, owner, self._listener)


def with_cookie(response: Response, cookie: str, listener: Listener) -> Response:
    """Return a response that gives a browser its cookie.

    Parameters
    ----------
    response
        Any answer to the browser.
    cookie
        From `Keys.new_cookie`.
    listener
        The socket on which the browser came.
    """
    response.set_cookie(cookie_name(listener), cookie, httponly=True, samesite="strict", path="/")
    return response


def cookie_name(listener: Listener) -> str:
    """Return the name of the cookie; browsers do not keep cookies of two ports apart."""
    return f"mimicry_console_{listener.port}"


def reader_cookie_name(listener: Listener) -> str:
    """Return the name of the cookie for links between results.

    Results are shown in a sandbox, so that what they run reaches no page of the console. Browsers therefore take a link
    in a result for one of another site, and leave out the other cookie.
    """
    return f"mimicry_results_{listener.port}"


def _fault(scope: Scope, headers: Headers, listener: Listener, *, is_reader: bool) -> Response | None:
    """Return the refusal of a request that has a valid cookie; None if it may pass."""
    if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS or not _is_plain(scope["path"]):
        return _refusal(400, "The address is not valid.")
    origins = headers.getlist("origin")
    if any(not listener.allows_origin(origin) for origin in origins) or len(origins) > 1:
        return _refusal(403, "The request comes from another page.")
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and not is_reader:
        return _refusal(403, "The request comes from another page.")
    if scope["method"] not in METHODS:
        return _refusal(405, "The method is not allowed.")
    if scope["method"] != "POST":
        return None
    if not origins:
        return _refusal(403, "The request comes from another page.")
    if headers.get("content-type", "").partition(";")[0].strip().lower() not in CONTENT_TYPES:
        return _refusal(415, "The request is neither a form nor JSON.")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()) or int(length) > LARGEST_BODY:
        return _refusal(413, "The request is too large.")
    return None


def _is_plain(path: str) -> bool:
    """Return whether a decoded path has neither control characters nor steps upwards."""
    return (
        path.isprintable()
        and "\\" not in path
        and "//" not in path
        and not any(part in (".", "..") for part in path.split("/"))
    )


def _cookie(headers: Headers, name: str) -> str:
    found = headers.getlist("cookie")
    if len(found) != 1:
        return ""
    # Other programs of this computer have cookies, too, and not all are well formed: they are passed over.
    return cookie_parser(found[0]).get(name, "")


def _query(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    return query.decode("latin-1")


async def _whole_body(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises
    ------
    TooLarge
        If it has more than `LARGEST_BODY` bytes or takes longer than `LONGEST_BODY_S`.
    """
    try:
        return await asyncio.wait_for(_read_body(receive), LONGEST_BODY_S)
    except asyncio.TimeoutError:
        raise TooLarge from None


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message: MutableMapping[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            raise TooLarge
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once, then what the server sends."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _refusal(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status_code=status, headers={"connection": "close"})
