"""The page Review: recorded sessions, their trials and pictures, exclusions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from experiment.console.console import console_of, language_of
from experiment.console.exclusion_reasons import proposed_reasons, recorded_reason, shown_reason
from experiment.console.forms import fields_of
from experiment.console.page import Page, Place
from experiment.console.pages.results import RESULT_PLACES, results_of
from experiment.console.rendering import render
from experiment.console.review.result_files import files_of_session
from experiment.console.review.session_review import SessionReview, TrialReview, known_history, session_review
from experiment.console.security.inside import file_inside
from experiment.console.texts import text, word
from experiment.record.journal_lines import ExclusionLine, ExclusionUndoneLine
from experiment.record.layout import SessionPlace, recorded_sessions
from experiment.record.lock import living_holder
from experiment.record.remarks import add_remark, utc_now
from experiment.record.session_status import recorded_statuses
from experiment.record.trial_pictures import film_pictures_of, pictures_of, read_picture

SMALL_PX, LARGE_PX = 240, 960
"""Widths of pictures."""
PICTURE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
"""Kinds of files that are handed out as pictures of targets: `experiment.protocol.language.stimulus_files`."""
_TAKEN_BACK = "taken back on the page Review"


def show_list(request: Request) -> Response:
    """Show all recorded sessions, and the results of the data set."""
    dataset = console_of(request).dataset
    recorded = [one.status for one in recorded_statuses(dataset)]
    recorded.sort(key=lambda one: (one.participant, one.began_s or 0.0))
    values = {"sessions": recorded, **_words(request), **results_of(request)}
    return render(request, "review.html", page="review", **values)


def show_session(request: Request) -> Response:
    """Show one session."""
    place = _place(request)
    if living_holder(place.lock) is not None:
        return render(request, "review_running.html", page="review")
    review = session_review(place)
    return render(
        request,
        "review_session.html",
        page="review",
        review=review,
        trials=[_trial(request, review, trial) for trial in review.trials],
        reasons=proposed_reasons(language_of(request)),
        files=files_of_session(place.dataset, place.label),
        **_words(request),
    )


def send_picture(request: Request) -> Response:
    """Send one picture of a trial as JPEG."""
    review = session_review(_place(request))
    trial = _trial_of(request, review)
    pictures = {"frames": pictures_of, "film": film_pictures_of}.get(request.path_params["source"])
    position = request.path_params["position"]
    if pictures is None or review.closed:
        raise HTTPException(404)
    found = pictures(review.history, trial.recorded)
    if position >= len(found):
        raise HTTPException(404)
    width = SMALL_PX if request.query_params.get("size") == "small" else LARGE_PX
    return Response(read_picture(found[position], widest_px=width), media_type="image/jpeg")


def send_target(request: Request) -> Response:
    """Send the picture of the target of a trial."""
    review = session_review(_place(request))
    name = _trial_of(request, review).recorded.target
    stimulus = next((one for one in review.history.stimuli if one.name == name), None)
    if stimulus is None:
        raise HTTPException(404)
    file = file_inside(review.place.dataset, "stimuli", *Path(stimulus.image).parts)
    kind = PICTURE_TYPES.get(file.suffix.lower())
    if kind is None:  # a page or a program would have the rights of the console
        raise HTTPException(404)
    return FileResponse(file, media_type=kind)


async def exclude(request: Request) -> Response:
    """Exclude a trial, or the whole session."""
    fields = await fields_of(request)
    line = ExclusionLine(recorded_reason(fields), source="console", utc=utc_now(), **_scope(fields))
    return await run_in_threadpool(_add, request, line, "review.excluded_done")


async def include(request: Request) -> Response:
    """Take an exclusion back."""
    fields = await fields_of(request)
    scope = _scope(fields)
    if scope["scope"] == "session":
        found = (await run_in_threadpool(known_history, _place(request))).exclusion
        scope["scope"] = "session" if found is None else found.scope
    line = ExclusionUndoneLine(_TAKEN_BACK, source="console", utc=utc_now(), **scope)
    return await run_in_threadpool(_add, request, line, "review.included_done")


def _add(request: Request, line: ExclusionLine | ExclusionUndoneLine, done: str) -> Response:
    """Write a line; answer with a sentence and what the trials are now."""
    place = _place(request)
    add_remark(place, line)
    review = session_review(place)
    trials = [_trial(request, review, trial) for trial in review.trials]
    return JSONResponse({"sentence": text(done, language_of(request)), "trials": trials})


def _scope(fields: Mapping[str, str]) -> dict[str, Any]:
    trial = fields.get("trial", "")
    return {"scope": "trial", "trial": trial} if trial else {"scope": "session"}


def _place(request: Request) -> SessionPlace:
    """Return the session of the address.

    Raises
    ------
    HTTPException
        404 if it is not recorded.
    """
    label, dataset = request.path_params["label"], console_of(request).dataset
    found = next((place for place in recorded_sessions(dataset) if place.label == label), None)
    if found is None:
        raise HTTPException(404)
    return found


def _trial_of(request: Request, review: SessionReview) -> TrialReview:
    number: int = request.path_params["number"]
    if number >= len(review.trials):
        raise HTTPException(404)
    return review.trials[number]


def _trial(request: Request, review: SessionReview, trial: TrialReview) -> dict[str, Any]:
    """Return what the page shows of a trial, in the language of the person."""
    language = language_of(request)
    recorded = trial.recorded
    target = next(one for one in review.history.stimuli if one.name == recorded.target)
    attempt = text("review.attempt", language, attempt=recorded.attempt) if recorded.attempt > 1 else ""
    time_s = recorded.response_time_s
    return {
        "id": recorded.id,
        "target": recorded.target,
        "expression": word(target.expression, language),
        "attempt": attempt,
        "verdict": trial.verdict,
        "verdict_text": word(trial.verdict, language),
        "why": ", ".join(word(one, language) for one in trial.reasons) or shown_reason(trial.exclusion, language),
        "exclusion": trial.exclusion,
        "block": recorded.block,
        "kind": word(recorded.kind, language),
        "conditions": ", ".join(f"{name}: {value}" for name, value in recorded.condition.items()),
        "response_time": "" if time_s is None else text("review.seconds", language, seconds=f"{time_s:.2f}"),
        "timing": ", ".join(word(one, language) for one in trial.timing_faults) or text("review.timing_good", language),
        "pictures": [word(role, language) for role in trial.roles],
        "best": trial.best_picture,
        "film": 0 if "film" in trial.roles else trial.film_pictures,
    }


def _day(time_s: float) -> str:
    """Return a time as ISO date and time of this computer, to the minute."""
    return datetime.fromtimestamp(time_s, tz=timezone.utc).astimezone().strftime("%Y-%m-%d %H:%M")


def _words(request: Request) -> dict[str, Any]:
    """Return functions for templates: words of the record, recorded reasons, times."""
    language = language_of(request)
    return {"word": partial(word, language=language), "reason": partial(shown_reason, language=language), "day": _day}


_TRIAL = "/review/{label}/trial/{number:int}"
REVIEW = Page(
    "review",
    (
        Place("/review", show_list),
        *RESULT_PLACES,
        Place("/review/{label}", show_session),
        Place(f"{_TRIAL}/{{source}}/{{position:int}}", send_picture),
        Place(f"{_TRIAL}/target", send_target),
        Place("/review/{label}/exclude", exclude, method="POST"),
        Place("/review/{label}/include", include, method="POST"),
    ),
)
