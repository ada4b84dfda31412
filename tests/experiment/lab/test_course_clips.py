"""Drawn courses as clips, and the clips that ship."""

from __future__ import annotations

from fractions import Fraction

import pytest

from analysis.face.clips import read_clip
from experiment.lab.rendered_targets import locate_drawn
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Target
from experiment.protocol.planner import design
from experiment.record.course_tables import course_description, course_table
from tests.conftest import PROJECT

CLIPS = PROJECT / "protocols" / "clips"


@pytest.fixture(scope="module")
def courses() -> dict[str, Target]:
    protocol = load_protocol(PROJECT / "protocols" / "spontaneous_mimicry.yaml")
    plan = design(protocol, participant="01", render=locate_drawn)
    return {target.name: target for target in plan.targets}


@pytest.mark.parametrize("name", ["happiness", "anger", "neutral"])
def test_a_clip_that_ships_is_the_course_of_the_protocol(name: str, courses: dict[str, Target]) -> None:
    movement = courses[name].movement
    assert movement is not None

    clip = read_clip(CLIPS / f"{name}.mp4")

    assert (CLIPS / f"{name}_course.tsv").read_bytes() == course_table(movement)
    assert (CLIPS / f"{name}_course.json").read_bytes() == course_description(movement)
    assert len(clip.frames) == movement.course.length == 240
    assert clip.frames[0].shape[:2] == (900, 720)
    apex, rest = (clip.frames[frame].astype(float) for frame in (movement.course.apex, 0))
    changed = abs(apex - rest).mean()
    assert changed > 0.3 if name != "neutral" else changed < 0.1


def test_the_apex_in_the_protocol_with_clips_is_at_the_apex_of_the_courses(courses: dict[str, Target]) -> None:
    sections = load_protocol(PROJECT / "protocols" / "spontaneous_clips.yaml").content.targets

    assert set(sections) == set(courses)
    for name, section in sections.items():
        movement = courses[name].movement
        assert movement is not None
        assert section.apex is not None
        course = movement.course
        assert course.apex <= section.apex.seconds * Fraction(course.rate_hz) <= course.apex + course.hold
