"""The published state of a session as the texts of the page Monitor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiment.console.exclusion_reasons import shown_reason
from experiment.console.texts import catalogue, known_text, text, word
from experiment.record.live_state.reading import SeenSession, seen_sessions
from experiment.record.live_state.values import LiveEvent, LiveState, LiveWarning

Values = dict[str, Any]
QUIET_S = 5.0
"""A session that has published nothing for this long may hang."""
_CONTROLLED = ("running", "paused", "camera-fault")


def shown_session(dataset: Path, key: str = "") -> SeenSession | None:
    """Return the session that the page shows.

    It is the one asked for, else the newest that runs, else the one that ended last.

    Parameters
    ----------
    dataset
        Folder of the data set.
    key
        Name of the session's folder; empty for any.
    """
    seen = [one for one in seen_sessions(dataset) if key in ("", one.folder.name)]
    shown = [one for one in seen if one.is_running] or seen
    return shown[-1] if shown else None


def monitor_values(seen: SeenSession | None, language: str) -> Values:
    """Return everything that changes on the page, ready for JSON.

    Parameters
    ----------
    seen
        The session; None if there is none.
    language
        Language of the page.
    """
    if seen is None:
        return {"key": "", "phase": "none", "texts": {}}
    state = seen.state
    trial = state.progress.trial
    return {
        "key": seen.folder.name,
        "phase": seen.phase,
        "is_running": seen.is_running,
        "is_controlled": seen.is_running and state.phase in _CONTROLLED,
        "can_exclude": seen.is_running and bool(trial),
        "trial": trial,
        "has_camera": seen.is_running and state.has_camera_picture,
        "has_screen": seen.is_running and state.phase in _CONTROLLED,
        "trials": state.progress.trials,
        "trial_number": min(state.progress.trial_number, state.progress.trials),
        "texts": dict(_texts(seen, language)),
        "steps": [known_text(step.text, "monitor.step_", language) for step in state.steps],
        "warnings": [*_own_warnings(seen, language), *(_warning(one, language) for one in state.warnings)],
        "events": [_event(one, language) for one in reversed(state.events)],
    }


def _texts(seen: SeenSession, language: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of the page by the name of their place."""
    state, progress = seen.state, seen.state.progress
    yield "heading", _heading(state, language)
    yield "phase", word(_state(seen), language)
    yield "reason", _reason(seen, language)
    yield "block", progress.block or "–"
    if progress.trials and progress.trial_number:
        yield "trial", text("monitor.trial_of", language, number=progress.trial_number, trials=progress.trials)
    else:
        yield "trial", text("monitor.no_trial", language, trials=progress.trials) if progress.trials else "–"
    yield "trial_name", progress.trial
    yield "left", _duration(progress.seconds_left, language)
    yield "face", _face(state, language)
    display = state.display
    yield "flips", text("monitor.late_flips", language, late=display.late, flips=display.flips)
    yield "camera", _camera(state, language)
    free = state.disk_free_bytes
    yield "disk", "–" if free is None else text("monitor.free", language, gigabytes=f"{free / 2**30:.1f}")
    yield "camera_note", "" if state.has_camera_picture else _why_no_camera(state, language)


def _heading(state: LiveState, language: str) -> str:
    name = "review.heading_session" if state.session else "review.heading"
    pilot = f" ({text('monitor.pilot', language)})" if state.is_pilot else ""
    return text(name, language, participant=state.participant, session=state.session) + pilot


def _state(seen: SeenSession) -> str:
    """Return the phase; after the end, the state as the page Study has it."""
    if seen.phase != "ended":
        return seen.phase
    return seen.state.reason if seen.state.reason in ("complete", "declined") else "interrupted"


def _reason(seen: SeenSession, language: str) -> str:
    """Return how a session ended; empty while it runs."""
    if seen.is_running:
        return ""
    if seen.phase == "interrupted":
        return text("monitor.was_killed", language)
    return word(seen.state.reason, language)


def _duration(seconds: float | None, language: str) -> str:
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    return text("monitor.minutes", language, minutes=minutes) if minutes else text("monitor.under_minute", language)


def _face(state: LiveState, language: str) -> str:
    found = text(f"monitor.face_{state.face.face.replace('-', '_')}", language)
    reason = word(state.face.reason, language) if state.face.reason and state.face.face == "not-found" else ""
    return f"{found}: {reason}" if reason else found


def _camera(state: LiveState, language: str) -> str:
    camera = state.camera
    if camera is None:
        return "–"
    if camera.condition == "off":
        return text("monitor.camera_off", language)
    if camera.condition not in ("running", "starting"):
        return word(camera.condition, language)
    if camera.rate_hz is None:
        return "–"
    return text("monitor.rate", language, rate=f"{camera.rate_hz:.0f}", asked=f"{camera.asked_hz:.0f}")


def _why_no_camera(state: LiveState, language: str) -> str:
    if state.permission != "granted":
        return text("monitor.no_permission", language)
    return text("monitor.no_camera_picture", language)


def _own_warnings(seen: SeenSession, language: str) -> Iterator[str]:
    """Yield what the page itself notices."""
    silent_s = time.time() - seen.state.updated_utc_s
    if seen.is_running and silent_s > QUIET_S:
        yield text("monitor.silent", language, seconds=int(silent_s))


def _warning(warning: LiveWarning, language: str) -> str:
    """Return a warning in the language of the page, or else in English."""
    key = f"monitor.warning_{warning.code.replace('-', '_')}"
    if key not in catalogue():
        return warning.action
    numbers = dict(warning.numbers)
    if "reasons" in numbers:
        numbers["reasons"] = ", ".join(word(one, language) for one in str(numbers["reasons"]).split(", "))
    if "condition" in numbers:
        numbers["condition"] = word(str(numbers["condition"]), language)
    try:
        return text(key, language, **numbers)
    except KeyError:
        return warning.action


def _event(event: LiveEvent, language: str) -> Values:
    """Return a note, an exclusion or a request with its time."""
    what = text(f"monitor.event_{event.kind}", language)
    return {
        "time": time.strftime("%H:%M:%S", time.localtime(event.utc_s)),
        "text": f"{what}: {shown_reason(event.text, language)}" if event.text and event.kind != "include" else what,
        "trial": event.trial,
        "undo": event.trial if event.kind == "exclude" else "",
    }
