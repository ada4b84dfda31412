"""How far a session has started, for the page that waits for it."""

from __future__ import annotations

from typing import Any

from experiment.console.console import Console
from experiment.console.processes.session_start import session_key
from experiment.console.texts import known_text
from experiment.record.layout import SessionPlace
from experiment.record.live_state.reading import SeenSession, seen_session


def start_progress(console: Console, place: SessionPlace, language: str) -> dict[str, Any]:
    """Return the steps of a session that starts.

    Parameters
    ----------
    console
        The console; it knows what the process has printed if it started it.
    place
        The session.
    language
        Language of the person.

    Returns
    -------
    dict
        ``phase`` (``starting``, ``begun``, ``failed``), ``steps`` (texts) and ``output`` (what the process printed).
    """
    job = console.jobs.newest(session_key(place))
    seen = seen_session(place.dataset, place.participant, place.session)
    if job is not None and seen is not None and seen.state.pid != job.process.pid:
        seen = None  # an earlier start
    steps = () if seen is None else seen.state.steps
    return {
        "phase": _phase(seen, is_running=job is not None and job.is_running),
        "steps": [known_text(step.text, "monitor.step_", language) for step in steps],
        "output": "" if job is None else job.output(),
    }


def _phase(seen: SeenSession | None, *, is_running: bool) -> str:
    if seen is not None and seen.is_running:
        return "starting" if seen.state.phase == "starting" else "begun"
    if seen is not None and seen.state.reason in ("complete", "ended", "declined"):
        return "begun"
    return "starting" if is_running else "failed"
