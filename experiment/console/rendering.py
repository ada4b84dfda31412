"""HTML of the pages, made from templates and the catalogue of texts."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from experiment.console.console import console_of, language_of, role_of
from experiment.console.texts import LANGUAGES, text

NAVIGATION = ("study", "begin", "monitor", "review", "rate", "devices")
"""Names of the pages in the navigation, in this order."""
DEVICE_NAVIGATION = ("monitor",)
NAVIGATIONS = {"owner": NAVIGATION, "device": DEVICE_NAVIGATION, "reader": (), None: ()}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["size"] = _size
    return environment


def render(request: Request, template: str, *, page: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    request
        The request that it answers.
    template
        File in ``templates/``. In it ``t(key, ...)`` is a text of the catalogue in the language of the person.
    page
        Name of the page, for the title and the navigation.
    status
        Status of the answer.
    **values
        What the template shows.
    """
    language = language_of(request)
    html = (
        _environment()
        .get_template(template)
        .render(
            t=partial(text, language=language),
            language=language,
            languages=LANGUAGES,
            page=page,
            here=request.url.path if request.method == "GET" else f"/{page}",
            navigation=NAVIGATIONS[role_of(request)],
            is_owner=role_of(request) == "owner",
            dataset=console_of(request).dataset.name,
            **values,
        )
    )
    return HTMLResponse(html, status_code=status)


def _size(size_bytes: int) -> str:
    """Return a size to read: ``12 MB``, ``71.8 GB``."""
    return f"{size_bytes / 2**30:.1f} GB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.0f} MB"
