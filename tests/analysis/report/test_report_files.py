"""The report of many participants has a page for each, and every page works in a browser."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from analysis.cli import main
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import load_model
from analysis.face.similarity import parts
from analysis.face.similarity.uncertainty import Uncertainty
from analysis.report import report_files
from analysis.tables import picture_landmarks, score_tables
from tests.analysis.face.toy import toy_model
from tests.analysis.tables.rehearsed import Faces, record_session
from tests.browser import collect_console_errors, open_browser, serious_accessibility_findings

SHOWN = EMOTIONS[:3]


def report(patch: pytest.MonkeyPatch, dataset: Path) -> Path:
    patch.setattr("sys.argv", ["analysis", "report", str(dataset), "--model", "toy"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    return dataset / "derivatives" / "mimicry" / "report.html"


@pytest.fixture(scope="module")
def first_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of two people in groups and sessions, too large for one file; one trial has two faces."""
    top = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        toy = dataclasses.replace(toy_model(), triangles=np.array([[0, 8, 16], [17, 26, 30], [48, 54, 57]]))
        write_npz(toy, top / "models" / "toy.npz")
        patch.setenv("MIMICRY_MODELS", str(top / "models"))
        faces = Faces(load_model("toy"), noise_px=0.3)
        faces.refused["anger-2"] = "several-faces"
        patch.setattr(picture_landmarks, "detect_face", faces.detect)
        patch.setattr(report_files, "ONE_FILE_BYTES", 1000)
        conditions = {"fear": {"face": "own"}}
        for participant, group in (("01", "trained"), ("02", "waiting")):
            for session in ("a", "b"):
                record_session(
                    top / "data",
                    participant=participant,
                    session=session,
                    targets=SHOWN,
                    trials=(*SHOWN, *SHOWN[:2]),
                    groups={"group": group},
                    conditions=conditions,
                )
        return report(patch, top / "data")


def test_each_participant_has_a_page_and_pages_that_are_not_needed_are_deleted(first_page: Path) -> None:
    pages = sorted(path.name for path in first_page.with_name("report_files").iterdir())
    assert pages == ["SHA256SUMS", "participant-01.html", "participant-02.html"]
    assert "image/jpeg" not in first_page.read_text("utf-8")
    second = first_page.with_name("report_files") / "participant-02.html"
    text = second.read_text("utf-8")
    assert text.count('<section id="sub-02_ses-') == 2
    assert 'href="../report.html"' in text
    assert 'href="participant-01.html" rel="prev"' in text
    assert second.stat().st_mode & 0o077 == 0


