"""Streams to other programs. An independent reader, written from the specification, reads the OSC packets."""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from experiment.errors import SessionError
from experiment.feedback.messages import LiveReading, Measurement
from experiment.feedback.streams import StreamSpec, open_streams, osc_bundles, parse_stream
from tests.conftest import PROJECT

UNITS = tuple(f"unitNumber{index}Left" for index in range(52))
VALUES = np.linspace(0.0, 1.0, 52)
SMILE = Measurement(
    LiveReading(None, similarity=0.8, intensities=VALUES, emotions=np.array([0.0, 0.0, 0.0, 0.9, 0.0, 0.1])),
    target="smile",
    frame=7,
    captured_s=12.5,
    offered_s=12.51,
    started_s=12.51,
    finished_s=12.53,
)
LOST = Measurement(LiveReading("no-face"), "smile", 8, 12.6, 12.6, 12.6, 12.6)


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.settimeout(30)
        yield opened


def port_of(receiver: socket.socket) -> int:
    port: int = receiver.getsockname()[1]
    return port


def read_osc(packet: bytes) -> list[tuple[object, ...]]:
    """Messages of a bundle, after the OSC 1.0 specification."""
    assert packet[:16] == b"#bundle\0" + struct.pack(">Q", 1)
    messages, rest = [], packet[16:]
    while rest:
        (size,) = struct.unpack(">i", rest[:4])
        assert size % 4 == 0
        messages.append(_read_message(rest[4 : 4 + size]))
        rest = rest[4 + size :]
    return messages


def _read_message(data: bytes) -> tuple[object, ...]:
    address, data = _read_string(data)
    tags, data = _read_string(data)
    arguments: list[object] = [address]
    for tag in tags[1:]:
        if tag == "s":
            text, data = _read_string(data)
            arguments.append(text)
        else:
            arguments.append(struct.unpack(">f", data[:4])[0])
            data = data[4:]
    assert not data
    return tuple(arguments)


