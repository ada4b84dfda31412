"""A device that is opened in a thread: taken, failing, or not needed after all."""

from __future__ import annotations

import threading

import pytest

from experiment.errors import CameraError
from experiment.lab import background_opening
from experiment.lab.background_opening import BackgroundOpening


class Device:
    closed = 0

    def close(self) -> None:
        self.closed += 1


def failing() -> Device:
    raise CameraError("unplugged")


def test_a_device_that_was_taken_stays_open() -> None:
    device = Device()

    with BackgroundOpening(lambda: device) as opening:
        assert opening.take() is device

    assert device.closed == 0


def test_a_device_that_was_not_taken_is_closed_also_if_it_opens_late() -> None:
    device, go_on = Device(), threading.Event()

    def open_late() -> Device:
        go_on.wait(10)
        return device

    with BackgroundOpening(open_late):
        go_on.set()

    assert device.closed == 1


def test_an_error_at_once_is_raised_before_the_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_opening, "FAILING_S", 10.0)
    worked = False

    with pytest.raises(CameraError, match="unplugged"), BackgroundOpening(failing):
        worked = True

    assert not worked


def test_a_late_error_is_raised_when_the_device_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_opening, "FAILING_S", 0.0)
    go_on = threading.Event()

    def fail_late() -> Device:
        go_on.wait(10)
        return failing()

    with BackgroundOpening(fail_late) as opening:
        go_on.set()
        with pytest.raises(CameraError, match="unplugged"):
            opening.take()
