"""Fields of a form or of a JSON object that a page sends."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FormAnswer = Callable[[Request, Mapping[str, str]], Response]
LONGEST_FIELD = 4000
"""Characters."""


async def fields_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a request; every value is text.

    Raises
    ------
    HTTPException
        400 if they are not UTF-8, not a flat object of texts, too long, or a name occurs twice.
    """
    body = await request.body()
    try:
        text = body.decode("utf-8")
        if request.headers.get("content-type", "").startswith("application/json"):
            pairs = list(_object(text).items())
        else:
            pairs = parse_qsl(
                text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=100, errors="strict"
            )
    except (ValueError, RecursionError):
        raise HTTPException(400, "The form is not valid.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or any(not _is_text(value) for value in fields.values()):
        raise HTTPException(400, "The form is not valid.")
    return fields


def answers_form(answer: FormAnswer) -> Callable[[Request], Awaitable[Response]]:
    """Return an answer for a `Place` that reads the form, then runs in a thread."""

    async def answer_request(request: Request) -> Response:
        return await run_in_threadpool(answer, request, await fields_of(request))

    return answer_request


def _object(text: str) -> dict[str, str]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_FIELD and "\0" not in value
