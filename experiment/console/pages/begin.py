"""The page Begin: choose, check and start a session, and follow its start."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from experiment.console.begin_form import ACCEPT, GROUP, OTHER_CAMERA, STRATUM, camera_choices, read_form
from experiment.console.beginning import Beginning, prepare_beginning
from experiment.console.console import Console, console_of, language_of
from experiment.console.events import event_stream
from experiment.console.forms import answers_form
from experiment.console.page import Page, Place
from experiment.console.pages.begin_devices import DEVICE_PLACES
from experiment.console.processes.programs import laboratory_command
from experiment.console.processes.session_start import start_session
from experiment.console.rendering import render
from experiment.console.starting import start_progress
from experiment.errors import ExperimentError
from experiment.protocol.estimates.description import duration
from experiment.record.errors import RecordError
from experiment.record.layout import SessionPlace, session_place

LONGEST_ID = 100


def show(request: Request) -> Response:
    """Show the form, filled in from the query of the address."""
    return _page(request, request.query_params)


def show_plan(request: Request) -> Response:
    """Show what a session needs and what stands in its way, without the page."""
    return _page(request, request.query_params, template="begin_plan.html")


def start(request: Request, fields: Mapping[str, str]) -> Response:
    """Start a session; show the form again if it cannot begin."""
    console = console_of(request)
    wish = read_form(console, fields).wish
    beginning = prepare_beginning(console.dataset, wish)
    if beginning.plan is None or not beginning.is_ready(wish.accept):
        return _page(request, fields, status=409)
    place = session_place(console.dataset, wish.participant, wish.session)
    return _started(request, place, wish.arguments(console.dataset), fields)


def resume(request: Request, fields: Mapping[str, str]) -> Response:
    """Resume an interrupted session."""
    console = console_of(request)
    place = _place(console, fields)
    wish = read_form(console, fields).wish
    chosen = [] if wish.camera is None else [f"--camera={wish.camera}"]
    chosen += ["--accept=clock"] if "clock" in wish.accept else []
    session = [] if place.session is None else [f"--session={place.session}"]
    named = [f"--dataset={console.dataset}", f"--participant={place.participant}", *session]
    return _started(request, place, ["resume", *named, *chosen], fields)


def show_start(request: Request) -> Response:
    """Show the steps of a session that starts."""
    place = _place(console_of(request), request.query_params)
    steps = f"/begin/steps?{_query(place)}"
    return render(request, "starting.html", page="begin", place=place, steps=steps)


def follow_start(request: Request) -> Response:
    """Send the steps of a session that starts as they happen."""
    console = console_of(request)
    place, language = _place(console, request.query_params), language_of(request)
    return event_stream(request, lambda: start_progress(console, place, language), every_s=0.2)


def _started(request: Request, place: SessionPlace, arguments: list[str], fields: Mapping[str, str]) -> Response:
    """Close the camera of the page, start the process, and show its steps."""
    console = console_of(request)
    console.camera.stop()
    try:
        start_session(console.jobs, place, laboratory_command(*arguments))
    except (ExperimentError, RecordError) as error:
        return _page(request, fields, status=409, refusal=str(error))
    return RedirectResponse(f"/begin/starting?{_query(place)}", status_code=303)


def _page(
    request: Request, fields: Mapping[str, str], *, template: str = "begin.html", status: int = 200, refusal: str = ""
) -> Response:
    console = console_of(request)
    form = read_form(console, fields)
    beginning = prepare_beginning(console.dataset, form.wish)
    return render(
        request,
        template,
        page="begin",
        status=status,
        form=form,
        wish=form.wish,
        beginning=beginning,
        problems=[(one, one.place.file.name) for one in beginning.problems],
        group=_group_words(beginning),
        duration=duration,
        cameras=camera_choices(),
        names={"group": GROUP, "stratum": STRATUM, "accept": ACCEPT, "other": OTHER_CAMERA},
        refusal=refusal,
    )


def _group_words(beginning: Beginning) -> str:
    """Return the group of the participant, as the page asks to confirm it."""
    groups = {} if beginning.plan is None else beginning.plan.groups
    return ", ".join(level if len(groups) == 1 else f"{factor} {level}" for factor, level in groups.items())


def _place(console: Console, fields: Mapping[str, str]) -> SessionPlace:
    """Return the session that a request names.

    Raises
    ------
    HTTPException
        400 if the labels are not allowed.
    """
    participant, session = fields.get("participant", ""), fields.get("session") or None
    try:
        if max(len(participant), len(session or "")) > LONGEST_ID:
            raise RecordError("The label is too long.")
        return session_place(console.dataset, participant, session)
    except RecordError as error:
        raise HTTPException(400, str(error)) from None


def _query(place: SessionPlace) -> str:
    named = {"participant": place.participant, "session": place.session}
    return urlencode({name: value for name, value in named.items() if value is not None})


BEGIN = Page(
    "begin",
    (
        Place("/begin", show),
        Place("/begin/plan", show_plan),
        Place("/begin/start", answers_form(start), method="POST"),
        Place("/begin/resume", answers_form(resume), method="POST"),
        Place("/begin/starting", show_start),
        Place("/begin/steps", follow_start),
        *DEVICE_PLACES,
    ),
)
