"""Targets and pages with a sound that starts with their first flip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiment.ports.display import Flip
from experiment.ports.sound import SoundPlayer
from experiment.screens.screen import Screen
from experiment.screens.sounds import load_sound
from experiment.session.display_loop import DisplayLoop, Tick
from experiment.session.playback import ShownTarget, heard_after


class SoundingTarget:
    """A target, still or moving, with a sound of its own.

    Parameters
    ----------
    shown
        The target without this sound.
    sound
        Player with the sound loaded.
    kind
        What is played, for the record: ``file`` or ``hold-tones``.
    """

    def __init__(self, shown: ShownTarget, sound: SoundPlayer, *, kind: str) -> None:
        self._shown = shown
        self._sound = sound
        self._kind = kind
        self._onset_s: float | None = None
        self._is_stopped = False

    def next(self) -> Screen:
        """Return the screen for the next flip."""
        return self._shown.next()

    def flipped(self, tick: Tick, index: int) -> None:
        """Record a flip; start the sound at the first one.

        Parameters
        ----------
        tick
            The flip.
        index
            Its number among the flips of the trial.
        """
        if self._onset_s is None:
            self._onset_s = tick.flip.time_s
            self._sound.start()
        self._shown.flipped(tick, index)

    def end(self) -> None:
        """Stop the sound and the target."""
        if self._onset_s is not None and not self._is_stopped:
            self._sound.stop()
            self._is_stopped = True
        self._shown.end()

    def details(self) -> Mapping[str, Any]:
        """Return the details of the target and the estimated start of the sound."""
        details = dict(self._shown.details())
        if self._onset_s is not None:
            details["sound"] = {"kind": self._kind, **heard_after(self._sound, self._onset_s)}
        return details


@contextmanager
def page_sound(loop: DisplayLoop, file: Path | None) -> Iterator[dict[str, Any]]:
    """Play a sound from the first flip shown inside this context, up to its end.

    The yielded record is filled after the context: the sound as in the details of a trial. It stays empty without a
    sound or a device.

    Parameters
    ----------
    loop
        Shows the page and has the sound device.
    file
        The sound file; None for a silent page.
    """
    record: dict[str, Any] = {}
    player = loop.sound
    if file is None or player is None:
        yield record
        return
    flips: list[Flip] = []

    def start(flip: Flip) -> None:
        player.start()
        flips.append(flip)

    player.load(load_sound(file))
    loop.after_next_flip(start)
    try:
        yield record
    finally:
        loop.after_next_flip(None)
        if flips:
            player.stop()
            record.update({"kind": "file", **heard_after(player, flips[0].time_s)})
