"""Show a moving target: the frame due at each flip; record what was shown.

The frame for the next flip is the one that is due when this flip is expected. Refreshes since the onset are counted,
so that jitter of time stamps does not change the choice. If the count and the clock differ by more than
`LARGEST_DRIFT` of a refresh, the clock decides: the playback does not drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from experiment.ports.sound import SoundPlayer
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.screen import Screen
from experiment.session.display_loop import Tick

TOLERANCE = 0.25
"""Share of a refresh by which a frame may be shown before its time: a frame that is due at a flip belongs to it, also
if rounding puts its time just behind the flip."""
LARGEST_DRIFT = 0.25
"""Share of a refresh by which the count of refreshes may differ from the clock."""
CLOCK_GAIN = 0.1
"""Weight of a new time stamp in the mean difference between count and clock."""


def heard_after(sound: SoundPlayer, onset_s: float) -> dict[str, Any]:
    """Return facts about the sound stopped last, and its start after an onset.

    ``after_onset_ms`` is None if the device reports no start.

    Parameters
    ----------
    sound
        The player.
    onset_s
        Flip of the onset, on the clock of the session.
    """
    heard = dict(sound.heard())
    start_s = heard.get("start_s")
    after = None if start_s is None else round(1000.0 * (start_s - onset_s), 3)
    return {**heard, "after_onset_ms": after}


class ShownTarget(Protocol):
    """The target of a trial while it is shown."""

    def next(self) -> Screen:
        """Return the screen for the next flip."""
        ...

    def flipped(self, tick: Tick, index: int) -> None:
        """Record a flip that showed the target; ``index`` counts the flips of the trial."""
        ...

    def end(self) -> None:
        """End the target when the display shows something else: stop the sound."""
        ...

    def details(self) -> Mapping[str, Any]:
        """Return the details of the trial for the journal."""
        ...


class StillTarget:
    """A target that does not move."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def next(self) -> Screen:
        """Return its only screen."""
        return self._screen

    def flipped(self, tick: Tick, index: int) -> None:
        """Record nothing."""

    def end(self) -> None:
        """Do nothing."""

    def details(self) -> Mapping[str, Any]:
        """Return nothing."""
        return {}


class Playback:
    """A target that moves.

    Parameters
    ----------
    picture
        Its frames and their times.
    screens
        The screen of every frame.
    period_s
        Time between two refreshes, seconds.
    sound
        Player with the sound of the target loaded; None for a target without sound.
    """

    def __init__(
        self,
        picture: MovingPicture,
        screens: Sequence[Screen],
        *,
        period_s: float,
        sound: SoundPlayer | None = None,
    ) -> None:
        self._picture = picture
        self._screens = screens
        self._period_s = period_s
        self._sound = sound
        self._is_stopped = False
        self._onset_s: float | None = None
        self._refreshes = 0
        self._chosen = 0
        self._clock_ahead_s = 0.0
        self._shift_s = 0.0
        self._due: dict[int, int] = {0: 0}
        """First refresh since the onset at which a frame is due, by index of the frame."""
        self._shown: dict[int, tuple[int, int]] = {}
        """Flip of the trial and refresh since the onset of the first flip that showed a frame, by its index."""

    def next(self) -> Screen:
        """Return the screen of the frame that is due at the next flip."""
        if self._onset_s is not None:
            self._chosen = self._due_at(self._refreshes + 1)
        return self._screens[self._chosen]

    def flipped(self, tick: Tick, index: int) -> None:
        """Record a flip that showed the frame chosen last.

        Parameters
        ----------
        tick
            The flip.
        index
            Its number among the flips of the trial.
        """
        if self._onset_s is None:
            self._onset_s = tick.flip.time_s
            if self._sound is not None:
                self._sound.start()
        else:
            for _ in range(tick.periods):
                self._refreshes += 1
                self._due.setdefault(self._due_at(self._refreshes), self._refreshes)
            self._follow_clock(tick.flip.time_s)
        self._shown.setdefault(self._chosen, (index, self._refreshes))

    def end(self) -> None:
        """Stop the sound."""
        if self._sound is not None and self._onset_s is not None and not self._is_stopped:
            self._sound.stop()
            self._is_stopped = True

    def details(self) -> Mapping[str, Any]:
        """Return which frame was first shown at which flip, and what was late or skipped.

        ``frames`` and ``flips`` are pairs: index of a frame of the clip, and index of a flip of the trial. ``late`` has
        [frame, refreshes] for each frame that was shown later than it was due. ``skipped`` has the frames that were
        due at a refresh and never shown. ``sound`` has the estimated start of the sound. Call this after `end`, when no
        flip is due.
        """
        late = [[frame, at - self._due[frame]] for frame, (_, at) in self._shown.items() if at > self._due[frame]]
        return {
            "motion": {
                "frames": list(self._shown),
                "flips": [flip for flip, _ in self._shown.values()],
                "late": late,
                "skipped": [frame for frame in self._due if frame not in self._shown],
                **self._heard(),
            }
        }

    def _heard(self) -> Mapping[str, Any]:
        """Return the estimated start of the sound; nothing without sound."""
        if self._sound is None or self._onset_s is None:
            return {}
        return {"sound": heard_after(self._sound, self._onset_s)}

    def _due_at(self, refreshes: int) -> int:
        return self._picture.index_at((refreshes + TOLERANCE) * self._period_s + self._shift_s)

    def _follow_clock(self, time_s: float) -> None:
        """Correct the count of refreshes by the clock if they differ by too much."""
        assert self._onset_s is not None
        ahead_s = time_s - self._onset_s - self._refreshes * self._period_s - self._shift_s
        self._clock_ahead_s += CLOCK_GAIN * (ahead_s - self._clock_ahead_s)
        if abs(self._clock_ahead_s) > LARGEST_DRIFT * self._period_s:
            self._shift_s += self._clock_ahead_s
            self._clock_ahead_s = 0.0
