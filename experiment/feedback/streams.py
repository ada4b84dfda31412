"""Coefficients of the live face for other programs - avatars, robot heads, recorders - while they are measured.

Names are ARKit's. Three ways, chosen on the command line by a SPEC:

- ``json://127.0.0.1:9001``: one JSON object with a line end in a UDP datagram per measured frame.
- ``osc://127.0.0.1:9000``: Open Sound Control 1.0 in UDP, in the addresses of the VMC protocol that avatar programs
  understand: ``/VMC/Ext/Blend/Val name value`` for every unit, then ``/VMC/Ext/Blend/Apply``.
- ``lsl:NAME``: a Lab Streaming Layer stream of 32-bit floats, one channel a unit (needs the extra ``markers``).

UDP goes to this machine unless another host is named; faces are personal data. Nobody is waited for: a datagram that
cannot be sent is lost.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from analysis.face.models.emotions import EMOTIONS
from experiment.errors import SessionError
from experiment.feedback.messages import Measurement

_SPEC = re.compile(
    r"(?P<kind>json|osc)://(?:(?P<host>\[[0-9a-fA-F:]+\]|[^:/\[\]]*):)?(?P<port>\d{1,5})/?|lsl:(?P<name>.+)"
)
_LARGEST_DATAGRAM = 1400
"""Bytes; fits into one Ethernet frame, so that a loss costs one datagram."""
_IMMEDIATELY = 1
"""OSC time tag."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """Where coefficients go."""

    kind: Literal["json", "osc", "lsl"]
    host: str = ""
    port: int = 0
    name: str = ""


def parse_stream(spec: str) -> StreamSpec:
    """What a SPEC means.

    Raises
    ------
    SessionError
        If it means nothing.
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None or not (match["name"] or 0 < int(match["port"]) < 65536):
        raise SessionError(f"'{spec}' is no stream; write json://127.0.0.1:9001, osc://127.0.0.1:9000 or lsl:NAME")
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
        """Send to all of these."""
        self._streams = tuple(streams)

    def send(self, measurement: Measurement) -> None:
        """Send one measured frame; frames without a measured face are sent by ``json`` only, which can say so."""
        for stream in self._streams:
            stream.send(measurement)

    def close(self) -> None:
        """Send no more."""
        for stream in self._streams:
            stream.close()


def open_streams(specs: Iterable[StreamSpec], unit_names: Sequence[str]) -> Streams:
    """Open every stream.

    Raises
    ------
    SessionError
        If a host is unknown or pylsl is not installed.
    """
    streams: list[_Stream] = []
    for spec in specs:
        if spec.kind == "lsl":
            streams.append(_LslStream(spec.name, unit_names))
        elif spec.kind == "osc":
            streams.append(_OscStream(_Datagrams(spec), unit_names))
        else:
            streams.append(_JsonStream(_Datagrams(spec), unit_names))
    return Streams(streams)


class _Datagrams:
    def __init__(self, spec: StreamSpec) -> None:
        try:
            found = socket.getaddrinfo(spec.host, spec.port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise SessionError(f"the host '{spec.host}' of a stream cannot be found ({error})") from error
        family = found[0][0]
        self._address: Any = found[0][4]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._address)
        except OSError:
            return  # nobody listens, or the network is full: the next frame is newer anyway

    def close(self) -> None:
        self._socket.close()


class _JsonStream:
    def __init__(self, datagrams: _Datagrams, unit_names: Sequence[str]) -> None:
        self._datagrams = datagrams
        self._names = tuple(unit_names)

    def send(self, measurement: Measurement) -> None:
        self._datagrams.send(json_line(measurement, self._names))

    def close(self) -> None:
        self._datagrams.close()


class _OscStream:
    def __init__(self, datagrams: _Datagrams, unit_names: Sequence[str]) -> None:
        self._datagrams = datagrams
        self._names = tuple(unit_names)

    def send(self, measurement: Measurement) -> None:
        if measurement.reading.trouble is not None:
            return
        for bundle in osc_bundles(self._names, measurement.reading.units.tolist()):
            self._datagrams.send(bundle)

    def close(self) -> None:
        self._datagrams.close()


class _LslStream:
    def __init__(self, name: str, unit_names: Sequence[str]) -> None:
        try:
            import pylsl
        except (ImportError, RuntimeError) as error:
            raise SessionError(f"lsl:{name} needs pylsl, which is not installed: pip install \"mimicry-lab[markers]\" ({error})") from error
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
        if measurement.reading.trouble is None:
            # Recorders put streams side by side: what counts is when the camera saw the face.
            age_s = measurement.finished_s - measurement.frame_time_s
            self._outlet.push_sample(measurement.reading.units.tolist(), self._local_clock() - age_s)

    def close(self) -> None:
        self._outlet = None


def json_line(measurement: Measurement, unit_names: Sequence[str]) -> bytes:
    """One measured frame as a line of JSON; ``trouble`` says why there are no numbers."""
    reading = measurement.reading
    line: dict[str, Any] = {
        "time_s": round(measurement.frame_time_s, 6),
        "frame": measurement.frame,
        "trouble": reading.trouble,
    }
    if reading.trouble is None:
        line["target"] = measurement.target
        line["similarity"] = _short(reading.similarity)
        line["emotions"] = {name: _short(value) for name, value in zip(EMOTIONS, reading.emotions, strict=True)}
        line["units"] = {name: _short(value) for name, value in zip(unit_names, reading.units, strict=True)}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def osc_bundles(unit_names: Sequence[str], values: Sequence[float]) -> list[bytes]:
    """OSC bundles with one ``/VMC/Ext/Blend/Val`` message a unit, the last one ended by ``/VMC/Ext/Blend/Apply``."""
    messages = [osc_message("/VMC/Ext/Blend/Val", name, value) for name, value in zip(unit_names, values, strict=True)]
    messages.append(osc_message("/VMC/Ext/Blend/Apply"))
    head = _osc_string("#bundle") + struct.pack(">Q", _IMMEDIATELY)
    bundles = [head]
    for message in messages:
        element = struct.pack(">i", len(message)) + message
        if len(bundles[-1]) + len(element) > _LARGEST_DATAGRAM:
            bundles.append(head)
        bundles[-1] += element
    return bundles


def osc_message(address: str, *arguments: str | float) -> bytes:
    """One message of Open Sound Control 1.0 with strings and 32-bit floats."""
    tags = "," + "".join("s" if isinstance(argument, str) else "f" for argument in arguments)
    body = b"".join(
        _osc_string(argument) if isinstance(argument, str) else struct.pack(">f", argument) for argument in arguments
    )
    return _osc_string(address) + _osc_string(tags) + body


def _osc_string(text: str) -> bytes:
    data = text.encode("ascii") + b"\0"
    return data + b"\0" * (-len(data) % 4)


def _short(value: float) -> float:
    return round(float(value), 4) if math.isfinite(value) else 0.0
