"""A day in the laboratory, driven in a browser, with a real window, real keys and pictures as a camera.

Begin, monitor, note, exclude, pause, a killed console, a killed session, resume, review.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from experiment.bench.xtest import XTest
from experiment.record.history import History, read_history
from experiment.record.layout import session_place
from experiment.record.live_state.reading import running_sessions, seen_sessions
from tests.browser import check_look, collect_console_errors, open_browser
from tests.conftest import PROJECT

PROTOCOL = """
protocol: 1
name: console-day
title: {en: A day with the console}
groups: {feedback: [live, none]}
camera: {size: [640, 480], rate: 15, keep_frames: {before: 1, after: 1}}
targets:
  happiness: {image: happiness.png, expression: happiness}
  anger: {image: anger.png, expression: anger}
blocks:
  - {name: baseline, kind: calibration, frames: 5}
  - {name: mimicry, kind: experiment, trials: [happiness, anger], repetitions: 4, order: random}
timing: {fixation: 12 frames, target: until-response, timeout: 60 s, inter_trial: 12 frames}
"""
TRIALS = 8
PATIENCE_MS = 180_000
"""Not a measurement: longer than any step on a slow computer that does other work, too."""
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)


class Day:
    """The consoles, the keyboard and the browser of one day."""

    def __init__(self, folder: Path, display: str, browser: Browser) -> None:
        self.dataset = folder / "data"
        self.place = session_place(self.dataset, "01", None)
        self._protocol = folder / "protocol.yaml"
        self._protocol.write_text(PROTOCOL, encoding="utf-8")
        self.camera = folder / "camera"
        self.camera.mkdir()
        for name in ("happiness", "anger"):  # drawn faces are both: targets, and what the camera sees in turns
            picture = (PROJECT / "protocols" / "targets" / f"{name}.png").read_bytes()
            for place in (folder, self.camera):
                (place / f"{name}.png").write_bytes(picture)
        self._env = {**os.environ, "DISPLAY": display, "PYTHONPATH": str(PROJECT)}
        self._browser = browser
        self.keys = XTest(display)
        self.consoles: list[subprocess.Popen[str]] = []
        self.errors: list[str] = []

    def open_console(self) -> tuple[Page, str]:
        """Start a console and open its page; return the page and its address."""
        command = [sys.executable, str(PROJECT / "run_experiment.py"), "console", str(self.dataset)]
        console = subprocess.Popen(
            [*command, f"--protocol={self._protocol}", "--no-browser", "--port=0"],
            cwd=PROJECT,
            env=self._env,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.consoles.append(console)
        assert console.stdout is not None
        address = next(line.strip() for line in console.stdout if line.startswith("http://"))
        page = self._browser.new_context(viewport=WIDE).new_page()
        page.set_default_timeout(PATIENCE_MS)
        self.errors = collect_console_errors(page)
        page.goto(address)
        assert "token" not in page.url
        return page, address.partition("/?")[0]

    def kill_console(self) -> None:
        self.consoles[-1].kill()
        self.consoles[-1].wait()

    def history(self) -> History:
        return read_history(self.place)

    @contextmanager
    def presses(self) -> Iterator[None]:
        """Press SPACE again and again, as a participant does."""
        over = threading.Event()

        def press() -> None:
            while not over.wait(0.25):
                self.keys.press("space")

        thread = threading.Thread(target=press)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def press_until_trials(self, count: int) -> None:
        """Answer trials until so many are in the journal."""
        while not (self.place.begun and len(self.history().trials) >= count):
            assert running_sessions(self.dataset), "the session has ended"
            self.keys.press("space")
            time.sleep(0.25)

    def close(self) -> None:
        for session in seen_sessions():
            if session.is_running:
                os.kill(session.state.pid, signal.SIGKILL)
        for console in self.consoles:
            console.kill()
            console.wait()
            assert console.stdout is not None
            console.stdout.close()
        self.keys.close()


def look_at(page: Page) -> None:
    """Check the look of a page: light on 1280 px, dark on a telephone."""
    for size, scheme in ((NARROW, "dark"), (WIDE, "light")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        check_look(page)


@pytest.fixture
def day(tmp_path: Path, virtual_display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))
    try:
        XTest(virtual_display).close()
    except OSError as reason:
        pytest.skip(str(reason))
    expect.set_options(timeout=PATIENCE_MS)
    with open_browser() as browser:
        found = Day(tmp_path, virtual_display, browser)
        try:
            yield found
        finally:
            found.close()


@pytest.mark.slow  # a whole day: two consoles, a session that is begun and resumed
@pytest.mark.display
@pytest.mark.timeout(600)
def test_a_day_without_a_terminal(day: Day) -> None:
    page, address = day.open_console()
    expect(page.get_by_text("No session is recorded yet.")).to_be_visible()
    begin_a_session(page, day)
    watch_note_exclude_and_pause(page, day)
    assert day.errors == []

    page.close()
    day.kill_console()
    session = running_sessions(day.dataset)[0].state
    done = len(day.history().trials)
    day.press_until_trials(done + 1)  # the session does not need the console

    page, address = day.open_console()
    page.goto(f"{address}/monitor")
    expect(page.locator('[data-text="trial"]')).to_contain_text(f"of {TRIALS}")
    a_second_session_is_refused(page, address)
    assert [error for error in day.errors if "409" not in error] == []  # the browser reports the refusal as an error
    day.errors.clear()
    os.kill(session.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(session.pid)] if psutil.pid_exists(session.pid) else [], timeout=60)
    resume_on_the_page_study(page, address, day)
    review(page, address)
    assert day.errors == []
    what_is_recorded_is_whole(day)


def begin_a_session(page: Page, day: Day) -> None:
    page.get_by_text("Begin with this participant").click()
    expect(page.locator("#session-sentence")).to_have_text("01, group none")
    page.locator("#camera_choice").select_option("other")
    page.locator("#camera_file").fill(str(day.camera))
    expect(page.locator("#begin-session")).to_be_enabled()
    look_at(page)
    page.locator("#begin-session").click()
    expect(page.locator("#confirm-session")).to_have_text("01, group none")
    page.locator("#begin-now").click()
    page.wait_for_selector("#steps li")
    look_at(page)
    page.wait_for_url("**/monitor")


def watch_note_exclude_and_pause(page: Page, day: Day) -> None:
    expect(page.locator("[data-phase]")).to_have_text("running")
    day.press_until_trials(2)
    expect(page.locator('[data-live="camera"]')).to_be_visible()
    expect(page.locator('[data-live="screen"]')).to_be_visible()
    look_at(page)

    page.locator("#note").fill("The window was opened.")
    page.locator("[data-note] button").click()
    expect(page.locator('[data-list="events"]')).to_contain_text("The window was opened.")

    page.locator("[data-exclude]").click()
    page.locator('#exclusion input[name="reason"]').first.check()
    look_at(page)
    page.locator('#exclusion button[type="submit"]').click()
    expect(page.locator('[data-list="events"] li')).to_have_count(2)

    page.locator('[data-command="pause"]').click()
    expect(page.locator("[data-phase]")).to_have_text("paused")
    page.locator('[data-command="continue"]').click()
    expect(page.locator("[data-phase]")).to_have_text("running")


def a_second_session_is_refused(page: Page, address: str) -> None:
    page.goto(f"{address}/begin?participant=02&camera=simulated")
    page.locator("#begin-session").click()
    with page.expect_response("**/begin/start") as answer:
        page.locator("#begin-now").click()
    assert answer.value.status == 409
    expect(page.get_by_role("alert")).to_contain_text("a session runs on this computer: participant 01")


def resume_on_the_page_study(page: Page, address: str, day: Day) -> None:
    page.goto(f"{address}/study")
    expect(page.locator("table .state")).to_have_text("interrupted")
    look_at(page)
    page.get_by_role("button", name="Resume: 01").click()
    page.wait_for_url("**/monitor")
    with day.presses():
        expect(page.locator("[data-phase]")).to_have_text("complete")


def review(page: Page, address: str) -> None:
    page.goto(f"{address}/study")
    expect(page.locator("table .state")).to_have_text("complete")
    page.get_by_role("link", name="Review: 01").click()
    page.wait_for_url("**/review/sub-01")
    expect(page.locator("[data-picture]")).to_be_visible()
    look_at(page)
    for other in ("review", "devices", "rate"):
        page.goto(f"{address}/{other}")
        look_at(page)


def what_is_recorded_is_whole(day: Day) -> None:
    history = day.history()
    assert history.complete
    assert len(history.resumed) == 1
    assert len({trial.id for trial in history.trials if trial.outcome == "response"}) == TRIALS
    assert [note.text for note in history.notes] == ["The window was opened."]
    assert sum(scope == "trial" for scope, _ in history.exclusions) == 1
    verified = subprocess.run(
        [sys.executable, "-m", "analysis", "verify", str(day.dataset)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout
