"""What an experimenter at another screen sees of a session, and requests.

The drawing thread writes `ExperimenterLink` by plain assignments and reads its requests; another thread publishes it
and adds requests. Neither waits for the other.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from experiment.protocol.plan import Step, Trial
from experiment.screens.screen import Screen

RequestKind = Literal["pause", "continue", "end"]
SessionPhase = Literal["running", "paused", "camera-fault"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the experimenter."""

    kind: RequestKind
    source: str
    """Where it comes from, for the journal: ``console`` or ``terminal``."""


class ExperimenterLink:
    """The present state of a session and the requests that it has not answered.

    Attributes
    ----------
    phase : str
        Whether the session runs.
    block : str
        Name of the present block.
    step : Step or None
        The present step.
    trial : Trial or None
        The trial that runs or ran last.
    screen : Screen or None
        What the display shows.
    """

    def __init__(self) -> None:
        self.phase: SessionPhase = "running"
        self.block = ""
        self.step: Step | None = None
        self.trial: Trial | None = None
        self.screen: Screen | None = None
        self._requests: deque[Request] = deque()

    # -- called by the other thread

    def request(self, request: Request) -> str:
        """Add a request; return why it is refused, or "" if the session will carry it out."""
        if request.kind == "continue" and self.phase == "camera-fault":
            return "the session waits for its camera and continues by itself when the camera works"
        if request.kind == "continue" and self.phase != "paused":
            return "the session is not paused"
        if request.kind == "pause" and self.phase == "paused":
            return "the session is paused already"
        self._requests.append(request)
        return ""

    # -- called by the drawing thread

    @property
    def wants_pause(self) -> bool:
        """Whether a pause or the end was requested."""
        return bool(self._requests) and any(one.kind in ("pause", "end") for one in tuple(self._requests))

    def take(self, *kinds: RequestKind) -> Request | None:
        """Return the oldest request of these kinds and remove it; None without one."""
        for one in tuple(self._requests):
            if one.kind in kinds:
                self._requests.remove(one)
                return one
        return None

    def drop(self, *kinds: RequestKind) -> None:
        """Remove all requests of these kinds: a person was faster."""
        while self.take(*kinds) is not None:
            pass
