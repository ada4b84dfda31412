"""The console opens the data set that it showed last."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.console.last_dataset import chosen_dataset
from experiment.errors import SessionError
from tests.experiment.running import run


@pytest.fixture(autouse=True)
def own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def test_the_data_set_is_remembered(tmp_path: Path) -> None:
    assert chosen_dataset(tmp_path / "study") == tmp_path / "study"
    assert chosen_dataset(None) == tmp_path / "study"


def test_without_one_the_command_says_what_to_name() -> None:
    with pytest.raises(SessionError, match="name the folder of the data set"):
        chosen_dataset(None)


def test_a_file_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").touch()

    with pytest.raises(SessionError, match=r"study\.yaml is a file, and a data set is a folder; name the folder"):
        chosen_dataset(tmp_path / "study.yaml")
    with pytest.raises(SessionError, match="name the folder"):
        chosen_dataset(None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "error: name the folder of the data set: `console data/my-study`\n"),
        (["x", "--protocol", "nothing.yaml"], "error: there is no protocol at nothing.yaml"),
        (["x", "--host", "203.0.113.1", "--no-browser"], "error: the console cannot use the address 203.0.113.1"),
    ],
)
def test_what_cannot_work_is_one_sentence(options: list[str], message: str) -> None:
    finished = run("console", *options)

    assert (finished.status, finished.err.count("\n")) == (1, 1)
    assert finished.err.startswith(message)
