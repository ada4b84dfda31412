"""A session with simulated devices is followed and controlled through the files of its folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.lab.live import publisher
from experiment.lab.live.publisher import LivePublisher, publishing
from experiment.lab.session_options import SessionReport
from experiment.record.encryption import make_key_pair
from experiment.record.history import read_history
from experiment.record.journal import read_journal
from experiment.record.layout import SessionPlace
from experiment.record.live_state.control import Answer, CommandError, CommandKind, new_command, send_and_wait
from experiment.record.live_state.folder import session_folder
from experiment.record.live_state.pictures import camera_picture, request_pictures, screen_description
from experiment.record.live_state.reading import seen_session, seen_sessions
from experiment.record.live_state.values import LiveState
from experiment.screens.published_screen import draw_published
from experiment.screens.screen import Cross, LiveImage, Screen
from tests.conftest import PROJECT

PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def own_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))


class Watched:
    """A small session whose screens call back; the callbacks act as the console."""

    def __init__(self, folder: Path, changes: Callable[[str], str] = str) -> None:
        self.place = SessionPlace(folder / "data", "01", None)
        self.folder = session_folder(self.place.dataset, "01", None)
        self.protocol = write_protocol(folder / "protocol", trials=4, changes=changes)
        self.live: LivePublisher | None = None
        self.targets = 0
        self.at_target: dict[int, Callable[[], None]] = {}
        self.at_kind: dict[str, Callable[[], None]] = {}

    def run(self, **setup: Any) -> SessionReport:
        with publishing(self.place, protocol=self.protocol) as self.live:
            assert self.live is not None
            self.live.step("reading the protocol")
            return run_small_session(
                self.place,
                self.protocol,
                seed=1,
                setup=SmallSession(on_change=self._on_change, live=self.live, **setup),
            )

    def _on_change(self, screen: Screen) -> None:
        if screen.kind in self.at_kind:
            self.at_kind.pop(screen.kind)()
        if screen.kind == "target":
            self.targets += 1
            if self.targets in self.at_target:
                self.at_target[self.targets]()

    def command(self, kind: CommandKind, text: str = "", *, trial: str = "", scope: Any = "trial") -> Answer:
        command = new_command(kind, source="console", text=text, trial=trial, scope=scope)
        return send_and_wait(self.place.dataset, "01", None, command, patience_s=PATIENCE_S)

    def state(self, holds: Callable[[LiveState], object] = lambda _: True) -> LiveState:
        """Wait for a state; the drawing thread stands still meanwhile."""
        found = wait_for(
            lambda: (
                (seen := seen_session(self.place.dataset, "01", None)) is not None and holds(seen.state) and seen.state
            )
        )
        assert isinstance(found, LiveState)
        return found

    def events(self) -> list[tuple[str, Any]]:
        return [(entry.event, entry.data) for entry in read_journal(self.place.journal).entries]


class NextFlipIsLate(dict[int, int]):
    """Stalls of a simulated display: the next flip misses `missed` refreshes."""

    missed = 0

    def get(self, _index: int, _default: Any = 0) -> int:
        missed, self.missed = self.missed, 0
        return missed


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def wait_for(result: Callable[[], object]) -> object:
    give_up_s = time.monotonic() + PATIENCE_S
    while not (found := result()):
        assert time.monotonic() < give_up_s, "did not happen"
        time.sleep(0.01)
    return found


def test_the_published_state_follows_the_session(watched: Watched) -> None:
    states: list[LiveState] = []
    stalls = NextFlipIsLate()
    watched.at_target = {
        2: lambda: setattr(stalls, "missed", 2),
        1: lambda: states.append(watched.state(lambda one: one.progress.trial_number == 1 and one.display.flips)),
        4: lambda: states.append(watched.state(lambda one: one.progress.trial_number == 4)),
    }

    watched.run(stalls=stalls)

    first, last = states
    assert first.phase == "running"
    assert [step.text.split()[0] for step in first.steps] == ["reading", "beginning"]
    assert (first.title, first.language, first.participant) == ("small-session", "en", "01")
    assert (first.progress.block, first.progress.kind, first.progress.screen) == ("mimicry", "trial", "target")
    assert first.progress.trials == last.progress.trials == 4
    trials = [trial.id for trial in read_history(watched.place).trials]
    assert [first.progress.trial, last.progress.trial] == [trials[0], trials[3]]
    assert first.progress.seconds_left is not None
    assert last.progress.seconds_left is not None
    assert last.progress.seconds_left < first.progress.seconds_left
    assert (last.display.late, last.display.missed) == (1, 2)
    assert last.camera is not None
    assert (last.camera.condition, last.permission) == ("running", "granted")
    assert last.face.face == "unknown"
    assert last.disk_free_bytes is not None

    (seen,) = seen_sessions()
    assert (seen.phase, seen.state.reason) == ("ended", "complete")


@pytest.mark.skipif(sys.platform != "linux", reason="scheduling as Linux does it")
@pytest.mark.parametrize("real_time", [True, False])
def test_publishing_runs_just_below_drawing(watched: Watched, real_time: bool) -> None:
    """Where drawing has the usual priority, publishing has a lower one."""
    found: list[tuple[int, int]] = []

    def act() -> None:
        (thread,) = (one for one in threading.enumerate() if one.name == "live state")
        assert thread.native_id is not None
        for number in (0, thread.native_id):
            policy = os.sched_getscheduler(number) & ~os.SCHED_RESET_ON_FORK
            found.append((policy, os.getpriority(os.PRIO_PROCESS, number)))

    watched.at_target = {1: act}
    watched.run(real_time=real_time)

    drawing, publishing_ = found
    if drawing[0] == os.SCHED_RR:
        assert publishing_[0] == os.SCHED_RR
    else:
        assert publishing_ == (os.SCHED_OTHER, 10)


def test_each_step_of_the_start_is_published_at_once(tmp_path: Path) -> None:
    with publishing(SessionPlace(tmp_path, "01", "post"), protocol=tmp_path / "p.yaml") as live:
        assert live is not None
        for text in ("importing PsychoPy", "opening the camera"):
            live.step(text)
            (seen,) = seen_sessions()
            assert (seen.phase, seen.state.steps[-1].text) == ("starting", text)
        with pytest.raises(CommandError, match="the session has not begun"):
            send_and_wait(tmp_path, "01", "post", new_command("note", source="console", text="late"))
        with publishing(SessionPlace(tmp_path, "01", "post"), protocol=tmp_path / "p.yaml") as second:
            assert second is None
    assert seen_sessions()[0].state.reason == "stopped"


def test_nothing_is_published_in_a_folder_that_others_may_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runtime").mkdir()
    (tmp_path / "runtime").chmod(0o777)

    with publishing(SessionPlace(tmp_path, "01", None), protocol=tmp_path / "p.yaml") as live:
        assert live is None

    assert "the session goes on" in capsys.readouterr().err
    assert seen_sessions() == []


def test_a_note_and_an_exclusion_are_in_the_journal_when_they_are_answered(watched: Watched) -> None:
    def act() -> None:
        watched.command("note", "coughs")
        answer = watched.command("exclude", "looked away")
        history = read_history(watched.place)
        assert [(one.text, one.source) for one in history.notes] == [("coughs", "console")]
        assert history.exclusions["trial", answer.trial].reason == "looked away"
        with pytest.raises(CommandError, match="is excluded already"):
            watched.command("exclude", "again", trial=answer.trial)
        with pytest.raises(CommandError, match="has no trial mimicry-99"):
            watched.command("exclude", "why", trial="mimicry-99")
        state = watched.state(lambda one: len(one.events) == 2)
        assert [(one.kind, one.text, one.trial) for one in state.events] == [
            ("note", "coughs", ""),
            ("exclude", "looked away", answer.trial),
        ]

    watched.at_target = {2: act}
    assert watched.run().ending == "complete"

    history = read_history(watched.place)
    excluded = [trial.id for trial in history.trials if history.exclusion_of(trial.id)]
    assert excluded == [history.trials[1].id]
    assert "coughs" not in (watched.folder / "state.json").read_text()


def test_an_exclusion_is_taken_back_and_a_session_is_excluded(watched: Watched) -> None:
    def act() -> None:
        answer = watched.command("exclude", "looked away")
        watched.command("include", "it was the trial before", trial=answer.trial)
        watched.command("exclude", "wrong glasses", scope="session")

    watched.at_target = {1: act}
    watched.run()

    history = read_history(watched.place)
    assert ("trial", history.trials[0].id) not in history.exclusions
    assert history.exclusion is not None
    assert history.exclusion.reason == "wrong glasses"


def test_a_pause_and_its_end_are_carried_out_and_recorded(watched: Watched) -> None:
    def carry_on() -> None:
        assert watched.state(lambda one: one.phase == "paused").progress.screen == "pause"
        with pytest.raises(CommandError, match="is paused already"):
            watched.command("pause")
        watched.command("continue")

    def pause() -> None:
        with pytest.raises(CommandError, match="is not paused"):
            watched.command("continue")
        watched.at_target = {4: after}
        watched.command("pause")

    def after() -> None:
        assert watched.state(lambda one: one.progress.trial_number == 3).phase == "running"

    watched.at_target, watched.at_kind = {2: pause}, {"pause": carry_on}
    assert watched.run().ending == "complete"

    events = watched.events()
    kinds = [kind for kind, _ in events if kind in ("request", "pause", "go-on")]
    assert kinds == ["request", "pause", "request", "go-on"]
    requests = [data for kind, data in events if kind == "request"]
    assert requests == [{"request": one, "source": "console"} for one in ("pause", "continue")]
    assert [trial.outcome for trial in read_history(watched.place).trials] == 4 * ["response"]
    assert watched.targets == 5  # the trial of the pause was shown again


def test_the_end_leaves_a_session_that_can_be_resumed(watched: Watched) -> None:
    def end() -> None:
        watched.at_target.clear()
        watched.command("end")

    watched.at_target = {2: end}
    assert watched.run().ending == "ended"

    (seen,) = seen_sessions()
    assert (seen.phase, seen.state.reason) == ("ended", "ended")
    assert ("request", {"request": "end", "source": "console"}) in watched.events()
    assert watched.run().ending == "complete"
    assert sum(trial.outcome == "response" for trial in read_history(watched.place).trials) == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        9000 * b"[",
        b'{"kind": "end"}',
        b"x" * 20000,
        json.dumps({"kind": "end", "source": "x"}).encode(),
    ],
)
def test_malformed_commands_change_nothing(watched: Watched, content: bytes) -> None:
    def act() -> None:
        name = "0" * 32
        (watched.folder / "commands" / f"{name}.json").write_bytes(content)
        wait_for(lambda: not (watched.folder / "commands" / f"{name}.json").exists())
        assert list((watched.folder / "answers").iterdir()) == []

    watched.at_target = {1: act}

    assert watched.run().ending == "complete"
    assert not {"request", "note", "exclusion"} & {kind for kind, _ in watched.events()}


def test_links_and_old_commands_change_nothing(watched: Watched, tmp_path: Path) -> None:
    old = replace(new_command("end", source="console"), sent_utc_s=time.time() - 3600)
    linked = new_command("end", source="console")
    (tmp_path / "elsewhere.json").write_text(json.dumps(linked.to_json()))

    def act() -> None:
        (watched.folder / "commands" / f"{linked.id}.json").symlink_to(tmp_path / "elsewhere.json")
        with pytest.raises(CommandError, match="too old"):
            send_and_wait(watched.place.dataset, "01", None, old, patience_s=PATIENCE_S)

    watched.at_target = {1: act}

    assert watched.run().ending == "complete"
    assert (tmp_path / "elsewhere.json").exists()


def test_pictures_are_published_only_while_they_are_wanted(watched: Watched) -> None:
    def act() -> None:
        watched.state(lambda one: one.has_camera_picture)
        assert camera_picture(watched.folder) is None
        request_pictures(watched.folder)
        picture = wait_for(lambda: camera_picture(watched.folder))
        assert getattr(picture, "content", b"").startswith(b"\xff\xd8")
        screen = wait_for(lambda: screen_description(watched.folder))
        drawn = draw_published(getattr(screen, "content", b""), width_px=320)
        assert drawn.startswith(b"\xff\xd8")
        wait_for(lambda: camera_picture(watched.folder) != picture)
        assert screen_description(watched.folder) == screen  # the same screen is not written again
        long_ago_s = time.time() - 10
        os.utime(watched.folder / "watched", (long_ago_s, long_ago_s))
        wait_for(lambda: camera_picture(watched.folder) is None and screen_description(watched.folder) is None)
        request_pictures(watched.folder)
        wait_for(lambda: camera_picture(watched.folder))

    watched.at_target = {2: act}
    watched.run()

    assert sorted(path.name for path in watched.folder.iterdir()) == ["answers", "commands", "state.json"]


def test_faces_are_checked_for_a_monitor_only_between_the_targets(watched: Watched) -> None:
    checked: list[int] = []
    checker: Any = SimpleNamespace(glance=lambda frame: checked.append(frame.index))

    def look_on() -> None:
        """Let two pictures be published."""
        seen = {camera_picture(watched.folder)}
        request_pictures(watched.folder)

        def has_seen_two() -> bool:
            seen.add(camera_picture(watched.folder))
            return len(seen - {None}) > 2

        wait_for(has_seen_two)

    def at_target() -> None:
        assert watched.live is not None
        assert watched.live._running is not None
        watched.live._running = replace(watched.live._running, checker=checker)
        look_on()
        assert checked == []
        watched.at_kind["blank"] = look_on

    watched.at_target = {2: at_target}
    watched.run()
    assert checked


def test_no_picture_of_a_person_is_published_before_consent(watched: Watched) -> None:
    def kind() -> str:
        screen = screen_description(watched.folder)
        return "" if screen is None else str(json.loads(screen.content)["kind"])

    def act() -> None:
        request_pictures(watched.folder)
        wait_for(lambda: kind() == "form")
        state = watched.state(lambda one: one.progress.kind == "consent" and one.display.flips)
        assert (state.permission, state.has_camera_picture) == ("pending", False)
        assert camera_picture(watched.folder) is None

        assert watched.live is not None
        assert watched.live._running is not None
        mirror = LiveImage(np.zeros((9, 9, 3), np.uint8))
        watched.live._running.devices.link.screen = Screen("feedback", (mirror, Cross()))
        request_pictures(watched.folder)
        wait_for(lambda: kind() == "feedback")
        screen = screen_description(watched.folder)
        assert screen is not None
        assert [one["is"] for one in json.loads(screen.content)["elements"]] == ["cross"]

    watched.at_kind = {"form": act}
    watched.run()


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_camera_of_an_encrypted_session_is_shown_only_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: bool
) -> None:
    (tmp_path / "protocol").mkdir()
    make_key_pair(tmp_path / "lab.key", tmp_path / "protocol" / "lab.pub")
    watched = Watched(tmp_path, lambda text: text.replace("camera: {", "camera: {encrypt_for: lab.pub, "))
    monkeypatch.setattr(publisher, "is_in_memory", lambda _: in_memory)

    def act() -> None:
        request_pictures(watched.folder)
        wait_for(lambda: screen_description(watched.folder))
        state = watched.state(lambda one: one.progress.trial_number == 1)
        assert state.has_camera_picture is in_memory
        assert wait_for(lambda: camera_picture(watched.folder)) if in_memory else not camera_picture(watched.folder)

    watched.at_target = {1: act}
    assert watched.run().ending == "complete"


SESSION = """
import os, sys
from pathlib import Path
from experiment.bench.small_session import SmallSession, run_small_session
from experiment.lab.live import publisher
from experiment.lab.live.publisher import publishing
from experiment.record.layout import SessionPlace

