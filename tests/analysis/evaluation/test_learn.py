from __future__ import annotations

import sys
from pathlib import Path

import pytest

from analysis.evaluation import learn
from analysis.face.errors import AnalysisError
from analysis.terminal import run_app


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--ict", "gone"], "error: there is nothing at gone; --ict takes the folder or the .npz of ICT-FaceKit"),
        (["--london", "gone"], "error: gone: there are no pictures NNN_neutral.jpg"),
    ],
)
def test_missing_sources_are_reported_before_anyone_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    options: list[str],
    sentence: str,
) -> None:
    def draw(*_: object) -> None:
        raise AssertionError("a person is drawn")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(learn, "_learn_landmarks", draw)
    monkeypatch.setattr(sys, "argv", ["learn", *options])

    with pytest.raises(SystemExit) as stop:
        run_app(learn.app, name="analysis.evaluation.learn", expected=(AnalysisError,))

    assert stop.value.code == 1
    assert sentence in capsys.readouterr().err


def test_two_files_that_exclude_each_other_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["learn", "--only-turns", "--only-parts"])

    with pytest.raises(SystemExit) as stop:
        run_app(learn.app, name="analysis.evaluation.learn", expected=(AnalysisError,))

    assert stop.value.code == 2
    assert "choose one of --only-turns and --only-parts" in capsys.readouterr().err
