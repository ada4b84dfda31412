"""The web application: all pages, behind the guard."""

from __future__ import annotations

import inspect
from functools import partial
from pathlib import Path
from typing import cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from experiment.console.console import LANGUAGE_COOKIE, Console, role_of
from experiment.console.forms import fields_of
from experiment.console.page import Page, Place
from experiment.console.pages import PAGES
from experiment.console.rendering import DEVICE_NAVIGATION
from experiment.console.security.guard import Guard
from experiment.console.security.hosts import Listener
from experiment.console.texts import LANGUAGES
from experiment.errors import ExperimentError
from experiment.record.errors import RecordError


def make_app(console: Console, listener: Listener) -> Starlette:
    """Return the application for one socket.

    Parameters
    ----------
    console
        What all pages share.
    listener
        The socket on which it will be served.
    """
    static = StaticFiles(directory=Path(__file__).parent / "static")
    own = Page(
        "console",
        (Place("/", _home, for_devices=True), Place("/language", _choose_language, method="POST", for_devices=True)),
    )
    routes = [_route(place) for page in (own, *PAGES) for place in page.places]
    app = Starlette(
        routes=[*routes, Mount("/static", static)],
        middleware=[Middleware(Guard, keys=console.keys, listener=listener)],
        exception_handlers={
            HTTPException: _show_refusal,
            ExperimentError: _show_error,
            RecordError: _show_error,
        },
    )
    app.router.redirect_slashes = False
    app.state.console = console
    app.state.listener = listener
    app.state.stopping = False
    app.state.make_app = partial(make_app, console)
    return app


def _route(place: Place) -> Route:
    is_coroutine = inspect.iscoroutinefunction(place.answer)

    async def answer(request: Request) -> Response:
        role = role_of(request)
        if role != "owner" and not (place.for_readers if role == "reader" else place.for_devices):
            raise HTTPException(403, "Paired devices cannot do this.")
        if place.method == "POST":
            await fields_of(request)  # a malformed form is refused also where no field is used
        found = place.answer(request) if is_coroutine else await run_in_threadpool(place.answer, request)
        if inspect.isawaitable(found):
            found = await found
        return found

    return Route(place.path, answer, methods=[place.method])


def _home(request: Request) -> Response:
    return RedirectResponse("/study" if role_of(request) == "owner" else f"/{DEVICE_NAVIGATION[0]}", status_code=303)


async def _choose_language(request: Request) -> Response:
    fields = await fields_of(request)
    chosen, back = fields.get("language", ""), fields.get("back", "/")
    if chosen not in LANGUAGES or not back.startswith("/") or back.startswith("//") or not back.isprintable():
        raise HTTPException(400, "The form is not valid.")
    response = RedirectResponse(back, status_code=303)
    response.set_cookie(LANGUAGE_COOKIE, chosen, httponly=True, samesite="strict", max_age=365 * 24 * 3600)
    return response


async def _show_refusal(_: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    return PlainTextResponse(f"{refusal.detail}\n", status_code=refusal.status_code)


async def _show_error(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=409)
