"""Requests of an experimenter at another screen."""

from __future__ import annotations

import pytest

from experiment.session.experimenter import ExperimenterLink, Request, RequestKind, SessionPhase


@pytest.mark.parametrize(
    ("phase", "kind", "refused"),
    [
        ("running", "pause", ""),
        ("running", "end", ""),
        ("running", "continue", "not paused"),
        ("paused", "continue", ""),
        ("paused", "end", ""),
        ("paused", "pause", "paused already"),
        ("camera-fault", "pause", ""),
        ("camera-fault", "continue", "continues by itself"),
    ],
)
def test_a_request_that_has_no_effect_is_refused(phase: SessionPhase, kind: RequestKind, refused: str) -> None:
    link = ExperimenterLink()
    link.phase = phase

    answer = link.request(Request(kind, "console"))

    assert refused in answer if refused else answer == ""
    assert (link.take("pause", "continue", "end") is None) == bool(refused)


def test_requests_are_taken_in_order_and_by_kind() -> None:
    link = ExperimenterLink()
    link.request(Request("pause", "console"))
    link.request(Request("end", "terminal"))
    assert link.wants_pause

    assert link.take("continue") is None
    assert link.take("end", "pause") == Request("pause", "console")
    link.drop("pause", "continue")
    assert link.wants_pause  # the end
    assert link.take("end") == Request("end", "terminal")
    assert not link.wants_pause
