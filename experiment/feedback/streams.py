"""Send the coefficients of the live face to other programs.

Avatars, robot heads, recorders.

Names are ARKit's. A SPEC on the command line selects one of three ways:

- ``json://127.0.0.1:9001``: one JSON object with a line end in a UDP datagram per measured frame.
- ``osc://127.0.0.1:9000``: Open Sound Control 1.0 in UDP, in the addresses of the VMC protocol that avatar programs
  understand: ``/VMC/Ext/Blend/Val name value`` for every unit, then ``/VMC/Ext/Blend/Apply``.
- ``lsl:NAME``: a Lab Streaming Layer stream of 32-bit floats, one channel a unit (needs the extra ``markers``).

UDP goes to this machine unless another host is named; faces are personal data. Sending never waits: a datagram that
cannot be sent is lost.
"""

from __future__ import annotations

import json
import math
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from analysis.face.models.emotions import EMOTIONS
from experiment.errors import SessionError
from experiment.feedback.messages import Measurement

_SPEC = re.compile(
    r"(?P<kind>json|osc)://(?:(?P<host>\[[0-9a-fA-F:]+\]|[^:/\[\]]*):)?(?P<port>\d{1,5})/?|lsl:(?P<name>.+)"
)
_LARGEST_DATAGRAM = 1400
"""Bytes; fits into one Ethernet frame, so that a loss costs one datagram."""
_BUNDLE_HEAD, _SIZE_FIELD = 16, 4
"""Bytes of an OSC bundle before its first message, and of the size before every message."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """Where coefficients go."""

    kind: Literal["json", "osc", "lsl"]
    host: str = ""
    port: int = 0
    name: str = ""


def parse_stream(spec: str) -> StreamSpec:
    """Return the meaning of a SPEC.

    Raises
    ------
    SessionError
        If it is not valid.
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None or not (match["name"] or 0 < int(match["port"]) < 65536):
        raise SessionError(f"'{spec}' is not a stream; write json://127.0.0.1:9001, osc://127.0.0.1:9000 or lsl:NAME")
    if match["name"]:
        return StreamSpec("lsl", name=match["name"])
    host = (match["host"] or "127.0.0.1").strip("[]")
    return StreamSpec("osc" if match["kind"] == "osc" else "json", host, int(match["port"]))


class _Stream(Protocol):
    def send(self, measurement: Measurement) -> None: ...

    def close(self) -> None: ...


class Streams:
    """All streams of a session."""

    def __init__(self, streams: Sequence[_Stream]) -> None:
        self._streams = tuple(streams)

    def send(self, measurement: Measurement) -> None:
        """Send one measured frame; only ``json`` also sends frames without a face."""
        for stream in self._streams:
            stream.send(measurement)

    def close(self) -> None:
        """Close every stream."""
        for stream in self._streams:
            stream.close()


def open_streams(specs: Iterable[StreamSpec], unit_names: Sequence[str]) -> Streams:
    """Open every stream.

    Raises
    ------
    SessionError
        If a host is unknown or pylsl is not installed.
    """
    return Streams([_LslStream(s.name, unit_names) if s.kind == "lsl" else _UdpStream(s, unit_names) for s in specs])


class _UdpStream:
    """Sends datagrams of JSON or OSC."""

    def __init__(self, spec: StreamSpec, unit_names: Sequence[str]) -> None:
        try:
            found = socket.getaddrinfo(spec.host, spec.port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise SessionError(f"the host '{spec.host}' of a stream cannot be found ({error})") from error
        self._is_osc = spec.kind == "osc"
        self._names = tuple(unit_names)
        self._address: Any = found[0][4]
        self._socket = socket.socket(found[0][0], socket.SOCK_DGRAM)
        self._socket.settimeout(0.0)

    def send(self, measurement: Measurement) -> None:
        for datagram in self._datagrams(measurement):
            try:
                self._socket.sendto(datagram, self._address)
            except OSError:
                continue  # no receiver, or a full network: the next frame is newer

    def _datagrams(self, measurement: Measurement) -> list[bytes]:
        if not self._is_osc:
            return [json_line(measurement, self._names)]
        if measurement.reading.fault is not None:
            return []
        return osc_bundles(self._names, measurement.reading.intensities.tolist())

    def close(self) -> None:
        self._socket.close()


class _LslStream:
    def __init__(self, name: str, unit_names: Sequence[str]) -> None:
        try:
            import pylsl
        except (ImportError, RuntimeError) as error:
            raise SessionError(
                f'lsl:{name} needs pylsl, which is not installed: pip install "mimicry-lab[markers]" ({error})'
            ) from error
        info = pylsl.StreamInfo(
            name, "Face", len(unit_names), pylsl.IRREGULAR_RATE, pylsl.cf_float32, f"mimicry-{name}"
        )
        channels = info.desc().append_child("channels")
        for unit in unit_names:
            channel = channels.append_child("channel")
            channel.append_child_value("label", unit)
            channel.append_child_value("unit", "0..1")
        self._outlet: Any = pylsl.StreamOutlet(info, max_buffered=10)
        self._local_clock: Callable[[], float] = pylsl.local_clock

    def send(self, measurement: Measurement) -> None:
        if measurement.reading.fault is None:
            # Recorders align streams by time: the stamp is the time of the camera frame.
            age_s = measurement.finished_s - measurement.captured_s
            self._outlet.push_sample(measurement.reading.intensities.tolist(), self._local_clock() - age_s)

    def close(self) -> None:
        self._outlet = None


def json_line(measurement: Measurement, unit_names: Sequence[str]) -> bytes:
    """Return one measured frame as a line of JSON.

    ``trouble`` is the fault of a frame without numbers.
    """
    reading = measurement.reading
    line: dict[str, Any] = {
        "time_s": round(measurement.captured_s, 6),
        "frame": measurement.frame,
        "trouble": reading.fault,
    }
    if reading.fault is None:
        line["target"] = measurement.target
        line["similarity"] = _short(reading.similarity)
        line["emotions"] = {name: _short(value) for name, value in zip(EMOTIONS, reading.emotions, strict=True)}
        line["units"] = {name: _short(value) for name, value in zip(unit_names, reading.intensities, strict=True)}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def osc_bundles(unit_names: Sequence[str], values: Sequence[float]) -> list[bytes]:
    """Return OSC bundles, none larger than an Ethernet frame.

    One ``/VMC/Ext/Blend/Val`` message per unit; the last bundle ends with ``/VMC/Ext/Blend/Apply``.
    """
    messages = [_osc_message("/VMC/Ext/Blend/Val", *pair) for pair in zip(unit_names, values, strict=True)]
    messages.append(_osc_message("/VMC/Ext/Blend/Apply"))
    bundles = [OscBundleBuilder(IMMEDIATELY)]
    size = _BUNDLE_HEAD
    for message in messages:
        if size + _SIZE_FIELD + message.size > _LARGEST_DATAGRAM:
            bundles.append(OscBundleBuilder(IMMEDIATELY))
            size = _BUNDLE_HEAD
        bundles[-1].add_content(message)
        size += _SIZE_FIELD + message.size
    return [bundle.build().dgram for bundle in bundles]


def _osc_message(address: str, *arguments: str | float) -> OscMessage:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def _short(value: float) -> float:
    return round(float(value), 4) if math.isfinite(value) else 0.0
