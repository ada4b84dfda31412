"""The pictures of a trial, from frames and films, in clear and encrypted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.record import encryption
from experiment.record.encryption import EncryptionError
from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.trial_pictures import (
    MOST_FILM_PICTURES,
    TrialPicture,
    film_pictures_of,
    pictures_of,
    pictures_sha256,
    read_picture,
    why_closed,
)
from tests.analysis.courses.filmed_session import FilmedSession
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers


def grey(level: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((48, 64, 3), level, np.uint8)


def level_of(picture: TrialPicture, *, widest_px: int = 960) -> float:
    shown = cv2.imdecode(np.frombuffer(read_picture(picture, widest_px=widest_px), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    return float(shown.mean())


@pytest.fixture
def filmed(tmp_path: Path) -> History:
    """A trial that was aborted and repeated, and one with kept frames."""
    session = FilmedSession(tmp_path / "data")
    session.trial("smile-1", [grey(20 + number) for number in range(40)], outcome="aborted")
    session.trial("smile-1", [grey(120 + number) for number in range(60)])
    session.pressed("smile-2", [grey(10), grey(50), grey(90), grey(130)])
    session.close()
    return read_history(SessionPlace(tmp_path / "data", "01", None))


def test_each_attempt_has_its_own_frames_of_the_film_in_the_order_of_time(filmed: History) -> None:
    first, second = (film_pictures_of(filmed, trial) for trial in filmed.trials[:2])

    assert len(first) == MOST_FILM_PICTURES
    assert len(second) == MOST_FILM_PICTURES
    assert [level_of(first[at]) for at in (0, 39)] == pytest.approx([20, 59], abs=2)
    assert [level_of(second[at]) for at in (0, 20, 39)] == pytest.approx([120, 150, 179], abs=2)
    assert pictures_of(filmed, filmed.trials[1]) == second
    assert pictures_sha256(filmed, filmed.trials[1]) == (filmed.film[0].files[0].sha256,)


def test_kept_frames_come_first_and_are_reduced(filmed: History) -> None:
    pictures = pictures_of(filmed, filmed.trials[2])

    assert [picture.role for picture in pictures] == ["before", "key", "after", "after"]
    assert [level_of(picture) for picture in pictures] == pytest.approx([10, 50, 90, 130], abs=1)
    small = cv2.imdecode(np.frombuffer(read_picture(pictures[1], widest_px=32), np.uint8), cv2.IMREAD_COLOR)
    assert small is not None
    assert small.shape == (24, 32, 3)
    assert pictures_sha256(filmed, filmed.trials[2]) == tuple(
        frame.sha256 for frame in sorted(filmed.trials[2].frames, key=lambda one: one.captured_s)
    )


def test_missing_and_damaged_pictures_are_named(filmed: History) -> None:
    frame = pictures_of(filmed, filmed.trials[2])[1]
    frame.file.write_bytes(b"no picture")
    with pytest.raises(RecordError, match=r"key\.png is not a picture"):
        read_picture(frame, widest_px=64)
    frame.file.unlink()
    with pytest.raises(RecordError, match=r"cannot read .*key\.png"):
        read_picture(frame, widest_px=64)


def test_there_are_no_pictures_without_permission_to_use_them(filmed: History) -> None:
    assert why_closed(filmed) == ""
    filmed.start = replace(filmed.start, use_consents=("use",))
    assert [pictures_of(filmed, trial) for trial in filmed.trials] == [(), (), ()]
    assert film_pictures_of(filmed, filmed.trials[1]) == ()
    assert why_closed(filmed) == "use-unanswered"


def test_encrypted_frames_are_read_with_the_private_key_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(encryption.KEY_VARIABLE, "")
    key = encryption.make_key_pair(tmp_path / "lab.key", tmp_path / "lab.pub")
    clock = SetClock()
    header = replace(helpers.header(tmp_path), encrypt_for=key.text)
    recorder = Recorder.start(tmp_path / "data", header, clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    recorder.close(complete=False)
    history = read_history(SessionPlace(tmp_path / "data", "01", None))
    picture = pictures_of(history, history.trials[0])[2]

    assert why_closed(history) == "encrypted"
    with pytest.raises(EncryptionError, match="MIMICRY_KEY"):
        read_picture(picture, widest_px=960)
    encryption.use_private_key(tmp_path / "lab.key")
    assert why_closed(history) == ""
    assert level_of(picture) == pytest.approx(float(helpers.picture(102).mean()), abs=3)
    assert [path.suffix for path in (tmp_path / "data" / "sourcedata").rglob("key*")] == [".age"]
