"""Review, Rate and Monitor in Chromium: keys, dialogs, accessibility rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from experiment.console.console import Console
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.ratings.rating_file import read_ratings
from tests.browser import check_look, collect_console_errors, open_browser
from tests.experiment.clocks import SetClock
from tests.experiment.console.running_console import RunningConsole, running_console
from tests.experiment.lab.live.test_published_session import Watched
from tests.experiment.record.helpers import record_all

LOOKS = ((1280, "light", "en"), (390, "dark", "ja"), (390, "light", "de"))
"""Width, colours and language of the browser."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(autouse=True)
def own_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))


def open_page(
    browser: Browser, served: RunningConsole, *, look: tuple[int, str, str] = LOOKS[0]
) -> tuple[Page, list[str]]:
    width, scheme, language = look
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
        base_url=served.address,
    )
    page = context.new_page()
    errors = collect_console_errors(page)
    page.goto(served.first_address)
    return page, errors


def test_a_session_is_reviewed_and_rated_with_the_keyboard(browser: Browser, tmp_path: Path) -> None:
    record_all(tmp_path / "data", tmp_path, SetClock())
    place = SessionPlace(tmp_path / "data", "01", None)
    with running_console(Console(place.dataset)) as served:
        page, errors = open_page(browser, served)
        page.goto("/review/sub-01")
        heading = page.locator("[data-heading]")
        page.keyboard.press("ArrowRight")
        expect(heading).to_have_text("Trial 2 of 5")
        expect(page.locator("[data-caption]")).to_have_text("3 / 4 · key press")
        page.keyboard.press("k")
        expect(page.locator("[data-caption]")).to_have_text("4 / 4 · after the key press")
        assert page.locator("[data-picture]").evaluate("image => image.decode().then(() => image.naturalWidth)") == 32

        page.keyboard.press("x")
        check_look(page)
        page.get_by_label("looks away").check()
        page.get_by_role("button", name="Exclude this trial").last.click()
        expect(page.locator("#announcements")).to_contain_text("Excluded")
        expect(page.locator('[data-trial="1"] [data-verdict]')).to_have_text("excluded")
        assert read_history(place).exclusions["trial", "t02"].reason == "looks away"
        page.keyboard.press("u")
        expect(page.locator('[data-trial="1"] [data-verdict]')).to_have_text("not checked")
        assert not read_history(place).exclusions

        page.goto("/rate")
        page.get_by_label("Your initials").fill("AB")
        page.keyboard.press("Enter")
        for rated in range(5):
            expect(page.get_by_text(f"{rated} of 5 rated")).to_be_visible()
            page.wait_for_load_state()
            for key in ("2", "y", "Enter"):
                page.keyboard.press(key)
        expect(page.locator("main")).to_contain_text("All trials are rated")
        found = read_ratings(place, "AB").ratings.values()
        assert [(one.usable, one.expression) for one in found] == [(True, "anger")] * 5

        for look in LOOKS:
            page, more_errors = open_page(browser, served, look=look)
            for address in ("/review", "/review/sub-01", "/rate", "/rate/CD"):
                page.goto(address)
                check_look(page)
            errors += more_errors
    assert errors == []


def test_a_session_is_watched_and_controlled(browser: Browser, tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with running_console(Console(watched.place.dataset)) as served:
        page, errors = open_page(browser, served)
        page.goto("/monitor")
        expect(page.locator("main")).to_contain_text("No session is running")

        def second_trial() -> None:
            expect(page.locator('[data-text="trial"]')).to_have_text("2 of 4", timeout=20_000)
            for name in ("camera", "screen"):
                expect(page.locator(f'[data-live="{name}"]')).to_be_visible(timeout=20_000)
            page.get_by_role("textbox", name="Note").fill("coughs")
            page.get_by_role("button", name="Write the note").click()
            expect(page.locator('[data-list="events"]')).to_contain_text("coughs")
            page.get_by_role("button", name="Exclude this trial").first.click()
            page.get_by_label("disturbed from outside").check()
            page.get_by_role("button", name="Exclude this trial").last.click()
            expect(page.locator('[data-list="events"]')).to_contain_text("Excluded")
            for look in LOOKS[1:]:
                other, more_errors = open_page(browser, served, look=look)
                other.goto("/monitor")
                expect(other.locator('[data-live="camera"]')).to_be_visible(timeout=20_000)
                check_look(other)
                errors.extend(more_errors)
            hidden, more_errors = open_page(browser, served)
            hidden.add_init_script("Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'})")
            asked: list[str] = []
            hidden.on("request", lambda request: asked.append(request.url))
            hidden.goto("/monitor")
            expect(hidden.locator('[data-list="events"]')).to_contain_text("coughs")
            hidden.wait_for_timeout(1200)
            assert not any("/picture/" in address for address in asked)
            assert any("/monitor/events" in address for address in asked)
            errors.extend(more_errors)
            page.get_by_role("button", name="Pause").click()
            expect(page.locator("#announcements")).to_contain_text("pauses")

        def paused() -> None:
            expect(page.locator("[data-phase]")).to_have_text("paused")
            page.get_by_role("button", name="End the session").first.click()
            page.get_by_role("button", name="End the session").last.click()
            expect(page.locator("#announcements")).to_contain_text("ends")

        watched.at_target, watched.at_kind = {2: second_trial}, {"pause": paused}
        watched.run()
        expect(page.locator("main")).to_contain_text("ended by the experimenter")
        check_look(page)
    assert errors == []
    assert [note.text for note in read_history(watched.place).notes] == ["coughs"]
