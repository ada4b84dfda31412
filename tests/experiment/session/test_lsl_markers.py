from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from experiment.errors import SessionError
from experiment.protocol.plan import Markers
from experiment.session.lsl_markers import LslMarkers, marker_text
from tests.experiment.clocks import RealClock

CODES = {"target": 10, "target/anger": 11}


@pytest.mark.parametrize(
    ("name", "target", "text"),
    [
        ("target", "anger", "11"),
        ("target", "fear", "10"),
        ("response", "fear", "response/fear"),
        ("pause", None, "pause"),
    ],
)
def test_the_most_specific_code_is_sent_or_the_name_of_the_event(name: str, target: str | None, text: str) -> None:
    assert marker_text(name, target, codes=CODES) == text


@pytest.fixture
def stream() -> Iterator[tuple[LslMarkers, Any, RealClock]]:
    """A marker stream and an inlet that records it."""
    pylsl = pytest.importorskip("pylsl", reason="needs pylsl (the extra 'markers')")
    clock, name = RealClock(), f"test-{uuid4()}"
    markers = LslMarkers(Markers(name, ("target", "response"), CODES), clock=clock)
    found = pylsl.resolve_byprop("name", name, timeout=10)
    if not found:
        pytest.skip("this computer's network does not let LSL find its own streams")
    inlet = pylsl.StreamInlet(found[0])
    inlet.open_stream(timeout=10)
    yield markers, inlet, clock
    inlet.close_stream()
    markers.close()


def test_markers_arrive_with_the_time_of_their_flip(stream: tuple[LslMarkers, Any, RealClock]) -> None:
    import pylsl

    markers, inlet, clock = stream
    onset_s = clock.now() - 0.4
    markers.event("fixation", onset_s - 1, None)
    markers.event("target", onset_s, "anger")
    markers.event("response", onset_s + 0.3, "anger")

    (first,), first_s = inlet.pull_sample(timeout=10)
    (second,), second_s = inlet.pull_sample(timeout=10)

    assert (first, second) == ("11", "response/anger")
    assert second_s - first_s == pytest.approx(0.3, abs=1e-6)
    assert first_s - pylsl.local_clock() == pytest.approx(onset_s - clock.now(), abs=0.05)


def test_without_pylsl_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)

    with pytest.raises(SessionError, match=r'pip install "mimicry-lab\[markers\]"'):
        LslMarkers(Markers("study", ("target",)), clock=RealClock())
