"""Whether the face can be measured, told calmly: a single missed frame changes nothing, and good news comes quickly."""

from __future__ import annotations

from dataclasses import dataclass

TROUBLE_AFTER_S = 0.5
"""A trouble is shown when it has lasted so long."""
CLEAR_AFTER_S = 0.2
"""It is taken off the screen when the face could be measured for so long."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is shown, and what it may become."""

    shown: str | None = None
    """The trouble on the screen; None while all is well."""
    seen: str | None = None
    """What the latest frame said."""
    since_s: float = float("-inf")
    """Since when all frames have said so; troubles of different kinds count as one."""

    def after(self, trouble: str | None, time_s: float) -> Sight:
        """What to show after one more frame, measured or not."""
        continues = (trouble is None) == (self.seen is None)
        since_s = self.since_s if continues else time_s
        needed_s = CLEAR_AFTER_S if trouble is None else TROUBLE_AFTER_S
        shown = trouble if time_s - since_s >= needed_s else self.shown
        return Sight(shown, trouble, since_s)
