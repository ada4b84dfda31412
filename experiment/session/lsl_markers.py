"""Markers for recorders of EEG, EMG or skin conductance, over the Lab Streaming Layer.

A marker carries the time of the flip or key press it belongs to, not the time it was sent: session time plus the
measured difference to LSL's own clock. Needs the optional package pylsl.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from experiment.errors import SessionError
from experiment.ports.clock import Clock
from experiment.protocol.plan import Markers


class MarkerListener(Protocol):
    """Hears what happens in a session."""

    def event(self, name: str, time_s: float, target: str | None) -> None:
        """Take note of one of `experiment.protocol.language.marker_events.MARKER_EVENTS`; returns at once."""
        ...


def marker_text(name: str, target: str | None, codes: Mapping[str, int]) -> str:
    """What is sent: the code of ``event/target``, else the code of the event, else the words themselves."""
    words = name if target is None else f"{name}/{target}"
    return str(codes.get(words, codes.get(name, words)))


class LslMarkers:
    """An LSL stream of type ``Markers`` with one text a marker.

    Raises
    ------
    SessionError
        If pylsl is not installed.
    """

    def __init__(self, markers: Markers, *, clock: Clock) -> None:
        try:
            import pylsl
        except (ImportError, RuntimeError) as error:
            raise SessionError(
                f"the protocol's markers need pylsl, which is not installed: pip install \"mimicry-lab[markers]\" ({error})"
            ) from error
        self._markers = markers
        info = pylsl.StreamInfo(
            markers.stream, "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string, f"mimicry-markers-{markers.stream}"
        )
        self._outlet: Any = pylsl.StreamOutlet(info)
        readings = []
        for _ in range(9):
            before_s, lsl_s, after_s = clock.now(), pylsl.local_clock(), clock.now()
            readings.append((after_s - before_s, lsl_s - (before_s + after_s) / 2))
        self._lsl_minus_session_s = min(readings)[1]

    def event(self, name: str, time_s: float, target: str | None) -> None:
        """Send a marker if the protocol asks for this event."""
        if name in self._markers.events:
            text = marker_text(name, target, self._markers.codes)
            self._outlet.push_sample([text], time_s + self._lsl_minus_session_s)

    def close(self) -> None:
        """End the stream."""
        self._outlet = None
