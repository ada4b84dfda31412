from __future__ import annotations

import sys
from pathlib import Path

import pytest
import typer

from analysis.face.errors import AnalysisError, NoFaceError
from analysis.terminal import many, run_app


def app() -> typer.Typer:
    made = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

    @made.command()
    def measure(path: str, times: int = 1) -> None:
        if path == "expected":
            raise NoFaceError("no face was found")
        if path == "fault":
            raise ZeroDivisionError("by nothing")
        if path == "exit":
            raise typer.Exit(3)
        if path == "abort":
            raise typer.Abort
        typer.echo(path * times)

    @made.command()
    def other() -> None:
        typer.echo("other")

    return made


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["program", *arguments])
    with pytest.raises(SystemExit) as stop:
        run_app(app(), name="program", expected=(AnalysisError,))
    return stop.value.code


def test_success_has_status_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "measure", "a", "--times", "2") == 0
    assert capsys.readouterr().out == "aa\n"


@pytest.mark.parametrize(
    "arguments",
    [["measure"], ["measure", "a", "--times", "x"], ["measure", "a", "--unknown"], ["misspelt"]],
    ids=["missing", "wrong type", "unknown option", "unknown command"],
)
def test_wrong_usage_has_status_2_and_shows_the_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("Usage: program")
    assert "Traceback" not in error


def test_an_expected_error_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "measure", "expected") == 1
    assert capsys.readouterr().err == "error: no face was found\n"


def test_an_unexpected_error_is_one_sentence_that_names_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "measure", "fault") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    report = Path(error.split("report it with ")[1].strip())
    assert "ZeroDivisionError" in report.read_text()
    report.unlink()


def test_exit_and_abort_keep_their_status(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "measure", "exit") == 3
    assert run(monkeypatch, "measure", "abort") == 1


def test_counts_have_a_singular_and_a_plural() -> None:
    assert [many(count, "session") for count in (0, 1, 2)] == ["0 sessions", "1 session", "2 sessions"]
