"""A device that plays sounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from experiment.screens.moving_targets import Samples


class SoundPlayer(Protocol):
    """Plays one sound at a time."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Device and expected delay, for the record (any JSON)."""
        ...

    def load(self, samples: Samples) -> None:
        """Hand over a sound before it is played.

        Parameters
        ----------
        samples : (N, 2) float32 array
            -1 to 1, at `experiment.screens.moving_targets.SOUND_RATE_HZ`.
        """
        ...

    def start(self) -> None:
        """Start the loaded sound as soon as possible; return at once."""
        ...

    def stop(self) -> None:
        """Stop the sound; return at once, without waiting for the device."""
        ...

    def heard(self) -> Mapping[str, Any]:
        """Return facts about the sound stopped last.

        ``start_s`` is its estimated start. This may take longer than a frame of the display.
        """
        ...

    def close(self) -> None:
        """Close the device."""
        ...