dataset, protocol = map(Path, sys.argv[1:])
targets = 0

def stop_at_third(screen):
    global targets
    targets += screen.kind == "target"
    if targets == 3:
        print("third", flush=True)
        sys.stdin.read()

place = SessionPlace(dataset, "01", None)
with publishing(place, protocol=protocol) as live:
    setup = SmallSession(on_change=stop_at_third, live=live)
    run_small_session(place, protocol, seed=1, setup=setup)
"""


def test_a_killed_session_is_interrupted_and_keeps_no_picture(watched: Watched) -> None:
    command = [sys.executable, "-c", SESSION, str(watched.place.dataset), str(watched.protocol)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "third\n"
        watched.state(lambda one: one.progress.trial_number == 3)
        request_pictures(watched.folder)
        wait_for(lambda: camera_picture(watched.folder))
        process.send_signal(signal.SIGKILL)
        wait_for(lambda: seen_sessions(watched.place.dataset)[0].phase == "interrupted")

    (seen,) = seen_sessions()
    assert (seen.is_running, seen.state.progress.trial_number) == (False, 3)
    assert camera_picture(watched.folder) is None
    with pytest.raises(CommandError, match="does not run"):
        watched.command("pause")
    assert watched.run().ending == "complete"


def test_a_session_goes_on_if_its_folder_vanishes(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> None:
        watched.folder.rename(watched.folder.with_name("gone"))
        wait_for(lambda: watched.live is not None and watched.live._failed)

    watched.at_target = {1: act}

    assert watched.run().ending == "complete"
    assert "the session goes on" in capsys.readouterr().err
