from __future__ import annotations

import base64
import dataclasses
import html.parser
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from analysis.cli import main
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import load_model
from analysis.report.faces3d import NEUTRAL_STEP_MM
from analysis.tables import picture_landmarks
from tests.analysis.face.toy import toy_model
from tests.analysis.running import run
from tests.analysis.tables.rehearsed import Faces, record_session


class Page(html.parser.HTMLParser):
    """Collect ids, headings, addresses, pictures without alternative text, ill-nested elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.headings: list[str] = []
        self.ill_nested: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag == "img":
            self.pictures.append(found)
        self.addresses += [found[name] or "" for name in ("src", "href", "action", "data", "poster") if name in found]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag not in ("img", "meta", "link", "br", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.ill_nested.append(tag)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Reports of one small data set, with faces and without; the second participant was not calibrated."""
    top = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        toy = dataclasses.replace(toy_model(), triangles=np.array([[0, 8, 16], [17, 26, 30], [48, 54, 57]]))
        write_npz(toy, top / "models" / "toy.npz")
        patch.setenv("MIMICRY_MODELS", str(top / "models"))
        faces = Faces(load_model("toy"), noise_px=0.3)
        faces.refused["sadness"] = "several-faces"
        patch.setattr(picture_landmarks, "detect_face", faces.detect)
        record_session(top / "data", trials=(*EMOTIONS, "anger", "fear", "disgust"))
        record_session(top / "data", participant="02", session="a", calibration=0)
        made = {}
        for name, option in (("faces", []), ("without", ["--without-faces"])):
            arguments = ["report", top / "data", "--model", "toy", "--out", top / f"{name}.html", *option]
            patch.setattr("sys.argv", ["analysis", *map(str, arguments)])
            with pytest.raises(SystemExit) as stop:
                main()
            assert stop.value.code == 0
            made[name] = (top / f"{name}.html").read_text("utf-8")
    return made


def test_the_page_is_well_formed_and_every_link_has_a_destination(pages: dict[str, str]) -> None:
    page = Page(pages["faces"])
    assert page.ill_nested == []
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert page.headings[:2] == ["h1", "h2"]
    assert page.headings.count("h1") == 1


def test_the_page_fetches_nothing(pages: dict[str, str]) -> None:
    page = Page(pages["faces"])
    assert all(address.startswith(("data:image/", "#")) for address in page.addresses)
    assert "default-src 'none'" in pages["faces"]
    style = pages["faces"].split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_every_picture_has_alternative_text_and_a_size(pages: dict[str, str]) -> None:
    page = Page(pages["faces"])
    assert len(page.pictures) == 2 + 2 + 3 * 13  # tables, timing of two sessions, faces of the trials
    assert all(len(picture["alt"] or "") > 12 for picture in page.pictures)


def test_tables_exclusions_timing_and_statistics_are_there(pages: dict[str, str]) -> None:
    text = pages["faces"]
    for label in ("sub-01", "sub-02_ses-a"):
        part = text.partition(f'<section id="{label}"')[2].partition("<h3>Trials")[0]
        assert part.count('class="match"') == 2 * 6
    assert "target sadness" in text
    assert "several-faces" in text
    assert re.search(r"Key press to kept frame</th><td>median 5\.0 ms, largest 5\.0 ms; half a camera interval", text)
    assert re.search(r"Response time</th><td>median 2\.50 s", text)
    assert re.search(r'AUC<span class="meaning">[^<]*</span></th><td class="value">[01]\.\d{3}</td>', text)
    assert "Target x mimic, all." in text
    assert "Agreement of repeated imitations." in text
    assert "each mimic is measured alone" in text
    assert '"seed": 7' in text.replace("&#34;", '"')


def test_an_excluded_trial_has_a_card_with_its_reason(pages: dict[str, str]) -> None:
    cards = re.findall(r'<article class="trial excluded" id="([^"]*)"[^>]*>.*?</article>', pages["faces"], re.DOTALL)
    assert cards == ["sub-01-sadness", "sub-02_ses-a-sadness"]
    assert "<strong>Excluded (several-faces):</strong> sadness was refused for a test." in pages["faces"]


def test_the_published_limits_stand_only_with_the_published_metric(pages: dict[str, str]) -> None:
    assert pages["faces"].count("Published pattern, &gt; 0.98 / &lt; 0.94") == 1, "the statistics of points"
    figures = re.findall(r"<figcaption>Participant 0[12].*?</figure>", pages["faces"], re.DOTALL)
    stated = ["The published pattern" in figure for figure in figures]
    assert stated == ["metric points" in figure for figure in figures]
    assert sum(stated) == 2


def test_without_faces_there_is_no_photograph_and_no_persons_shape(pages: dict[str, str]) -> None:
    assert "image/jpeg" in pages["faces"]
    assert "image/jpeg" not in pages["without"]
    assert "Made without faces" in pages["without"]
    mean = load_mean(pages["without"])
    assert np.abs(mean - np.round(toy_model().mean / NEUTRAL_STEP_MM)).max() <= 1
    assert np.abs(load_mean(pages["faces"]) - mean).max() > 20


def load_mean(text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    found = re.search(r'<script type="application/json" class="faces3d" data-session="sub-01">(.*?)</script>', text)
    assert found is not None
    steps = zlib.decompress(base64.b64decode(json.loads(found[1])["neutral"]))
    return np.frombuffer(steps, dtype="<i2").reshape(3, -1).T


def test_a_script_in_a_name_stays_text(tmp_path: Path) -> None:
    from analysis.report.html_page import css_string, json_script

    hostile = "</script><script>alert(1)</script>"
    assert "<" not in str(json_script({"name": hostile}))
    assert json.loads(str(json_script({"name": hostile})))["name"] == hostile
    assert "<" not in str(css_string(hostile))


def test_the_report_is_in_the_derivatives_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_npz(dataclasses.replace(toy_model(), triangles=np.array([[0, 8, 16]])), tmp_path / "models" / "toy.npz")
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(picture_landmarks, "detect_face", Faces(load_model("toy")).detect)
    record_session(tmp_path / "data", targets=EMOTIONS[:2], trials=())
    done = run(capsys, "report", tmp_path / "data", "--model", "toy")
    assert done.status == 0, done.err
    file = tmp_path / "data" / "derivatives" / "mimicry" / "report.html"
    assert file.stat().st_mode & 0o077 == 0
    assert "This data set has no table." in file.read_text()
    assert "webgl" not in file.read_text(), "nothing to turn, so no 3D view"
    assert str(file) in done.out
