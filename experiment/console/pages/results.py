"""Part of the page Review: results, and the commands that make them."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from experiment.console.console import console_of, language_of
from experiment.console.events import event_stream
from experiment.console.page import Place
from experiment.console.processes.session_start import is_session_here
from experiment.console.review.result_files import CONTENT_TYPES, FOLDER, SANDBOX, result_folders
from experiment.console.review.result_jobs import (
    NAMES,
    ResultJob,
    latest_result_job,
    start_result_job,
    stop_result_jobs,
)
from experiment.console.security.guard import RESULTS
from experiment.console.security.inside import file_inside
from experiment.console.texts import text
from experiment.record.layout import recorded_sessions

_EVENTS_S = 0.5


def results_of(request: Request) -> dict[str, Any]:
    """Return what the templates need for the results."""
    dataset = console_of(request).dataset
    has_film = any(folder.is_dir() for place in recorded_sessions(dataset) for folder in place.films)
    return {
        "jobs": [name for name in NAMES if has_film or name != "courses"],
        "folders": result_folders(dataset),
        "job": _shown(request, latest_result_job(console_of(request).jobs)),
    }


def start_job(request: Request) -> Response:
    """Start a command of the analysis."""
    name, console, language = request.path_params["name"], console_of(request), language_of(request)
    if name not in NAMES:
        raise HTTPException(404)
    if is_session_here():
        raise HTTPException(409, text("review.job_session", language))
    latest = latest_result_job(console.jobs)
    if latest is not None and latest.state == "running":
        raise HTTPException(409, text("review.job_busy", language))
    start_result_job(console.jobs, name, console.dataset)
    return JSONResponse(_shown(request, latest_result_job(console.jobs)))


def stop_job(request: Request) -> Response:
    """Stop the command that runs."""
    stop_result_jobs(console_of(request).jobs)
    return JSONResponse({})


def send_job(request: Request) -> Response:
    """Send the progress of the command that runs, as events."""
    jobs = console_of(request).jobs
    is_over = False

    def read() -> object:
        nonlocal is_over
        if is_over:
            return None
        latest = latest_result_job(jobs)
        is_over = latest is None or latest.state != "running"
        return _shown(request, latest)

    return event_stream(request, read, every_s=_EVENTS_S)


def send_file(request: Request) -> Response:
    """Send one file of the results."""
    parts = request.path_params["path"].split("/")
    file = file_inside(console_of(request).dataset, *FOLDER, *parts)
    kind = CONTENT_TYPES.get(file.suffix)
    if kind is None:
        raise HTTPException(404)
    return FileResponse(file, headers={"content-type": kind, "content-security-policy": SANDBOX})


def _shown(request: Request, job: ResultJob | None) -> dict[str, Any] | None:
    if job is None:
        return None
    language = language_of(request)
    name = text(f"review.job_{job.name}", language)
    if job.state == "running" and job.total:
        sentence = text("review.job_progress", language, name=name, done=job.done, total=job.total)
    else:
        sentence = text(f"review.job_{job.state}", language, name=name, seconds=job.seconds)
    return {
        "state": job.state,
        "sentence": sentence,
        "done": job.done,
        "total": job.total,
        "output": job.output,
    }


RESULT_PLACES = (
    Place("/review/jobs/events", send_job),
    Place("/review/jobs/start/{name}", start_job, method="POST"),
    Place("/review/jobs/stop", stop_job, method="POST"),
    Place(f"{RESULTS}{{path:path}}", send_file, for_readers=True),
)
