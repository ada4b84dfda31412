"""Write the figures into a Markdown document such as ``docs/measurement.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.face.bench.recovery import HOW
from analysis.face.bench.speed import STAGES
from analysis.face.errors import AnalysisError

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PICTURE = "figures/recovery.png"
"""Path of the figure relative to the document."""


def write_figures(document: Path, facts: Mapping[str, Any]) -> None:
    """Write the figures between the two markers of a Markdown file.

    Raises
    ------
    AnalysisError
        If the file does not exist or has no markers.
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
    """Return the lines of the chapter."""
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


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the lines of a Markdown table; all columns but the first are numbers."""
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
    yield from markdown_table(("stage", "ms", "ms of processor time"), rows)
    yield ""
    faster = facts["fit_speedup_over_eos"]
    tracked, detected = (1000.0 / worked[name] for name in ("tracked_frame_ms", "detected_frame_ms"))
    yield (
        f"{facts['tracking_fps']:.0f} frames a second while tracking, {facts['detection_fps']:.0f} with detection in "
        f"every frame; {tracked:.0f} and {detected:.0f} in processor time"
        + (
            "."
            if faster is None
            else f". In processor time the calibrated fit is {faster:.0f} times as fast as eos-py's."
        )
    )


def _recovery(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "### Drawn people through the real detector"
    yield ""
    missed = ", ".join(facts["missed"]) or "none"
    yield (
        f"{facts['actors']} identities with {facts['neutrals']} neutral pictures and 7 expressions each, "
        f"{facts['pictures']} pictures; not measured: {missed}. Points are on the front of the face; the "
        f"expressions move them by {facts['calibrated']['shown_mm']:.2f} mm on average."
    )
    yield ""
    columns = {**HOW, "exact": "the neutral pictures, exact landmarks, focal length known"}
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
    yield from markdown_table(
        (
            "identity from",
            "r of all coefficients",
            "median r of a unit",
            "r of the motion",
            "fitted strength",
            "error of the motion, mm",
            "error of the point cloud, mm",
            "true emotion is strongest",
        ),
        rows,
    )
    yield ""
    yield f"![Correlation of each unit's coefficient with the truth]({PICTURE})"
    yield ""
    yield "Correlation of fitted and true coefficients, unit by unit:"
    yield ""
    units = sorted(facts["calibrated"]["unit_correlation"].items(), key=lambda unit: -unit[1])
    yield from markdown_table(
        ("unit", *HOW),
        [(name, *(f"{facts[how]['unit_correlation'][name]:.2f}" for how in HOW)) for name, _ in units],
    )


def _turned(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "### A neutral face that turns"
    yield ""
    yield (
        "Turned by 20 degrees at 60 cm, landmarks exact, focal length wrong by 20 %: spurious expression, "
        "root mean square over the front of the face."
    )
    yield ""
    words = {
        "five_neutrals": "random people, five neutral pictures with the head moving by up to 4 degrees",
        "one_frontal_neutral": "random people, one neutral picture from exactly the front",
        "mean_face": "the mean face, identity known",
    }
    rows = [(text, f"{facts[name]['mean_mm']:.2f}", f"{facts[name]['largest_mm']:.2f}") for name, text in words.items()]
    yield from markdown_table(("calibration", "mean, mm", "largest, mm"), rows)


def _photographs(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "### Photographs"
    yield ""
    error = facts["reprojection_error_eyes"]
    yield (
        f"Face Research Lab London Set: {facts['pictures'] - len(facts['excluded'])} of {facts['pictures']} pictures "
        f"detected and fitted. Median reprojection error {100 * error['alone']:.2f} % of the eye distance for a single "
        f"picture, {100 * error['calibrated_smile']:.2f} % for a smile of a calibrated person."
    )
    yield ""
    yield "Distance between detected landmarks and points placed by hand, neutral pictures:"
    yield ""
    agreement = facts["landmark_agreement_eyes"].items()
    yield from markdown_table(
        ("place", "% of the eye distance"), [(place, f"{100 * far:.1f}") for place, far in agreement]
    )
