"""The page Review."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from experiment.console.page import Page, Place
from experiment.console.rendering import render


def show(request: Request) -> Response:
    """Show the page."""
    return render(request, "review.html", page="review")


REVIEW = Page("review", (Place("/review", show),))
