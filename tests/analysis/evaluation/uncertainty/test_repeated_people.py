"""The sessions of drawn people who are photographed again and again."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from analysis.evaluation.uncertainty.repeated_people import CONDITIONS, GOOD_SESSIONS, PEOPLE, GroupTask, measured_sets
from analysis.face.measurement import NEUTRAL, Detection, Exclusion, Picture
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator
from analysis.face.synthetic.people import Photograph
from tests.conftest import PROJECT


@dataclass
class Album:
    """Collects photographs and finds no face in them."""

    generator: Generator = field(default_factory=Generator)
    photographs: list[Photograph] = field(default_factory=list)

    def detect(self, photograph: Photograph) -> Detection:
        self.photographs.append(photograph)
        return Exclusion("no-face", "no face was found", Picture(PROJECT / "none.png", photograph.label))


def photographs(part: str, number: int) -> list[Photograph]:
    album = Album()
    assert measured_sets(GroupTask(album, part, number), load_model()) == []  # type: ignore[arg-type]
    return album.photographs


@pytest.fixture(scope="module")
def plain() -> list[Photograph]:
    return photographs("learn", 0)


def test_a_person_shows_the_same_expressions_in_every_session(plain: list[Photograph]) -> None:
    shown: dict[tuple[str, str], set[bytes]] = {}
    for one in plain:
        shown.setdefault((one.person.name, one.label), set()).add(one.expression.tobytes())

    assert len(shown) == PEOPLE * 7  # six emotions and the face at rest
    assert {len(expressions) for expressions in shown.values()} == {1}
    assert len({one.tobytes() for one in (one.expression for one in plain if one.label == "anger")}) == PEOPLE
    assert sum(one.label == "anger" for one in plain) == PEOPLE * (GOOD_SESSIONS + len(CONDITIONS))


def test_each_bad_session_has_one_bad_property(plain: list[Photograph]) -> None:
    faces = [one for one in plain if one.label != NEUTRAL]
    turned = [one for one in faces if abs(one.scene.pose.yaw_deg) >= 8.0]
    small = [one for one in plain if one.scene.optics.width_px < 300]
    dark = [one for one in plain if one.scene.sensor.exposure < 0.5]
    blurred = [one for one in plain if one.scene.sensor.blur_px >= 1.5]

    assert [len(turned), *(sum(one in some for one in faces) for some in (small, dark, blurred))] == [6 * PEOPLE] * 4
    assert not any(one in other for one in small for other in (dark, blurred, turned))
    assert all(abs(one.scene.pose.yaw_deg) <= 5.0 for one in plain if one.label == NEUTRAL)


def test_people_of_the_other_part_and_skin_of_every_second_group_differ(plain: list[Photograph]) -> None:
    others, wrinkled = photographs("judge", 0), photographs("learn", 1)

    assert not {one.person.identity.tobytes() for one in plain} & {one.person.identity.tobytes() for one in others}
    assert {one.scene.appearance.wrinkles for one in (*plain, *others)} == {0.0}
    assert all(one.scene.appearance.wrinkles > 0.0 for one in wrinkled)
