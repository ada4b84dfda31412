"""Event markers for EEG or EMG recorders, over the Lab Streaming Layer (LSL).

A marker carries the time of its flip or key press, not the time it was sent: session time plus the measured offset to
the clock of LSL. Needs the optional package pylsl.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiment.clock import measure_offset
from experiment.errors import SessionError
from experiment.ports.clock import Clock
from experiment.protocol.plan import Markers


def marker_text(name: str, target: str | None, *, codes: Mapping[str, int]) -> str:
    """Return the text of a marker.

    Parameters
    ----------
    name
        Name of the event.
    target
        Name of the target shown; None if there is none.
    codes
        Codes of the protocol, by ``event/target`` or ``event``.

    Returns
    -------
    str
        The code of ``event/target``, else the code of the event, else ``event/target`` or the event's name.
    """
    words = name if target is None else f"{name}/{target}"
    return str(codes.get(words, codes.get(name, words)))


class LslMarkers:
    """An LSL stream of type ``Markers`` with one text per marker.

    Raises
    ------
    SessionError
        If pylsl is not installed.
    """

    def __init__(self, markers: Markers, *, clock: Clock) -> None:
        try:
            import pylsl
        except (ImportError, RuntimeError) as error:
            remedy = 'pip install "mimicry-lab[markers]"'
            raise SessionError(
                f"the protocol's markers need pylsl, which is not installed: {remedy} ({error})"
            ) from error
        self._markers = markers
        info = pylsl.StreamInfo(
            markers.stream, "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string, f"mimicry-markers-{markers.stream}"
        )
        self._outlet: Any = pylsl.StreamOutlet(info)
        self._lsl_minus_session_s = measure_offset(pylsl.local_clock, clock.now).offset_s

    def event(self, name: str, time_s: float, target: str | None) -> None:
        """Send a marker if the protocol asks for this event.

        Parameters
        ----------
        name
            One of `experiment.protocol.language.marker_events.MARKER_EVENTS`.
        time_s
            Time of the event, on the clock of the session.
        target
            Name of the target shown; None if there is none.
        """
        if name in self._markers.events:
            text = marker_text(name, target, codes=self._markers.codes)
            self._outlet.push_sample([text], time_s + self._lsl_minus_session_s)

    def close(self) -> None:
        """End the stream."""
        self._outlet = None