def test_a_report_that_becomes_small_again_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_npz(dataclasses.replace(toy_model(), triangles=np.array([[0, 8, 16]])), tmp_path / "models" / "toy.npz")
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(picture_landmarks, "detect_face", Faces(load_model("toy")).detect)
    record_session(tmp_path / "data", targets=EMOTIONS[:2], trials=())
    with monkeypatch.context() as patch:
        patch.setattr(report_files, "ONE_FILE_BYTES", 0)
        folder = report(patch, tmp_path / "data").with_name("report_files")
    assert (folder / "participant-01.html").is_file()

    first = report(monkeypatch, tmp_path / "data")

    assert not folder.exists()
    assert '<section id="sub-01"' in first.read_text("utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def opened_page(browser: Browser, address: str, *, width: int = 1280) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors = collect_console_errors(page)
    page.goto(address)
    return page, errors


def shown(page: Page, lines: str) -> int:
    return page.locator(f"{lines}:visible").count()


@pytest.mark.slow
def test_the_first_page_filters_and_sorts_and_leads_to_a_trial(first_page: Path, browser: Browser) -> None:
    page, errors = opened_page(browser, first_page.as_uri())
    sessions, trials = page.locator("form[data-for=sessions]"), page.locator("form[data-for=trial-list]")

    assert (shown(page, "#sessions tbody tr"), shown(page, "#trial-list tbody tr")) == (4, 20)
    sessions.get_by_label("Group").select_option("waiting")
    assert page.locator("#sessions tbody tr:visible th").all_inner_texts() == ["02", "02"]
    sessions.get_by_role("button").click()  # the page filters after the browser has emptied the form
    expect(page.locator("#sessions tbody tr:visible")).to_have_count(4)
    page.get_by_role("button", name="Session", exact=True).dblclick()
    assert page.locator("#sessions tbody td:nth-child(2)").all_inner_texts() == ["b", "b", "a", "a"]

    trials.get_by_label("Status").select_option("excluded")
    assert "4 of 20 trials" in trials.locator("output").inner_text()
    trials.get_by_label("Participant").fill("02")
    trials.get_by_label("Session").select_option("b")
    assert page.locator("#trial-list tbody tr").all_inner_texts() == [
        "\t".join(["02", "b", "waiting", "anger-2", "anger", "anger", "", "–", "–", "excluded: several-faces"])
    ]
    page.locator("#trial-list tbody a").click()
    assert page.url.endswith("participant-02.html#sub-02_ses-b-anger-2")
    assert errors == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_pages_fit_the_screen_and_are_accessible(first_page: Path, browser: Browser, width: int) -> None:
    for file in (first_page, first_page.with_name("report_files") / "participant-01.html"):
        page, errors = opened_page(browser, file.as_uri(), width=width)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        if width == 1280:
            assert serious_accessibility_findings(page) == []
            if file != first_page:
                page.emulate_media(color_scheme="dark")
                assert serious_accessibility_findings(page) == []
        assert errors == []
        page.close()


@pytest.mark.slow
def test_the_face_turns_by_keys_and_buttons_and_leaves_the_wheel_to_the_page(
    first_page: Path, browser: Browser
) -> None:
    file = first_page.with_name("report_files") / "participant-01.html"
    page, errors = opened_page(browser, file.as_uri())
    viewer = page.locator("details.viewer").first
    viewer.locator("summary").click()
    stage = viewer.locator("canvas[data-drawn]")
    assert stage.get_attribute("data-drawn") == "0.00 0.00 1.00"
    drawn = "canvas => canvas.toDataURL().length"
    assert stage.evaluate(drawn) > stage.evaluate("c => { const e = c.cloneNode(); return e.toDataURL().length; }")

    stage.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    assert stage.get_attribute("data-drawn") == "0.17 0.00 1.20"
    viewer.get_by_role("button", name="Turn up").click()
    assert stage.get_attribute("data-drawn") == "0.17 -0.17 1.20"
    viewer.get_by_role("button", name="Reset").click()
    assert stage.get_attribute("data-drawn") == "0.00 0.00 1.00"

    stage.hover()
    page.evaluate("window.from = scrollY")
    page.mouse.wheel(0, 120)
    look = "const look = () => (scrollY === from ? requestAnimationFrame(look) : done(scrollY - from))"
    assert page.evaluate(f"new Promise(done => {{ {look}; look(); }})") > 0
    assert stage.get_attribute("data-drawn") == "0.00 0.00 1.00"
    assert errors == []


@pytest.mark.slow
def test_four_whole_cards_fit_on_a_printed_page_with_provenance(first_page: Path, browser: Browser) -> None:
    file = first_page.with_name("report_files") / "participant-01.html"
    page, _ = opened_page(browser, file.as_uri(), width=703)  # A4 without its margins, 186 mm
    page.emulate_media(media="print")
    sizes = page.locator("article.trial:not(.excluded)").evaluate_all(
        "cards => cards.map(card => [card.getBoundingClientRect().height, card.scrollHeight - card.clientHeight, "
        "card.scrollWidth - card.clientWidth])"
    )
    assert len(sizes) == 8
    px_per_mm = 96 / 25.4
    for height, hidden_below, hidden_aside in sizes:
        assert 4 * (height / px_per_mm + 2) < 297 - 12 - 15
        assert hidden_below <= 1
        assert hidden_aside <= 1
    foot = file.read_text("utf-8").partition("@bottom-left { content: ")[2].partition(";")[0]
    assert foot.startswith('"Mimicry report of data')
    assert not page.locator("form.filters").first.is_visible()


def test_a_trial_below_the_noise_floor_has_no_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_npz(dataclasses.replace(toy_model(), triangles=np.array([[0, 8, 16]])), tmp_path / "models" / "toy.npz")
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(picture_landmarks, "detect_face", Faces(load_model("toy")).detect)
    monkeypatch.setattr(parts, "NOISE_FLOOR_MM", 1000.0)
    record_session(tmp_path / "data", targets=EMOTIONS[:2])

    text = report(monkeypatch, tmp_path / "data").read_text("utf-8")

    cards = text.split('<article class="trial"')[1:]
    assert len(cards) == 2
    for card in cards:
        assert "<strong>no score</strong>" in card
        assert "No expression above the noise floor in the target (1000.0 mm) and mimic (1000.0 mm)" in card
        assert "Similarity by region" not in card
    assert text.count('null,null,"weak"') == 2, "in the list of trials"
    assert "Mean score with the own target" not in text


def test_a_score_has_its_interval_and_what_it_says_about_the_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_npz(dataclasses.replace(toy_model(), triangles=np.array([[0, 8, 16]])), tmp_path / "models" / "toy.npz")
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(picture_landmarks, "detect_face", Faces(load_model("toy")).detect)
    # Nothing was learned about the toy model.
    monkeypatch.setattr(score_tables, "score_uncertainty", lambda *_, **__: Uncertainty(-0.1, 0.9, 12.0))
    record_session(tmp_path / "data", targets=EMOTIONS[:2])

    text = report(monkeypatch, tmp_path / "data").read_text("utf-8")

    cards = text.split('<article class="trial"')[1:]
    assert len(cards) == 2
    for card in cards:
        assert '<span class="interval">95 % interval \u22120.10 to 0.90</span>' in card
        assert "The score is about 12 times as probable if this target is imitated as if another one is" in card
