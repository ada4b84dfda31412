"""The figures as a chapter of a document: ``docs/measurement.md`` is text by hand around what this writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.face.bench.recovery import HOW
from analysis.face.bench.speed import STAGES
from analysis.face.errors import AnalysisError

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PICTURE = "figures/recovery.png"
"""Where the drawing goes, beside the document."""


def write_figures(document: Path, facts: Mapping[str, Any]) -> None:
    """Put the figures into a Markdown file, between its two markers.

    Raises
    ------
    AnalysisError
        If there is no such file, or it has no place for them.
    """
    try:
        before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    except OSError as error:
        raise AnalysisError(f"{document}: cannot be read ({error.strerror})") from None
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise AnalysisError(f"{document}: has no place for figures; add the lines {BEGIN} and {END}")
    chapter = "\n".join(figure_lines(facts))
    document.write_text(f"{before}{BEGIN}\n\n{chapter}\n\n{END}{after}", encoding="utf-8")


def figure_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Lines of Markdown."""
    machine = facts["machine"]
    yield (
        f"Measured on {machine['processor']}, one core of {machine['cores']} (load average "
        f"{machine.get('load_average', 'not known')}), Python {machine['python']}, numpy {machine['numpy']}, "
        f"dlib {machine['dlib-bin']}, eos-py {machine['eos-py']}; face model {facts['model']}."
    )
    yield ""
    yield from _speed(facts)
    if "recovery" in facts:
        yield ""
        yield from _recovery(facts["recovery"])
        yield ""
        yield from _turned(facts["turned"])
    if "photographs" in facts:
        yield ""
        yield from _photographs(facts["photographs"])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table; all columns but the first are numbers."""
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _speed(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "### Speed"
    yield ""
    worked = facts["processor_ms"]
    rows = [
        (words, *("not measured" if value is None else f"{value:.2f}" for value in (facts[name], worked.get(name))))
        for name, words in STAGES.items()
    ]
    yield from table(("stage", "ms", "ms of processor"), rows)
    yield ""
    faster = facts["fit_speedup_over_eos"]
    tracked, detected = (1000.0 / worked[name] for name in ("tracked_frame_ms", "detected_frame_ms"))
    yield (
        f"{facts['tracking_fps']:.0f} frames a second while tracking, {facts['detection_fps']:.0f} with detection in "
        f"every frame; {tracked:.0f} and {detected:.0f} by the time the processor worked"
        + ("." if faster is None else f", by which the calibrated fit is {faster:.0f} times as fast as eos-py's.")
    )


def _recovery(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "### Drawn people through the real detector"
    yield ""
    missed = ", ".join(facts["missed"]) or "none"
    yield (
        f"{facts['actors']} identities with {facts['neutrals']} neutral pictures and 7 expressions each, "
        f"{facts['pictures']} pictures; not measured: {missed}. Points are those of the front of the face; the "
        f"expressions move them by {facts['calibrated']['shown_mm']:.2f} mm on average."
    )
    yield ""
    columns = {**HOW, "exact": "exact landmarks, no detector, calibrated, focal length known"}
    rows = []
    for how, words in columns.items():
        one = facts[how]
        rows.append(
            (
                words,
                f"{one['correlation']:.2f}",
                f"{one['median_unit_correlation']:.2f}",
                f"{one['motion_correlation']:.2f}",
                f"{100 * one['strength']:.0f} %",
                f"{one['motion_mm']:.2f}",
                f"{one['cloud_mm']:.2f}",
                f"{100 * one['emotions_named']:.0f} %",
            )
        )
    yield from table(
        (
            "identity from",
            "r of all coefficients",
            "median r of a unit",
            "r of the motion",
            "strength found",
            "motion off by, mm",
            "point cloud off by, mm",
            "emotion strongest",
        ),
        rows,
    )
    yield ""
    yield f"![Correlation of each unit's coefficient with the truth]({PICTURE})"
    yield ""
    yield "Correlation of fitted and true coefficients, unit by unit:"
    yield ""
    units = sorted(facts["calibrated"]["unit_correlation"].items(), key=lambda unit: -unit[1])
    yield from table(
        ("unit", *HOW),
        [(name, *(f"{facts[how]['unit_correlation'][name]:.2f}" for how in HOW)) for name, _ in units],
    )


def _turned(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "### A neutral face that turns"
    yield ""
    yield (
        "Turned by 20 degrees at 60 cm, landmarks exact, focal length wrong by 20 %: expression that is not there, "
        "root mean square over the front of the face."
    )
    yield ""
    words = {
        "five_neutrals": "random people, five neutral pictures with the head moving by up to 4 degrees",
        "one_frontal_neutral": "random people, one neutral picture exactly from the front",
        "mean_face": "the mean face, known",
    }
    rows = [(text, f"{facts[name]['mean_mm']:.2f}", f"{facts[name]['largest_mm']:.2f}") for name, text in words.items()]
    yield from table(("calibration", "mean, mm", "largest, mm"), rows)


def _photographs(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "### Photographs"
    yield ""
    error = facts["reprojection_error_eyes"]
    yield (
        f"Face Research Lab London Set: {facts['pictures'] - len(facts['excluded'])} of {facts['pictures']} pictures "
        f"found and fitted. Median reprojection error {100 * error['alone']:.2f} % of the eye distance for a picture "
        f"by itself, {100 * error['calibrated_smile']:.2f} % for a smile of a calibrated person."
    )
    yield ""
    yield "Distance of the detected landmarks from points placed by hand, neutral pictures:"
    yield ""
    agreement = facts["landmark_agreement_eyes"].items()
    yield from table(("place", "% of the eye distance"), [(place, f"{100 * far:.1f}") for place, far in agreement])
