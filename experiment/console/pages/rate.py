"""The page Rate: people judge frames without knowing participant and target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from analysis.tables.rating_agreement import agreements, rated_trials
from experiment.console.console import console_of, language_of
from experiment.console.exclusion_reasons import proposed_reasons, recorded_reason
from experiment.console.forms import answers_form
from experiment.console.page import Page, Place
from experiment.console.rendering import render
from experiment.console.review.rating_queue import RatingQueue, rating_queue
from experiment.console.review.session_review import best_picture, known_history
from experiment.console.texts import word
from experiment.record.errors import RecordError
from experiment.record.layout import recorded_sessions
from experiment.record.lock import living_holder
from experiment.record.ratings.ratable_trials import RatableTrial
from experiment.record.ratings.rating_file import (
    LONGEST_TEXT,
    Rating,
    add_rating,
    check_rater,
    known_raters,
    require_same_case,
)
from experiment.record.trial_pictures import pictures_of, pictures_sha256, read_picture

WIDEST_PX = 960
OTHER = "other"
"""An expression that is none of those of the targets."""


def show(request: Request) -> Response:
    """Ask for the rater, and show how far the raters agree."""
    return _first_page(request)


def _first_page(request: Request, *, fault: str = "", rater: str = "") -> Response:
    dataset = console_of(request).dataset
    places = recorded_sessions(dataset)
    rated = rated_trials([known_history(place) for place in places if living_holder(place.lock) is None])
    return render(
        request,
        "rate.html",
        page="rate",
        status=400 if fault else 200,
        counts={name: len(own) for name, own in sorted(rated.by_rater.items())},
        trials=len(rated.participants),
        agreements=agreements(rated),
        left_out=rated.left_out,
        fault=fault,
        rater=rater,
    )


def begin(request: Request, fields: Mapping[str, str]) -> Response:
    """Check the name of the rater and show the first trial."""
    dataset = console_of(request).dataset
    try:
        rater = check_rater(fields.get("rater", ""))
        require_same_case(rater, known_raters(list(recorded_sessions(dataset))))
    except RecordError as error:
        return _first_page(request, fault=str(error), rater=fields.get("rater", ""))
    return RedirectResponse(f"/rate/{rater}", status_code=303)


def show_trial(request: Request) -> Response:
    """Show the next trial of a rater, or the one asked for."""
    queue = _queue(request)
    code = request.query_params.get("trial", "")
    return _trial_page(request, queue, queue.find(code) if code else queue.next)


def send_picture(request: Request) -> Response:
    """Send a picture of a trial as JPEG, without anything else of its file."""
    trial = _trial(request, _queue(request))
    pictures = pictures_of(known_history(trial.place), trial.recorded)
    position = request.path_params["position"]
    if position >= len(pictures):
        raise HTTPException(404)
    return Response(read_picture(pictures[position], widest_px=WIDEST_PX), media_type="image/jpeg")


def rate(request: Request, fields: Mapping[str, str]) -> Response:
    """Record a rating and show the next trial."""
    rater, queue = _rater(request), _queue(request)
    trial = _trial(request, queue)
    usable, expression = fields.get("usable", ""), fields.get("expression", "")
    if expression not in ("", OTHER, *queue.expressions):
        raise HTTPException(400, "The form is not valid.")
    needs_reason = usable == "no" and not (fields.get("reason") or fields.get("details", "").strip())
    if usable not in ("yes", "no") or needs_reason:
        return _trial_page(request, queue, trial, fields=fields)
    reason = recorded_reason(fields)[:LONGEST_TEXT] if usable == "no" else ""
    shown = pictures_sha256(known_history(trial.place), trial.recorded)
    add_rating(trial.place, rater, Rating(*trial.key, usable == "yes", reason, expression, shown))
    return RedirectResponse(f"/rate/{rater}", status_code=303)


def _trial_page(
    request: Request, queue: RatingQueue, trial: RatableTrial | None, *, fields: Mapping[str, str] | None = None
) -> Response:
    """Show a trial; with the fields of a form that lacks something."""
    language = language_of(request)
    values: dict[str, Any] = {"rater": _rater(request), "done": len(queue.ratings), "all": len(queue.trials)}
    if trial is None:
        return render(request, "rate_done.html", page="rate", **values)
    pictures = pictures_of(known_history(trial.place), trial.recorded)
    earlier = queue.rated_before(trial.code)
    return render(
        request,
        "rate_trial.html",
        page="rate",
        status=200 if fields is None else 400,
        code=trial.code,
        pictures=len(pictures),
        best=best_picture([picture.role for picture in pictures]),
        expressions={code: word(code, language) for code in (*queue.expressions, OTHER)},
        reasons=proposed_reasons(language),
        earlier="" if earlier is None else earlier.code,
        known=queue.ratings.get(trial.code),
        fields=fields or {},
        is_incomplete=fields is not None,
        **values,
    )


def _rater(request: Request) -> str:
    """Return the rater of the address.

    Raises
    ------
    HTTPException
        404 if it cannot be the name of a rater.
    """
    name = str(request.path_params["rater"])
    try:
        is_name = check_rater(name) == name
    except RecordError:
        is_name = False
    if not is_name:
        raise HTTPException(404)
    return name


def _queue(request: Request) -> RatingQueue:
    return rating_queue(console_of(request).dataset, _rater(request))


def _trial(request: Request, queue: RatingQueue) -> RatableTrial:
    trial = queue.find(request.path_params["code"])
    if trial is None:
        raise HTTPException(404)
    return trial


RATE = Page(
    "rate",
    (
        Place("/rate", show),
        Place("/rate", answers_form(begin), method="POST"),
        Place("/rate/{rater}", show_trial),
        Place("/rate/{rater}/{code}", answers_form(rate), method="POST"),
        Place("/rate/{rater}/{code}/{position:int}", send_picture),
    ),
)
