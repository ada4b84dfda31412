"""One running console: its data set, keys and the processes that it started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from starlette.requests import Request

from experiment.console.preview.preview import CameraPreview
from experiment.console.processes.jobs import Jobs
from experiment.console.security.keys import Keys, Role
from experiment.console.security.pairing import Pairing
from experiment.console.sharing import Sharing
from experiment.console.texts import LANGUAGES, preferred_language

LANGUAGE_COOKIE = "mimicry_language"


@dataclass(slots=True)
class Console:
    """What all pages of one console share."""

    dataset: Path
    """Folder of the data set; it exists after the first session."""
    protocol: Path | None = None
    """The protocol that is proposed for new sessions."""
    keys: Keys = field(default_factory=Keys)
    pairing: Pairing = field(default_factory=Pairing)
    sharing: Sharing = field(default_factory=Sharing)
    jobs: Jobs = field(default_factory=Jobs)
    camera: CameraPreview = field(default_factory=CameraPreview)


def console_of(request: Request) -> Console:
    """Return the console that answers a request."""
    return cast(Console, request.app.state.console)


def role_of(request: Request) -> Role | None:
    """Return who sent a request; None on the page that pairs a device."""
    return cast("Role | None", request.state.role)


def language_of(request: Request) -> str:
    """Return the language of the person: the one chosen, else the one of the browser."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))
