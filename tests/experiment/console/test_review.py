"""The page Review shows what was recorded and excludes trials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from experiment.console.console import Console
from experiment.record.history import read_history
from experiment.record.journal_lines import ExclusionLine
from experiment.record.layout import SessionPlace
from experiment.record.lock import SessionLock
from experiment.record.remarks import add_remark
from tests.experiment.clocks import SetClock
from tests.experiment.console.running_console import running_console
from tests.experiment.record.helpers import picture, record_all
from tests.experiment.record.verification.comparing import differences


@pytest.fixture
def place(tmp_path: Path) -> SessionPlace:
    record_all(tmp_path / "data", tmp_path, SetClock())
    return SessionPlace(tmp_path / "data", "01", None)


@pytest.fixture
def owner(place: SessionPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[httpx.Client]:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))
    with running_console(Console(place.dataset)) as served, served.owner() as client:
        yield client


def test_the_sessions_are_listed_and_one_is_shown_with_its_trials(owner: httpx.Client) -> None:
    page = owner.get("/review").text
    assert 'href="/review/sub-01"' in page
    assert "complete" in page

    page = owner.get("/review/sub-01").text
    assert page.count("data-trial=") == 5
    assert "Participant 01" in page
    assert owner.get("/review/sub-02").status_code == 404


def test_pictures_are_those_of_the_record_reduced_and_without_anything_else(owner: httpx.Client) -> None:
    large = owner.get("/review/sub-01/trial/1/frames/2")
    shown = cv2.imdecode(np.frombuffer(large.content, np.uint8), cv2.IMREAD_GRAYSCALE)

    assert large.headers["content-type"] == "image/jpeg"
    assert large.headers["cache-control"] == "no-store"
    assert shown is not None
    recorded, other = (cv2.cvtColor(picture(number), cv2.COLOR_RGB2GRAY).astype(int) for number in (202, 203))
    assert np.abs(shown - recorded).mean() < 10  # the frame of the key press of the second trial
    assert np.abs(shown - other).mean() > 40
    assert owner.get("/review/sub-01/trial/1/frames/4").status_code == 404
    assert owner.get("/review/sub-01/trial/5/frames/0").status_code == 404
    assert owner.get("/review/sub-01/trial/0/film/0").status_code == 404
    assert owner.get("/review/sub-01/trial/0/stimuli/0").status_code == 404
    assert owner.get("/review/sub-01/trial/0/target").headers["content-type"] == "image/png"


@pytest.mark.parametrize("name", ["page.html", "program.js", "drawing.svg", "picture"])
def test_a_target_that_is_not_a_picture_is_not_shown(
    place: SessionPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """A page from a data set of others would have the rights of the console."""
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))
    history = read_history(place)
    image = next(one.image for one in history.stimuli if one.name == history.trials[0].target)
    (place.dataset / "stimuli" / image).rename(place.dataset / "stimuli" / name)
    place.journal.write_text(place.journal.read_text("utf-8").replace(image, name), "utf-8")
    with running_console(Console(place.dataset)) as served, served.owner() as client:
        assert client.get("/review/sub-01").status_code == 200
        assert client.get("/review/sub-01/trial/0/target").status_code == 404


def test_a_trial_is_excluded_with_a_reason_and_taken_back(owner: httpx.Client, place: SessionPlace) -> None:
    fields = {"trial": "t02", "reason": "reason-covered", "details": "hair"}
    answer = owner.post("/review/sub-01/exclude", json=fields).json()
    assert [one["verdict"] for one in answer["trials"]][:2] == ["not-checked", "excluded"]
    line = read_history(place).exclusions["trial", "t02"]
    assert (line.reason, line.source) == ("face covered, for example by a hand: hair", "console")
    assert "Gesicht verdeckt" in owner.get("/review/sub-01", headers={"accept-language": "de"}).text

    assert owner.post("/review/sub-01/exclude", json=fields).status_code == 409
    owner.post("/review/sub-01/include", json={"trial": "t02"}).raise_for_status()
    assert not read_history(place).exclusions
    assert differences(place.dataset) == []


def test_the_whole_session_is_excluded(owner: httpx.Client, place: SessionPlace) -> None:
    owner.post("/review/sub-01/exclude", json={"trial": "", "details": "wrong person"}).raise_for_status()
    found = read_history(place).exclusion
    assert found is not None
    assert found.reason == "wrong person"
    assert "wrong person" in owner.get("/review/sub-01").text
    owner.post("/review/sub-01/include", json={"trial": ""}).raise_for_status()
    add_remark(place, ExclusionLine("withdrew", "participant"))
    owner.post("/review/sub-01/include", json={"trial": ""}).raise_for_status()
    assert read_history(place).exclusion is None


@pytest.mark.parametrize(
    "fields",
    [
        {"trial": "t02"},
        {"trial": "t02", "reason": "reason-unknown"},
        {"trial": "t02", "reason": " ", "details": " "},
        {"trial": "t02", "details": "x" * 2001},
        {"trial": "t99", "details": "no such trial"},
    ],
)
def test_an_exclusion_that_says_nothing_or_fits_no_trial_changes_nothing(
    owner: httpx.Client, place: SessionPlace, fields: dict[str, str]
) -> None:
    before = place.journal.read_bytes()
    assert owner.post("/review/sub-01/exclude", json=fields).status_code in (400, 409)
    assert place.journal.read_bytes() == before


def test_a_session_that_runs_is_not_reviewed(owner: httpx.Client, place: SessionPlace) -> None:
    with SessionLock(place.lock):
        assert "data-trial=" not in owner.get("/review/sub-01").text
        assert owner.post("/review/sub-01/exclude", json={"trial": "t02", "details": "x"}).status_code == 409


def test_no_picture_is_shown_without_the_permission_to_use_it(owner: httpx.Client, place: SessionPlace) -> None:
    lines = place.journal.read_bytes()
    place.journal.write_bytes(lines.replace(b'"pilot":false', b'"pilot":false,"use_consents":["use"]', 1))

    assert owner.get("/review/sub-01/trial/1/frames/2").status_code == 404
    page = owner.get("/review/sub-01").text
    assert "No pictures can be shown" in page
    assert "/frames/" not in page


def test_results_are_handed_out_in_a_sandbox_and_nothing_outside_of_them(
    owner: httpx.Client, place: SessionPlace
) -> None:
    folder = place.dataset / "derivatives" / "mimicry"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<script>1</script>")
    (folder / "landmarks.npz").write_bytes(b"0")
    (folder / "link.html").symlink_to(place.journal)
    (folder / "tables").mkdir()
    for name in ("sub-01_task-a_table.md", "sub-011_task-a_table.md", "summary.md"):
        (folder / "tables" / name).write_text("| a |")

    session = owner.get("/review/sub-01").text
    assert 'href="/review/results/tables/sub-01_task-a_table.md"' in session
    assert "sub-011" not in session
    assert "summary.md" not in session
    report = owner.get("/review/results/report.html")
    assert report.text == "<script>1</script>"
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    page = owner.get("/review").text
    assert "results/report.html" in page
    assert "link.html" not in page
    for path in ("landmarks.npz", "link.html", "nothing.html", "..%2f..%2fREADME"):
        assert owner.get(f"/review/results/{path}").status_code in (400, 404)


def test_a_link_in_a_result_leads_to_results_only(owner: httpx.Client, place: SessionPlace) -> None:
    """Browsers leave the strict cookie out of requests that a sandboxed result makes."""
    folder = place.dataset / "derivatives" / "mimicry" / "report_files"
    folder.mkdir(parents=True)
    (folder / "one.html").write_text("<p>1</p>")
    name, value = next((one.name, one.value) for one in owner.cookies.jar if one.name.startswith("mimicry_results_"))
    headers = {"cookie": f"{name}={value}", "sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}

    def status(path: str, method: str = "GET", **changes: str) -> int:
        with httpx.Client(base_url=owner.base_url, trust_env=False) as client:
            return client.request(method, path, headers=headers | changes).status_code

    assert status("/review/results/report_files/one.html") == 200
    assert status("/review/results/report_files/one.html", **{"sec-fetch-dest": "iframe"}) == 403
    assert status("/review/results/report_files/one.html", method="POST") == 403
    assert status("/review/results/report_files/two.html") == 404
    for path in ("/review", "/review/sub-01", "/review/sub-01/trial/0/frames/0", "/review/jobs/events", "/"):
        assert status(path) == 403
    assert status("/review/results/report_files/one.html", cookie=f"{name}=wrong") == 403


def test_a_command_runs_as_a_process_with_progress_one_at_a_time(owner: httpx.Client) -> None:
    assert owner.post("/review/jobs/start/forget", json={}).status_code == 404
    assert owner.post("/review/jobs/start/verify", json={}).json()["state"] == "running"
    assert owner.post("/review/jobs/start/tables", json={}).status_code == 409
    with owner.stream("GET", "/review/jobs/events") as stream:
        events = [line for line in stream.iter_lines() if line.startswith("data: ")]

    assert '"state": "done"' in events[-2]
    assert "1 session and 25 frames compared: no difference" in events[-2]
    assert "progress:" not in events[-2]
    assert "Check the data set: done" in owner.get("/review").text
