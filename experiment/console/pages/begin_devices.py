"""The live camera picture and the machine check of the page Begin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from experiment.console.begin_form import Form, read_form
from experiment.console.beginning import Beginning, prepare_beginning
from experiment.console.console import Console, console_of, language_of
from experiment.console.events import event_stream
from experiment.console.forms import answers_form
from experiment.console.page import Place
from experiment.console.preview.advice import advice
from experiment.console.processes.jobs import Job
from experiment.console.processes.programs import laboratory_command
from experiment.console.processes.session_start import is_session_here
from experiment.console.texts import known_text, text
from experiment.errors import CameraError, SessionError
from experiment.lab.preflight_measure import USUAL_CAMERA
from experiment.lab.session_checks import find_consent
from experiment.lab.session_options import Options
from experiment.protocol.plan import CameraSettings

CHECK = "check"


def show_camera(request: Request, fields: Mapping[str, str]) -> Response:
    """Open the chosen camera for the page.

    Raises
    ------
    CameraError
        If a session runs or starts, or the participant has refused to be filmed.
    """
    console = console_of(request)
    form, beginning = _beginning(console, fields)
    if is_session_here():
        raise CameraError(text("begin.camera_in_session", language_of(request)))
    camera = _camera(form, beginning)
    plan = beginning.plan
    if plan is not None and find_consent(plan, console.dataset, Options(camera=camera)).state == "refused":
        raise CameraError(text("begin.camera_refused", language_of(request)))
    console.camera.start(camera, _settings(beginning))
    return JSONResponse({})


def hide_camera(request: Request, _: Mapping[str, str]) -> Response:
    """Close the camera of the page."""
    console_of(request).camera.stop()
    return JSONResponse({})


def follow_camera(request: Request) -> Response:
    """Send what is known about the camera's newest picture."""
    console, language = console_of(request), language_of(request)

    def read() -> Any:
        view = console.camera.view()
        if not console.camera.is_shown and (view is None or not view.message):
            return None
        if view is None:
            return {"number": 0, "sentences": [], "outline": [], "aspect": 4 / 3}
        return {
            "number": view.number,
            "sentences": [{"kind": kind, "text": sentence} for kind, sentence in advice(view, language)],
            "outline": view.outline,
            "aspect": view.aspect,
        }

    return event_stream(request, read, every_s=0.2)


def camera_picture(request: Request) -> Response:
    """Return the camera's newest picture."""
    picture = console_of(request).camera.picture()
    return Response(picture, media_type="image/jpeg") if picture else Response(status_code=404)


def check_machine(request: Request, fields: Mapping[str, str]) -> Response:
    """Start the machine check.

    Raises
    ------
    SessionError
        If a session runs or starts.
    """
    console = console_of(request)
    form, beginning = _beginning(console, fields)
    if is_session_here():
        raise SessionError(text("begin.camera_in_session", language_of(request)))
    console.camera.stop()
    protocol = [str(form.wish.protocol)] if beginning.protocol is not None else []
    options = [f"--camera={_camera(form, beginning)}", f"--dataset={console.dataset}", "--json"]
    windowed = ["--windowed"] if form.wish.is_windowed else []
    console.jobs.start(CHECK, laboratory_command("check", *options, *windowed, "--", *protocol))
    return JSONResponse({})


def follow_check(request: Request) -> Response:
    """Send the findings of the machine check when it has ended."""
    console, language = console_of(request), language_of(request)
    return event_stream(request, lambda: _check_progress(console.jobs.newest(CHECK), language), every_s=0.3)


def _check_progress(job: Job | None, language: str) -> Any:
    if job is None:
        return None
    if job.is_running:
        return {"is_running": True, "findings": [], "output": ""}
    output = job.output()
    start = output.find("[\n")
    try:
        findings = json.loads(output[start:]) if start >= 0 else []
    except ValueError:
        findings = []
    named = [{**finding, "name": _finding_name(finding["name"], language)} for finding in findings]
    return {"is_running": False, "findings": named, "output": "" if named else output}


def _finding_name(name: str, language: str) -> str:
    """Return the name of a finding, translated if the catalogue has it."""
    known, comma, ending = name.partition(", ")
    return known_text(known, "begin.finding_", language) + comma + ending


def _beginning(console: Console, fields: Mapping[str, str]) -> tuple[Form, Beginning]:
    form = read_form(console, fields)
    return form, prepare_beginning(console.dataset, form.wish)


def _camera(form: Form, beginning: Beginning) -> str:
    return form.wish.camera or beginning.own_camera


def _settings(beginning: Beginning) -> CameraSettings:
    if beginning.plan is not None:
        return beginning.plan.camera
    if beginning.protocol is None:
        return USUAL_CAMERA
    camera = beginning.protocol.content.camera
    return CameraSettings((camera.size[0], camera.size[1]), camera.rate, 1, 0)


DEVICE_PLACES = (
    Place("/begin/camera", answers_form(show_camera), method="POST"),
    Place("/begin/camera/close", answers_form(hide_camera), method="POST"),
    Place("/begin/camera/view", follow_camera),
    Place("/begin/camera/picture", camera_picture),
    Place("/begin/check", answers_form(check_machine), method="POST"),
    Place("/begin/check/findings", follow_check),
)
