"""The section of the page of uncertainty about neighbouring camera frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.evaluation.uncertainty.neighbour_frames import FilmedScore, frame_coverages
from analysis.face.similarity.uncertainty import KnownUncertainty
from analysis.tables.table_text import markdown_rows


def frames_section(filmed: Mapping[str, Sequence[FilmedScore]], known: KnownUncertainty) -> list[str]:
    """Return the section as lines of Markdown.

    Parameters
    ----------
    filmed : mapping
        Scores of frames with their neighbours, by metric.
    known : KnownUncertainty
        The learned numbers.
    """
    rows = [
        (
            f"`{name}`",
            one.condition,
            str(one.number),
            f"{100 * one.plain:.1f} %, {one.plain_width:.2f}",
            f"{100 * one.retakes:.1f} %, {one.retakes_width:.2f}",
            f"{100 * one.retakes_low:.0f} to {100 * one.retakes_high:.0f} %",
            f"{one.scatter:.3f}",
            f"{100 * one.wider:.1f} %",
        )
        for name, scores in filmed.items()
        for one in frame_coverages(scores, known.metrics[name])
    ]
    header = (
        *("metric", "frames", "scores", "without, median width", "with, median width"),
        *("over people", "median scatter", "wider"),
    )
    people = len({row.person for scores in filmed.values() for row in scores})
    return [
        "## Neighbouring frames",
        "",
        f"Coverage without and with neighbouring camera frames (`--retakes`), of {people} of the judged people. Each",
        "holds every expression for five frames; the middle one is scored. *Calm*: the head moves by a few tenths of a",
        "degree, the expression trembles by some hundredths, and the noise of the camera is new. *Restless*: lids, jaw",
        "and lips also move at random, as in blinking and speaking. The truth is that of the other pictures, in which",
        "they do not. *Scatter*: standard deviation of the score from one frame to the next. *Wider*: share of",
        "intervals that the frames widen.",
        "",
        *markdown_rows(header, rows, align=["---", "---"] + ["---:"] * 6),
        "",
    ]