def _read_string(data: bytes) -> tuple[str, bytes]:
    end = data.index(b"\0")
    padded = (end // 4 + 1) * 4
    assert set(data[end:padded]) == {0}
    return data[:end].decode(), data[padded:]


def test_an_osc_bundle_has_the_bytes_of_the_specification() -> None:
    """Written by hand: bundle, time tag "immediately", then every message after its size; 0.5 is 3f000000."""
    value = b"/VMC/Ext/Blend/Val\0\0" + b",sf\0" + b"jawOpen\0" + bytes.fromhex("3f000000")
    apply = b"/VMC/Ext/Blend/Apply\0\0\0\0" + b",\0\0\0"
    expected = b"#bundle\0" + bytes.fromhex("0000000000000001")
    expected += bytes.fromhex("00000024") + value + bytes.fromhex("0000001c") + apply

    assert osc_bundles(("jawOpen",), [0.5]) == [expected]


def test_every_unit_arrives_by_osc_under_its_name_and_is_applied_once(receiver: socket.socket) -> None:
    streams = open_streams([StreamSpec("osc", "127.0.0.1", port_of(receiver))], UNITS)
    streams.send(SMILE)
    messages: list[tuple[object, ...]] = []
    while not messages or messages[-1] != ("/VMC/Ext/Blend/Apply",):
        messages += read_osc(receiver.recv(2000))
    streams.close()

    assert [message[1] for message in messages[:-1]] == list(UNITS)
    assert [message[2] for message in messages[:-1]] == pytest.approx(VALUES.tolist())
    assert {message[0] for message in messages[:-1]} == {"/VMC/Ext/Blend/Val"}


def test_no_osc_packet_is_larger_than_a_network_frame() -> None:
    bundles = osc_bundles(UNITS, VALUES.tolist())

    assert len(bundles) > 1
    assert max(len(bundle) for bundle in bundles) <= 1400


def test_a_measured_frame_arrives_as_one_line_of_json(receiver: socket.socket) -> None:
    streams = open_streams([StreamSpec("json", "127.0.0.1", port_of(receiver))], UNITS)
    streams.send(SMILE)
    data = receiver.recv(65535)
    streams.close()
    line = json.loads(data)

    assert data.endswith(b"\n")
    assert line["time_s"] == 12.5
    assert line["similarity"] == 0.8
    assert line["trouble"] is None
    assert line["emotions"]["happiness"] == 0.9
    assert list(line["units"]) == list(UNITS)


def test_a_lost_face_is_sent_as_json_and_not_as_osc(receiver: socket.socket) -> None:
    both = [StreamSpec("osc", "127.0.0.1", port_of(receiver)), StreamSpec("json", "127.0.0.1", port_of(receiver))]
    streams = open_streams(both, UNITS)
    streams.send(LOST)
    first = receiver.recv(65535)
    streams.close()

    assert json.loads(first) == {"time_s": 12.6, "frame": 8, "trouble": "no-face"}


def test_a_missing_receiver_is_ignored() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = port_of(closed)
    streams = open_streams([StreamSpec("json", "127.0.0.1", port)], UNITS)
    for _ in range(3):
        streams.send(SMILE)
    streams.close()


def test_the_receiver_of_the_documentation_prints_what_is_sent() -> None:
    """Run the ten lines of docs/training.md."""
    text = (PROJECT / "docs" / "training.md").read_text(encoding="utf-8")
    match = re.search(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert match is not None
    code = match[1]
    assert len(code.strip().splitlines()) <= 10
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = port_of(free)
    assert "9001" in code
    program = subprocess.Popen(
        [sys.executable, "-u", "-c", code.replace("9001", str(port))], stdout=subprocess.PIPE, text=True
    )
    try:
        streams = open_streams([StreamSpec("json", "127.0.0.1", port)], ("jawOpen", "mouthSmileLeft"))
        assert program.stdout is not None
        assert "listening" in program.stdout.readline()
        small = Measurement(
            LiveReading(None, 0.8, intensities=np.array([0.25, 0.75])), "smile", 7, 12.5, 12.5, 12.5, 12.5
        )
        streams.send(small)
        answer = program.stdout.readline()
        streams.close()
    finally:
        program.kill()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()

    assert "mouthSmileLeft" in answer
    assert "0.75" in answer


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("json://127.0.0.1:9001", StreamSpec("json", "127.0.0.1", 9001)),
        ("osc://:9000", StreamSpec("osc", "127.0.0.1", 9000)),
        ("osc://9000", StreamSpec("osc", "127.0.0.1", 9000)),
        ("osc://[::1]:9000", StreamSpec("osc", "::1", 9000)),
        ("osc://robot.local:9000", StreamSpec("osc", "robot.local", 9000)),
        ("lsl:Face", StreamSpec("lsl", name="Face")),
    ],
)
def test_a_stream_is_named_by_a_short_spec_and_goes_to_this_machine_by_default(spec: str, expected: StreamSpec) -> None:
    assert parse_stream(spec) == expected


@pytest.mark.parametrize("spec", ["", "udp://x:1", "json://127.0.0.1", "json://127.0.0.1:99999", "json://h:0", "lsl:"])
def test_an_invalid_spec_is_refused_with_an_example(spec: str) -> None:
    with pytest.raises(SessionError, match=r"write json://127\.0\.0\.1:9001"):
        parse_stream(spec)


def test_a_host_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(SessionError, match="host 'no host'"):
        open_streams([StreamSpec("json", "no host", 9001)], UNITS)


def test_units_arrive_by_lsl_as_named_channels_with_the_time_of_their_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    pylsl = pytest.importorskip("pylsl")
    monkeypatch.setattr(pylsl, "local_clock", lambda: 1000.0)
    streams = open_streams([StreamSpec("lsl", name="mimicry-test")], UNITS)
    found = pylsl.resolve_byprop("name", "mimicry-test", timeout=20)
    assert found
    inlet = pylsl.StreamInlet(found[0])
    inlet.open_stream(timeout=20)
    streams.send(LOST)
    streams.send(replace(SMILE, finished_s=SMILE.captured_s + 0.25))
    sample, stamp_s = inlet.pull_sample(timeout=20)
    channel = inlet.info().desc().child("channels").child("channel")
    inlet.close_stream()
    streams.close()

    assert sample == pytest.approx(VALUES.tolist(), abs=1e-6)
    assert stamp_s == pytest.approx(1000.0 - 0.25)
    assert channel.child_value("label") == UNITS[0]
