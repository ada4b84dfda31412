"""Server-sent events: a page receives new values as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

KEEP_ALIVE_S = 15.0
"""A comment is sent after this long without an event, so that a closed page is noticed."""


def event_stream(request: Request, read: Callable[[], object], *, every_s: float) -> StreamingResponse:
    """Return a stream that sends a value each time it has changed.

    Parameters
    ----------
    request
        The request that it answers; the stream ends when the page is closed, the console stops, or the cookie of the
        request becomes invalid.
    read
        Returns the value now, ready for JSON. It runs in a thread. None ends the stream.
    every_s
        Pause between two reads.
    """
    return StreamingResponse(_events(request, read, every_s), media_type="text/event-stream")


async def _events(request: Request, read: Callable[[], object], every_s: float) -> AsyncIterator[str]:
    sent, quiet_s = "", 0.0
    while not request.app.state.stopping and request.state.is_admitted() and not await request.is_disconnected():
        value = await run_in_threadpool(read)
        if value is None:
            yield "event: end\ndata: null\n\n"
            return
        line = json.dumps(value, ensure_ascii=False)
        if line != sent:
            yield f"data: {line}\n\n"
            sent, quiet_s = line, 0.0
        elif quiet_s >= KEEP_ALIVE_S:
            yield ": \n\n"
            quiet_s = 0.0
        await asyncio.sleep(every_s)
        quiet_s += every_s
