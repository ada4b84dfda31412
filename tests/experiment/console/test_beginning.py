"""What a session that is about to begin needs, and what stands in its way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.cli import app as laboratory_app
from experiment.console.begin_form import offered_protocols, read_form
from experiment.console.beginning import Wish, prepare_beginning
from experiment.console.console import Console
from experiment.console.pages import begin
from experiment.console.processes.jobs import Job, Jobs
from experiment.errors import SessionError
from experiment.record.layout import SessionPlace, session_place
from experiment.screens.screen import Screen
from tests.experiment.console.running_console import RunningConsole, running_console


class Killed(Exception):
    """The session stops as if it was killed."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a protocol, and a data set with participant 01 complete and 02 interrupted."""
    folder = tmp_path_factory.mktemp("study")
    protocol = write_protocol(folder / "protocol", trials=2)
    run_small_session(session_place(folder / "data", "01", None), protocol, seed=3)

    def stop(screen: Screen) -> None:
        if screen.kind == "target":
            raise Killed

    with pytest.raises(Killed):
        run_small_session(
            session_place(folder / "data", "02", None), protocol, seed=4, setup=SmallSession(on_change=stop)
        )
    return folder


@pytest.fixture
def wish(study: Path) -> Wish:
    return Wish(study / "protocol" / "small_session.yaml", "03", camera="simulated")


def test_a_session_without_obstacles_is_ready(study: Path, wish: Wish) -> None:
    beginning = prepare_beginning(study / "data", wish)

    assert beginning.obstacles == ()
    assert beginning.is_ready()
    assert beginning.estimate is not None
    assert beginning.estimate.trials == 2
    assert beginning.free_bytes > 0


def test_without_a_participant_only_the_protocol_is_read(study: Path, wish: Wish) -> None:
    beginning = prepare_beginning(study / "data", replace(wish, participant=""))

    assert beginning.protocol is not None
    assert (beginning.plan, beginning.is_ready()) == (None, False)


def test_a_gap_in_the_numbers_can_be_accepted(study: Path, wish: Wish) -> None:
    beginning = prepare_beginning(study / "data", replace(wish, participant="09"))

    assert [one.word for one in beginning.obstacles] == ["number"]
    assert not beginning.is_ready()
    assert beginning.is_ready(("number",))


@pytest.mark.parametrize(("participant", "is_resumable"), [("01", False), ("02", True)])
def test_a_recorded_session_is_not_recorded_again(
    study: Path, wish: Wish, participant: str, *, is_resumable: bool
) -> None:
    beginning = prepare_beginning(study / "data", replace(wish, participant=participant))

    assert [(one.word, one.is_resumable) for one in beginning.obstacles] == [(None, is_resumable)]
    assert not beginning.is_ready(("number", "session"))


@pytest.mark.parametrize("participant", ["../x", "a b", "é", "sub_1", "-x"])
def test_a_label_that_is_not_allowed_is_an_obstacle(study: Path, wish: Wish, participant: str) -> None:
    beginning = prepare_beginning(study / "data", replace(wish, participant=participant))

    assert beginning.obstacles
    assert not beginning.is_ready()


def test_the_arguments_of_the_session_are_those_of_the_wish(study: Path, wish: Wish) -> None:
    full = replace(
        wish,
        session="post",
        language="de",
        is_windowed=True,
        is_pilot=True,
        groups={"feedback": "live"},
        accept=("number",),
    )

    assert full.arguments(Path("/data/x")) == [
        "run",
        "--participant=03",
        "--dataset=/data/x",
        "--session=post",
        "--language=de",
        "--camera=simulated",
        "--group=feedback=live",
        "--accept=number",
        "--windowed",
        "--pilot",
        "--",
        str(wish.protocol),
    ]  # fmt: skip


def test_the_arguments_are_options_of_run(wish: Wish) -> None:
    import typer

    command = typer.main.get_group(laboratory_app).commands["run"]
    options = {name for parameter in command.params for name in parameter.opts}
    full = replace(
        wish, session="a", language="en", partner="04", partner_camera="1", is_windowed=True, is_pilot=True,
        accepts_display=True, groups={"a": "b"}, strata={"c": "d"}, accept=("clock",),
    )  # fmt: skip
    used = {one.partition("=")[0] for one in full.arguments(Path("/x")) if one.startswith("--") and one != "--"}

    assert len(used) == 13
    assert used <= options


