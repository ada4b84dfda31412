"""Courses of drawn targets: durations, memory, blinks."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.face.models.emotions import blend_strengths
from analysis.face.models.units import UNITS
from analysis.face.synthetic.drawn_course import Course, DrawnMovement, blink_frames
from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.moving_targets import check_blocks
from experiment.protocol.language.clip_files import MOST_CLIP_BYTES
from experiment.protocol.language.courses import course_in_frames
from experiment.protocol.language.durations import Duration
from experiment.protocol.language.schema_models import CourseSection, TargetSection
from experiment.protocol.language.tree import Path_

_GIB = 1 << 30
FRAME_BYTES = 720 * 900 * 3
"""Memory of one drawn frame."""
LONGEST_COURSE_S = 120
"""Longest course; a longer one is probably a mistake in a unit."""
SHORTEST_ONSET_S = 0.1
"""Faster movements of a face do not occur; the value is probably a mistake."""


def check_courses(context: Context) -> Iterator[Finding]:
    """Yield the problems of every course."""
    courses = {}
    rate = context.content.display.refresh_rate
    for name, target in context.content.targets.items():
        path: Path_ = ("targets", name, "course")
        if target.course is None:
            continue
        if target.blend is None and target.units is None:
            if target.image is not None or target.clip is not None:  # else its `blend` or `units` is reported
                message = "`course` needs a face that the program draws: `blend` or `units`"
                yield Finding(path, message, key=True)
            continue
        findings = [*_check_lengths(target.course, path, rate), *_check_phases(target.course, path)]
        yield from findings
        if not any(finding.severity == "error" for finding in findings):
            course = course_in_frames(target.course, target=name, rate_hz=rate)
            courses[name] = course
            yield from _check_end(target.course, course, path)
            yield from _check_memory(target, course, path)
            yield from _check_blinks(course, path, given=isinstance(target.course.blinks, tuple))
    if context.is_complete:
        yield from check_blocks(context, {name: one.length / rate for name, one in courses.items()}, "course")


def _check_lengths(section: CourseSection, path: Path_, rate: float) -> Iterator[Finding]:
    """Yield a finding for each duration that is wrong by itself."""
    times: list[tuple[Path_, Duration | None, int]] = [
        ((*path, "delay"), section.delay, 0),
        ((*path, "onset"), section.onset, 1),
        ((*path, "hold"), section.hold, 0),
        ((*path, "offset"), section.offset, 1),
        ((*path, "length"), section.length, 1),
    ]
    if isinstance(section.blinks, tuple):
        times += [((*path, "blinks", index), time, 0) for index, time in enumerate(section.blinks)]
    for place, time, least in times:
        if time is None:
            continue
        name = place[-1] if isinstance(place[-1], str) else f"blink {place[-1] + 1}"
        try:
            frames = time.frames(rate)
        except ValueError as error:
            yield Finding(place, f"`{name}`: {error}")
            continue
        if frames < least:
            yield Finding(place, f"`{name}` must be at least {least} frame, not {time}")
        elif place[-1] == "onset" and time.seconds(rate) < SHORTEST_ONSET_S:
            message = f"`onset` of {time} is shorter than any movement of a face; is the unit correct?"
            yield Finding(place, message, "warning")


def _check_phases(section: CourseSection, path: Path_) -> Iterator[Finding]:
    if section.offset is not None and section.hold is None:
        message = "`offset` needs `hold`, the time at the apex; `hold: 0 frames` turns back at once"
        yield Finding((*path, "offset"), message, key=True)


def _check_end(section: CourseSection, course: Course, path: Path_) -> Iterator[Finding]:
    if section.length is not None and course.length < course.movement:
        message = (
            f"`length` of {section.length} ends within the movement, which takes {_seconds(course.movement, course)}"
        )
        yield Finding((*path, "length"), message)


def _check_memory(target: TargetSection, course: Course, path: Path_) -> Iterator[Finding]:
    if course.length > LONGEST_COURSE_S * course.rate_hz:
        message = f"the course takes {_seconds(course.length, course)}, more than two minutes; is the unit correct?"
        yield Finding(path, message, key=True)
        return
    apex = blend_strengths(target.blend, UNITS) if target.blend is not None else target.unit_strengths or {}
    frames = len(DrawnMovement(apex, course).starts())
    if frames * FRAME_BYTES > MOST_CLIP_BYTES:
        message = (
            f"the course has {frames} different frames, which need {frames * FRAME_BYTES / _GIB:.1f} GiB of memory;"
            f" at most {MOST_CLIP_BYTES // _GIB} GiB is allowed; make onset and offset shorter, or leave blinks out"
        )
        yield Finding(path, message, key=True)


def _check_blinks(course: Course, path: Path_, *, given: bool) -> Iterator[Finding]:
    lasting = sum(blink_frames(course.rate_hz))
    for index, start in enumerate(course.blinks):
        place = (*path, "blinks", index)
        if index and start < course.blinks[index - 1] + lasting:
            before = _seconds(course.blinks[index - 1] + lasting, course)
            yield Finding(place, f"blink {index + 1} begins before the one above it has ended, at {before}")
        if start + lasting >= course.length:
            yield Finding(place, f"blink {index + 1} ends after the course; make `length` longer")
    if given and not course.blinks:
        yield Finding((*path, "blinks"), "`blinks` is an empty list; leave it out")


def _seconds(frames: int, course: Course) -> str:
    return f"{frames / course.rate_hz:.4g} s"
