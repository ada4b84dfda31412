"""Permission to keep pictures of the participant.

The camera's thread drops every frame that the permission does not cover. Nothing behind it (captures, calibration,
live feedback, film) receives such a frame, so nothing can store or show it.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Literal

PermissionState = Literal["not-asked", "pending", "granted", "refused"]
"""``not-asked``: the protocol has no consent; ``pending``: its consent is not answered yet."""

NoFrameReason = Literal["recording-refused", "consent-pending"]
"""Why a step has no camera frames, as the journal and the tables name it."""


class RecordingPermission:
    """Whether frames of the participant may be kept; any thread may read it.

    `refuse` is final. `suspend` is for a refusal in a consent that is not complete; it lasts until that consent is
    agreed to.

    Parameters
    ----------
    state
        The state at the start of the session.
    source
        Where the state comes from: the label of an earlier session, or the id of a consent step.
    agreed
        Source of the agreement that counts when every unsettled consent is agreed to; empty without an agreement.
    unsettled
        Ids of the consents with a refusal that must be asked again.

    Attributes
    ----------
    source : str
        Where the present state comes from; empty before the question was asked.
    """

    def __init__(
        self,
        state: PermissionState = "not-asked",
        source: str = "",
        *,
        agreed: str = "",
        unsettled: Collection[str] = (),
    ) -> None:
        self._state: PermissionState = state
        self._since_s = -math.inf
        self._agreed: str | None = agreed or (source if self.is_granted else None)
        self._unsettled = set(unsettled)
        self.source = source

    @property
    def state(self) -> PermissionState:
        """The state now."""
        return self._state

    @property
    def is_granted(self) -> bool:
        """Whether frames may be kept now."""
        return self._state in ("not-asked", "granted")

    @property
    def no_frame_reason(self) -> NoFrameReason | None:
        """Why no frames may be kept; None if they may."""
        if self.is_granted:
            return None
        return "recording-refused" if self._state == "refused" else "consent-pending"

    def covers(self, captured_s: float) -> bool:
        """Return whether a frame of this time may be kept.

        A frame from before the agreement may not.
        """
        return self.is_granted and captured_s >= self._since_s

    def grant(self, time_s: float, *, source: str) -> None:
        """Allow frames from a time on.

        They stay forbidden if they were refused, or if another consent is unsettled.
        """
        self._agreed = source
        self.settle(time_s, source=source)

    def suspend(self, *, source: str) -> None:
        """Forbid frames until a consent with a declined clause is complete."""
        self._unsettled.add(source)
        if self.is_granted:
            self._state, self.source = "pending", source

    def settle(self, time_s: float, *, source: str) -> None:
        """Note that a consent was agreed to.

        Frames are allowed from this time on if nothing else forbids them.
        """
        self._unsettled.discard(source)
        if self._state == "pending" and self._agreed is not None and not self._unsettled:
            self._since_s, self._state, self.source = time_s, "granted", self._agreed

    def refuse(self, *, source: str) -> None:
        """Forbid frames for the rest of the session."""
        self._state, self.source = "refused", source