def test_a_protocol_that_is_not_offered_is_not_opened(study: Path) -> None:
    console = Console(study / "data")

    form = read_form(console, {"protocol": "/etc/passwd", "participant": "03"})

    assert form.wish.protocol == study / "protocol" / "small_session.yaml"
    assert offered_protocols(console) == (study / "protocol" / "small_session.yaml",)


@pytest.fixture
def running(study: Path) -> Iterator[RunningConsole]:
    with running_console(Console(study / "data")) as served:
        yield served


@pytest.fixture
def owner(running: RunningConsole) -> Iterator[httpx.Client]:
    with running.owner() as client:
        yield client


def test_the_page_names_participant_duration_and_obstacles(owner: httpx.Client) -> None:
    ready = owner.get("/begin/plan?participant=03").text
    gap = owner.get("/begin/plan?participant=09").text

    assert 'id="session-sentence">03</p>' in ready
    assert "Expected duration" in ready
    assert "disabled" not in ready
    assert "leaves others out, or is written in another way." in gap
    assert 'name="accept-number"' in gap
    assert "disabled" in gap
    assert "disabled" not in owner.get("/begin/plan?participant=09&accept-number=1").text


def test_an_interrupted_session_can_be_resumed_on_the_page(owner: httpx.Client) -> None:
    assert 'formaction="/begin/resume"' in owner.get("/begin/plan?participant=02").text
    assert 'formaction="/begin/resume"' not in owner.get("/begin/plan?participant=01").text


def test_a_session_is_resumed_with_the_camera_and_the_accepted_rule_of_the_form(
    owner: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Sequence[str]] = []

    def start(_jobs: Jobs, _place: SessionPlace, command: Sequence[str]) -> Job:
        started.append(command)
        raise SessionError("not now")

    monkeypatch.setattr(begin, "start_session", start)
    form = {"participant": "02", "camera": "other", "camera_file": "--accept", "accept-clock": "1"}
    assert owner.post("/begin/resume", data=form).status_code == 409
    assert owner.post("/begin/resume", data={"participant": "02"}).status_code == 409

    given, plain = (one[list(one).index("--participant=02") + 1 :] for one in started)
    assert (given, plain) == (["--camera=--accept", "--accept=clock"], [])


def test_a_session_with_an_obstacle_is_not_started(running: RunningConsole, owner: httpx.Client) -> None:
    answer = owner.post("/begin/start", data={"participant": "01"})

    assert answer.status_code == 409
    assert "is already recorded" in answer.text
    assert running.console.jobs.all() == []


def test_problems_of_a_protocol_are_shown_with_their_lines(study: Path, tmp_path: Path) -> None:
    file = study / "protocol" / "wrong.yaml"
    file.write_text("protocol: 1\nname: wrong\nbloks: []\n", encoding="utf-8")
    with running_console(Console(tmp_path / "new", file)) as served, served.owner() as client:
        page = client.get("/begin?participant=01").text

    assert "wrong.yaml, line 3" in page
    assert "did you mean `blocks`?" in page
    assert "disabled" in page


def test_the_page_study_offers_the_next_step_of_every_session(owner: httpx.Client) -> None:
    page = owner.get("/study").text

    assert '<p class="large">03</p>' in page
    assert "/begin?participant=03&amp;protocol=" in page
    assert 'aria-label="Resume: 02 "' in page
    assert 'href="/review/sub-01"' in page


def test_the_camera_stays_off_after_a_refusal(owner: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    monkeypatch.setattr(
        "experiment.console.pages.begin_devices.find_consent", lambda *_: SimpleNamespace(state="refused")
    )
    answer = owner.post("/begin/camera", data={"participant": "03", "camera": "simulated"})

    assert answer.status_code == 409
    assert "has refused to be filmed" in answer.text


def test_the_machine_check_shows_its_findings() -> None:
    from experiment.console.pages.begin_devices import _check_progress

    class Done:
        is_running = False

        def output(self) -> str:
            finding = {"name": "camera rate, partner", "mark": "ok", "found": "30", "remedy": ""}
            return "a warning\n" + json.dumps([finding], indent=2)

    shown = _check_progress(Done(), "de")  # type: ignore[arg-type]

    assert shown["findings"][0]["name"] == "Bildrate der Kamera, partner"
    assert shown["output"] == ""
