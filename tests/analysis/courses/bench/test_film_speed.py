"""``scripts/bench courses``: the table of its results."""

from __future__ import annotations

from analysis.courses.bench.__main__ import table_lines
from analysis.courses.bench.film_speed import FilmSpeed


def test_a_row_has_the_parts_and_the_frames_of_a_second() -> None:
    speed = FilmSpeed(
        (640, 480),
        frames=150,
        used=149,
        decode_ms=1.0,
        search_ms=0.5,
        landmarks_ms=3.0,
        fit_ms=1.25,
        whole_ms=8.0,
        single_landmarks_ms=20.0,
        single_fit_ms=5.0,
    )
    heading, _, row = table_lines([speed])
    assert row == "| 640x480, 150 frames | 1.00 | 0.50 | 3.00 | 1.25 | 8.00 | 125 | 150 | 20.00, 5.00 |"
    assert heading.count("|") == row.count("|")
