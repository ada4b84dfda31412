"""The course of a drawn target in frames of the display."""

from __future__ import annotations

from analysis.face.synthetic.drawn_course import Course, blink_frames, random_blinks
from experiment.protocol.language.schema_models import CourseSection


def course_in_frames(section: CourseSection, *, target: str, rate_hz: float) -> Course:
    """Return the course of a target in frames.

    Parameters
    ----------
    section
        The keys of the course.
    target
        Name of the target; it determines random blinks.
    rate_hz
        Refresh rate of the display.

    Raises
    ------
    ValueError
        If a duration is not a whole number of frames.
    """
    times = {name: getattr(section, name) for name in ("delay", "onset", "hold", "offset", "length")}
    frames = {name: 0 if time is None else time.frames(rate_hz) for name, time in times.items()}
    delay, onset, hold, offset = (frames[name] for name in ("delay", "onset", "hold", "offset"))
    movement = Course(rate_hz, delay, onset, hold, offset, length=0).movement
    blinks = tuple(time.frames(rate_hz) for time in section.blinks) if isinstance(section.blinks, tuple) else ()
    ends = [start + sum(blink_frames(rate_hz)) + 1 for start in blinks]
    length = frames["length"] or max([movement, *ends])
    if section.blinks is True:
        blinks = random_blinks(target, length, rate_hz)
    return Course(rate_hz, delay, onset, hold, offset, length, blinks)
