"""The page Study: participants and sessions with their states, and who comes next."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from experiment.console.console import Console, console_of
from experiment.console.events import event_stream
from experiment.console.page import Page, Place
from experiment.console.rendering import render
from experiment.errors import ExperimentError
from experiment.lab.study_status import NextParticipant, StudyStatus, study_status
from experiment.record.live_state.reading import running_sessions, seen_sessions


def show(request: Request) -> Response:
    """Show the page."""
    return _page(request, "study.html")


def show_table(request: Request) -> Response:
    """Show the states without the rest of the page."""
    return _page(request, "study_table.html")


def follow(request: Request) -> Response:
    """Send the sessions of this computer each time one of them changes."""
    console = console_of(request)
    return event_stream(request, lambda: _seen(console), every_s=1.0)


def _page(request: Request, template: str) -> Response:
    console = console_of(request)
    study, fault = _status(console)
    elsewhere = [one.state for one in running_sessions() if one.state.dataset != str(console.dataset)]
    return render(
        request,
        template,
        page="study",
        study=study,
        fault=fault,
        elsewhere=elsewhere,
        begin_next=None if study is None or study.next is None else _begin(study, study.next),
        query=_query,
        dict_by_session=lambda sessions: {one.session: one for one in sessions},
    )


def _status(console: Console) -> tuple[StudyStatus | None, str]:
    """Return the state of the study; without a readable protocol, why it is not known."""
    try:
        return study_status(console.dataset, console.protocol), ""
    except ExperimentError as error:  # the protocol of the command line has errors
        fault = str(error)
    return (study_status(console.dataset) if console.dataset.is_dir() else None), fault


def _seen(console: Console) -> Any:
    return [[one.state.participant, one.state.session, one.phase] for one in seen_sessions(console.dataset)]


def _begin(study: StudyStatus, following: NextParticipant) -> str:
    return _query(participant=following.participant, session=following.session, protocol=study.protocol)


def _query(**fields: object) -> str:
    """Return the query of an address; fields that are None are left out."""
    return urlencode({name: value for name, value in fields.items() if value is not None})


STUDY = Page("study", (Place("/study", show), Place("/study/table", show_table), Place("/study/changes", follow)))
