"""Faces over time in the report."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.cli import main
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import load_model
from analysis.report import courses_section
from analysis.report.courses_section import courses_view
from analysis.report.courses_view import FACE_PX, ROW
from experiment.record.sessions import read_sessions
from tests.analysis.courses.course_tables import Reaction, write_session
from tests.analysis.courses.filmed_session import BEFORE, FilmedSession, face
from tests.analysis.courses.test_courses import measure
from tests.analysis.face.toy import toy_model


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of two people whose faces were measured over time."""
    top = tmp_path_factory.mktemp("courses-report")
    write_session(top / "data", "01", [Reaction("smile", 0.5, 0.8), Reaction("frown", 0.4, 0.6, blink_s=1.5)])
    write_session(top / "data", "02", [Reaction("smile", 0.3, 1.0)], seed=1)
    write_npz(dataclasses.replace(toy_model(), triangles=np.array([[0, 8, 16]])), top / "models" / "toy.npz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIMICRY_MODELS", str(top / "models"))
        arguments = ["report", top / "data", "--model", "toy", "--out", top / "report.html", "--without-faces"]
        patch.setattr("sys.argv", ["analysis", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
    assert stop.value.code == 0
    return (top / "report.html").read_text("utf-8")


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" class="courses-data">(.*?)</script>', page)
    assert found is not None, "that of the first participant"
    loaded: dict[str, object] = json.loads(found[1])
    return loaded


def test_the_page_has_figures_of_all_and_a_slider_for_each_session(page: str) -> None:
    assert '<section id="courses">' in page
    assert len(re.findall(r'<figure><div tabindex="0" role="region"[^>]*><img src="data:image/png', page)) == 3, (
        "conditions, and a raster of each measure"
    )
    assert "No trial could be measured" not in page, "nobody imitated"
    assert "smile: 2 participants, 2 trials" in page
    assert page.count('<input type="range" class="film-time"') == 2
    assert "image/jpeg" not in page
    assert "Films are left out." in page


def test_sessions_that_were_only_watched_have_no_trials_that_could_not_be_measured(page: str) -> None:
    assert "This data set has no table; its faces are shown over time." in page
    for words in ("No trial could be measured", "Trials with a response", "Late flips", "Smallest matching"):
        assert words not in page


def test_the_slider_has_the_change_of_each_trial_and_gaps_where_frames_are_excluded(page: str) -> None:
    sessions = data_of(page)["sessions"]
    assert isinstance(sessions, dict)
    trials = {one["id"]: one for one in sessions["sub-01"]["trials"]}

    smile, frown = trials["smile-0"], trials["frown-1"]
    step_s, first = 0.05, smile["first"]
    late = round(2.0 / step_s) - first
    assert smile["values"][0][late] == pytest.approx(50, abs=3)
    assert smile["values"][1][late] == pytest.approx(0, abs=3)
    assert frown["values"][1][round(1.5 / step_s) - first] is None
    assert smile["onsets"] == [0.8, None]
    assert first * step_s == pytest.approx(-1.0)


def test_without_courses_there_is_no_section(tmp_path: Path) -> None:
    write_session(tmp_path / "data", "01", [])
    shutil.rmtree(tmp_path / "data" / "derivatives")

    assert courses_view(read_sessions(tmp_path / "data"), toy_model(), dataset=tmp_path / "data", faces=True) is None


def test_the_film_of_a_trial_is_one_picture_and_long_data_sets_have_fewer_films(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = tmp_path / "data"
    session = FilmedSession(dataset, calibration=1)
    rest, smile = face("neutral"), face("happiness")
    for number in (1, 2):
        session.trial(f"smile-{number}", [rest] * (BEFORE + 6) + [smile] * 9)
    session.close()
    list(measure(dataset, dataset / "derivatives" / "mimicry" / "courses"))
    monkeypatch.setattr(courses_section, "MOST_FILMS", 1)

    view = courses_view(read_sessions(dataset), load_model(), dataset=dataset, faces=True)

    assert view is not None
    first, second = view.viewers["sub-01"]["trials"]
    assert "film" not in second
    assert view.films.startswith("1 of 2 trials have a film")
    film = first["film"]
    sheet = Image.open(io.BytesIO(base64.b64decode(film["source"].partition(",")[2])))
    assert sheet.size == (FACE_PX[0] * min(film["count"], ROW), FACE_PX[1])
    assert film["first_s"] == -0.5
    pictures = np.asarray(sheet.convert("L"), dtype=np.float64)
    begin, end = pictures[:, : FACE_PX[0]], pictures[:, -FACE_PX[0] :]
    assert np.abs(begin - end)[60:].mean() > 3 * np.abs(begin - pictures[:, FACE_PX[0] : 2 * FACE_PX[0]])[60:].mean()
    assert len(film["source"]) < 40_000
    without = courses_view(read_sessions(dataset), load_model(), dataset=dataset, faces=False)
    assert without is not None
    assert "image/jpeg" not in json.dumps([dict(without.viewers), dict(without.targets)])


PRESS = """<script>
const viewer = document.querySelector(".film-viewer"), slider = viewer.querySelector(".film-time");
slider.value = 60; slider.dispatchEvent(new Event("input"));
const shown = viewer.querySelector(".film-values").textContent;
document.body.dataset.seen = `${shown}|${slider.getAttribute("aria-valuetext")}`;
const choice = viewer.querySelector(".film-trial");
choice.value = "1"; choice.dispatchEvent(new Event("change"));
document.body.dataset.paths = viewer.querySelectorAll("svg path").length;
document.body.dataset.ticks = [...viewer.querySelectorAll("svg .tick")].map((tick) => tick.textContent).join(" ");
document.body.dataset.excluded = viewer.querySelectorAll("svg .excluded").length;
</script></body>"""


@pytest.mark.slow
def test_a_browser_shows_the_values_at_the_slider(page: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("needs chromium")
    file = tmp_path / "report.html"
    file.write_text(page.replace("</body>", PRESS), encoding="utf-8")
    done = subprocess.run(
        [
            *(
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                f"--user-data-dir={tmp_path}/p",
            ),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    seen = re.search(r'data-seen="2.02 s: mouthSmile (0\.\d\d), browDown (-?0\.\d\d)\|2\.02 s: mouthSmile', done.stdout)
    assert seen is not None, done.stderr[-2000:]
    assert float(seen[1]) == pytest.approx(0.5, abs=0.03)
    assert 'data-paths="5"' in done.stdout, "two lines of target and participant each, and the onset of one measure"
    assert 'data-ticks="-1 -0.5 0 0.5 1 1.5 2 2.5 3"' in done.stdout
    excluded = re.search(r'data-excluded="(\d+)"', done.stdout)
    assert excluded is not None
    assert 3 <= int(excluded[1]) <= 5, "the blink of 0.2 s, in bins of 0.05 s"
    refused = [line for line in done.stderr.splitlines() if "Content Security Policy" in line or "Uncaught" in line]
    assert refused == []
