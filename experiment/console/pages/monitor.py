"""The page Monitor: what a running session does, and commands to it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from experiment.console.console import console_of, language_of
from experiment.console.events import event_stream
from experiment.console.exclusion_reasons import proposed_reasons, recorded_reason
from experiment.console.forms import fields_of
from experiment.console.monitor.monitor_values import monitor_values, shown_session
from experiment.console.page import Page, Place
from experiment.console.rendering import render
from experiment.console.texts import text
from experiment.errors import DisplayError
from experiment.record.live_state.control import CommandError, CommandKind, new_command, send_and_wait
from experiment.record.live_state.pictures import SmallPicture, camera_picture, request_pictures, screen_description
from experiment.record.live_state.reading import SeenSession
from experiment.screens.published_screen import draw_published

EVENTS_S = 0.5
SCREEN_PX = 320
"""Width of the picture of the participant's screen."""
_COMMANDS: tuple[CommandKind, ...] = ("note", "exclude", "include", "pause", "continue", "end")
_TAKEN_BACK = "taken back on the page Monitor"


def show(request: Request) -> Response:
    """Show the session that runs."""
    language = language_of(request)
    values = monitor_values(shown_session(console_of(request).dataset), language)
    return render(request, "monitor.html", page="monitor", values=values, reasons=proposed_reasons(language))


def send_values(request: Request) -> Response:
    """Send what changes on the page, as events."""
    dataset, language = console_of(request).dataset, language_of(request)
    return event_stream(request, lambda: monitor_values(shown_session(dataset), language), every_s=EVENTS_S)


def send_picture(request: Request) -> Response:
    """Send the newest picture of camera or screen.

    The answer is empty (204) if the page has it already, and when the session has just ended.
    """
    seen = shown_session(console_of(request).dataset, request.path_params["key"])
    if seen is None or not seen.is_running:
        return Response(status_code=204)
    request_pictures(seen.folder)
    is_camera = request.path_params["name"] == "camera"
    found = camera_picture(seen.folder) if is_camera else screen_description(seen.folder)
    if found is None or f"{found.written_utc_s:.6f}" == request.query_params.get("seen"):
        return Response(status_code=204)
    return Response(
        found.content if is_camera else _drawn(found),
        media_type="image/jpeg",
        headers={"x-written": f"{found.written_utc_s:.6f}"},
    )


async def command(request: Request) -> Response:
    """Hand a command to the session; answer with a sentence."""
    fields = await fields_of(request)
    kind = next((one for one in _COMMANDS if one == request.path_params["kind"]), None)
    if kind is None:
        raise HTTPException(404)
    reason = recorded_reason(fields) if kind == "exclude" else fields.get("text", "")
    if kind == "include":
        reason = _TAKEN_BACK
    return await run_in_threadpool(_send, request, kind, reason, fields.get("trial", ""))


def _send(request: Request, kind: CommandKind, reason: str, trial: str) -> Response:
    language, state = language_of(request), _running(request).state
    try:
        sent = new_command(kind, source="console", text=reason, trial=trial)
        answer = send_and_wait(console_of(request).dataset, state.participant, state.session, sent)
    except CommandError as error:
        raise HTTPException(409, text("monitor.refused", language, sentence=error)) from error
    return JSONResponse({"sentence": text(f"monitor.done_{kind}", language, trial=answer.trial)})


def _running(request: Request) -> SeenSession:
    """Return the session of the address.

    Raises
    ------
    HTTPException
        404 if it does not run.
    """
    seen = shown_session(console_of(request).dataset, request.path_params["key"])
    if seen is None or not seen.is_running:
        raise HTTPException(404, text("monitor.not_running", language_of(request)))
    return seen


def _drawn(description: SmallPicture) -> bytes:
    try:
        return draw_published(description.content, width_px=SCREEN_PX)
    except DisplayError as error:
        raise HTTPException(404) from error


MONITOR = Page(
    "monitor",
    (
        Place("/monitor", show, for_devices=True),
        Place("/monitor/events", send_values, for_devices=True),
        Place("/monitor/{key}/picture/{name}", send_picture, for_devices=True),
        Place("/monitor/{key}/command/{kind}", command, method="POST", for_devices=True),
    ),
)
