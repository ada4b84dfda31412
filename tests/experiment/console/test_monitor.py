"""The page Monitor follows and controls a real session with simulated devices."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from experiment.console.console import Console
from experiment.console.monitor.monitor_values import monitor_values, shown_session
from experiment.console.texts import LANGUAGES
from experiment.lab.live.warnings import CODES
from experiment.record.history import read_history
from experiment.record.live_state.reading import seen_session
from experiment.record.live_state.values import CameraReport, LiveEvent, LiveWarning, StartStep
from tests.experiment.console.running_console import running_console
from tests.experiment.lab.live.test_published_session import Watched, wait_for
from tests.experiment.record.live_state.test_live_state import publish, state_of


@pytest.fixture(autouse=True)
def own_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


@pytest.fixture
def owner(watched: Watched) -> Iterator[httpx.Client]:
    with running_console(Console(watched.place.dataset)) as served, served.owner() as client:
        yield client


def test_notes_exclusions_pictures_pause_and_end_of_a_session(watched: Watched, owner: httpx.Client) -> None:
    address = f"/monitor/{watched.folder.name}"
    said: list[str] = []

    def give(kind: str, **fields: str) -> None:
        said.append(owner.post(f"{address}/command/{kind}", json=fields).raise_for_status().json()["sentence"])

    def second_trial() -> None:
        trial = watched.state(lambda one: one.progress.trial_number == 2).progress.trial
        give("note", text="coughs")
        give("exclude", trial=trial, reason="reason-disturbed", details="door")
        for name in ("screen", "camera"):
            picture = wait_for(lambda name=name: owner.get(f"{address}/picture/{name}").content)  # type: ignore[misc]
            assert isinstance(picture, bytes)
            assert picture.startswith(b"\xff\xd8")
        give("pause")

    def paused() -> None:
        watched.state(lambda one: one.phase == "paused")
        assert '"phase": "paused"' in owner.get("/monitor").text.replace("&#34;", '"')
        give("end")

    watched.at_target = {2: second_trial}
    watched.at_kind = {"pause": paused}
    watched.run()

    assert not read_history(watched.place).complete
    events = dict(watched.events())
    assert events["note"]["text"] == "coughs"
    assert events["note"]["source"] == "console"
    assert events["exclusion"]["reason"] == "disturbed from outside: door"
    assert len(said) == 4
    answer = owner.get(f"{address}/picture/camera")
    assert (answer.status_code, answer.content) == (204, b"")
    assert owner.post(f"{address}/command/note", json={"text": "too late"}).status_code == 404


def test_the_page_receives_what_changes(watched: Watched, owner: httpx.Client) -> None:
    found: list[dict[str, object]] = []

    def first_trial() -> None:
        watched.state(lambda one: one.progress.trial_number == 1)
        with owner.stream("GET", "/monitor/events") as stream:
            line = next(line for line in stream.iter_lines() if line.startswith("data: "))
        found.append(json.loads(line.removeprefix("data: ")))

    watched.at_target = {1: first_trial}
    watched.run()

    values = found[0]
    assert values["phase"] == "running"
    texts = values["texts"]
    assert isinstance(texts, dict)
    assert texts["trial"] == "1 of 4"
    assert texts["block"] == "mimicry"
    assert monitor_values(shown_session(watched.place.dataset), "en")["texts"]["reason"] == "complete"


def test_a_command_that_cannot_be_carried_out_is_answered_with_a_sentence(
    watched: Watched, owner: httpx.Client
) -> None:
    asked: list[tuple[str, dict[str, str], int]] = [
        ("note", {"text": "  "}, 409),
        ("note", {"text": "x" * 2001}, 409),
        ("exclude", {"trial": "nothing", "details": "x"}, 409),
        ("exclude", {"trial": ""}, 400),
        ("include", {"trial": "mimicry-001"}, 409),
        ("continue", {}, 409),
        ("forget", {}, 404),
    ]
    answers: list[httpx.Response] = []

    def ask() -> None:
        for kind, fields, _ in asked:
            answers.append(owner.post(f"/monitor/{watched.folder.name}/command/{kind}", json=fields))

    watched.at_target = {1: ask}
    watched.run()

    assert [one.status_code for one in answers] == [status for _, _, status in asked]
    assert answers[5].text == "Nothing was done: the session is not paused.\n"
    assert {event for event, _ in watched.events()}.isdisjoint({"note", "exclusion", "exclusion-undone"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_warning_and_event_has_a_text_in_every_language(tmp_path: Path, language: str) -> None:
    numbers: dict[str, float | str] = {
        "condition": "frozen",
        "rate_hz": 12.0,
        "asked_hz": 30.0,
        "trials": 3,
        "reasons": "no-face, dark",
        "late": 30,
        "flips": 900,
        "free_gb": 0.4,
        "needed_gb": 2.0,
    }
    kinds = ("note", "exclude", "include", "pause", "continue", "end")
    state = state_of(
        tmp_path,
        steps=(StartStep("opening the display", 1.0), StartStep("something new", 2.0)),
        camera=CameraReport("running", 29.6, 30.0),
        warnings=tuple(LiveWarning(code, "in English", 3.0, numbers) for code in CODES),
        events=tuple(LiveEvent(kind, "face covered, for example by a hand", "t1", "console", 4.0) for kind in kinds),
    )
    publish(state)

    values = monitor_values(shown_session(tmp_path), language)

    assert len(values["warnings"]) == len(CODES)
    assert "in English" not in values["warnings"]
    assert values["steps"][1] == "something new"
    assert ("opening" in values["steps"][0]) == (language == "en")
    assert [one["undo"] for one in values["events"]] == ["", "", "", "", "t1", ""]
    texts = [*values["warnings"], *values["texts"].values(), *(one["text"] for one in values["events"])]
    assert not any("{" in one for one in texts)


def test_a_session_that_hangs_and_one_that_was_killed_say_what_to_do(tmp_path: Path) -> None:
    publish(state_of(tmp_path, updated_utc_s=time.time() - 9))
    assert monitor_values(shown_session(tmp_path), "en")["warnings"] == [
        "Look at the participant's screen: the session has reported nothing for 9 s."
    ]
    publish(replace(state_of(tmp_path), pid=2**22 + 1))
    values = monitor_values(shown_session(tmp_path), "en")
    assert (values["phase"], values["is_controlled"]) == ("interrupted", False)
    assert "Resume" in values["texts"]["reason"]
    assert seen_session(tmp_path, "07", "post") is not None
    assert monitor_values(None, "en") == {"key": "", "phase": "none", "texts": {}}
