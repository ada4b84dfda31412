"""The page Rate is blind, keeps every rating, and shows the agreement."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from experiment.console.console import Console
from experiment.record.layout import SessionPlace
from experiment.record.ratings.rating_file import read_ratings
from tests.experiment.clocks import SetClock
from tests.experiment.console.running_console import running_console
from tests.experiment.record.helpers import record_all
from tests.experiment.record.verification.comparing import differences


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> SessionPlace:
    folder = tmp_path_factory.mktemp("rated")
    record_all(folder / "data", folder, SetClock(), participant="4711", session="pre")
    return SessionPlace(folder / "data", "4711", "pre")


@pytest.fixture(scope="module")
def owner(recorded: SessionPlace) -> Iterator[httpx.Client]:
    with running_console(Console(recorded.dataset)) as served, served.owner() as client:
        yield client


def code_on(page: str) -> str:
    found = re.search(r'action="/rate/\w+/([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def rate_all(owner: httpx.Client, rater: str, *, expression: str = "anger") -> list[str]:
    """Rate every trial as usable; return the codes in their order."""
    codes = []
    while f'action="/rate/{rater}/' in (page := owner.get(f"/rate/{rater}").text):
        codes.append(code_on(page))
        answer = owner.post(f"/rate/{rater}/{codes[-1]}", data={"usable": "yes", "expression": expression})
        assert answer.status_code == 303
    return codes


def test_a_rater_sees_every_trial_once_and_neither_participant_nor_target(
    owner: httpx.Client, recorded: SessionPlace
) -> None:
    assert owner.post("/rate", data={"rater": " AB "}).headers["location"] == "/rate/AB"
    page = owner.get("/rate/AB").text
    content = page[page.index("<main") :]
    for secret in ("4711", "pre", "angry-face", "t01", "t02", "t03", "t04", "t05"):
        assert not re.search(rf"\b{secret}\b", content)
    picture = owner.get(f"/rate/AB/{code_on(page)}/2")
    assert picture.headers["content-type"] == "image/jpeg"
    assert "content-disposition" not in picture.headers

    codes = rate_all(owner, "AB")
    assert len(set(codes)) == 5
    assert "All trials are rated" in owner.get("/rate/AB").text
    assert len(read_ratings(recorded, "AB").ratings) == 5
    assert rate_all(owner, "CD", expression="neutral") != codes
    assert differences(recorded.dataset) == []

    page = owner.get("/rate").text
    assert re.search(r"AB and CD.*?<td class=\"number\">5</td>\s*<td class=\"number\">100 %</td>", page, re.DOTALL)
    assert "CD and target" in page
    assert "not defined" in page


def test_a_rating_can_be_changed_and_needs_a_reason_if_the_picture_cannot_be_used(
    owner: httpx.Client, recorded: SessionPlace
) -> None:
    first = code_on(owner.get("/rate/EF").text)
    for fields in ({"expression": "anger"}, {"usable": "no"}, {"usable": "maybe"}, {"usable": "no", "details": "  "}):
        answer = owner.post(f"/rate/EF/{first}", data=fields)
        assert answer.status_code == 400
        assert "if not, why" in answer.text
    assert owner.post(f"/rate/EF/{first}", data={"usable": "yes", "expression": "joy"}).status_code == 400
    assert read_ratings(recorded, "EF").ratings == {}

    owner.post(f"/rate/EF/{first}", data={"usable": "yes", "expression": ""})
    second = owner.get("/rate/EF").text
    assert f"?trial={first}" in second
    assert code_on(owner.get(f"/rate/EF?trial={first}").text) == first
    owner.post(f"/rate/EF/{first}", data={"usable": "no", "reason": "reason-speaks", "details": "song"})
    (rating,) = read_ratings(recorded, "EF").ratings.values()
    assert (rating.usable, rating.reason, len(rating.frames)) == (False, "speaks or laughs: song", 4)


def test_other_raters_codes_and_names_are_not_accepted(owner: httpx.Client) -> None:
    of_another = code_on(owner.get("/rate/GH").text)
    assert owner.get(f"/rate/IJ/{of_another}/0").status_code == 404
    assert owner.post(f"/rate/IJ/{of_another}", data={"usable": "yes"}).status_code == 404
    assert owner.get(f"/rate/GH/{of_another}/4").status_code == 404
    assert owner.get("/rate/A.B").status_code == 404
    owner.post(f"/rate/GH/{of_another}", data={"usable": "yes"})
    for name in ("", "A B", "gh"):
        answer = owner.post("/rate", data={"rater": name})
        assert answer.status_code == 400
        assert "This cannot be used" in answer.text
