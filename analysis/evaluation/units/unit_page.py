"""The page and the table of the validity of units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from analysis.evaluation.units.unit_people import NEUTRALS, REPETITIONS, TOGETHER, TURN_DEG, WEAKEST, MeasuredUnits
from analysis.evaluation.units.unit_validity import UnitFigures, unit_figures
from analysis.face.models.movements import NAMED_UNITS, WEAKLY, WELL, visibility
from analysis.tables.table_text import markdown_rows

_DECIMALS = 3


def validity_rows(figures: Sequence[UnitFigures]) -> list[dict[str, Any]]:
    """Return the rows of the program's table, in the order of the action units.

    Parameters
    ----------
    figures : sequence of UnitFigures
        One for each unit.
    """
    return [
        {
            "unit": one.unit,
            "facs": NAMED_UNITS[one.unit].movement.facs or None,
            "side": NAMED_UNITS[one.unit].side or "both",
            "people": one.people,
            "pictures": one.pictures,
            "moved": one.moved,
            "r": round(one.r, _DECIMALS),
            "r_low": round(one.r_low, _DECIMALS),
            "r_high": round(one.r_high, _DECIMALS),
            "bias": round(one.bias, _DECIMALS),
            "slope": round(one.slope, _DECIMALS),
            "intercept": round(one.intercept, _DECIMALS),
            "error_sd": round(one.error, _DECIMALS),
            "sem": None if one.sem is None else round(one.sem, _DECIMALS),
            "sdc": None if one.sdc is None else round(one.sdc, _DECIMALS),
        }
        for one in _in_order(figures)
    ]


def unit_page(samples: Sequence[MeasuredUnits], figures: Sequence[UnitFigures], *, command: str) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    samples : sequence of MeasuredUnits
        The people of each face model.
    figures : sequence of UnitFigures
        The units over all people.
    command : str
        The command that writes the page.
    """
    right = "---:"
    known = {one.unit: one for one in figures}
    rows = [
        (
            f"`{row['unit']}`",
            NAMED_UNITS[row["unit"]].name,
            row["facs"] or "",
            visibility(float(np.mean([known[unit].r for unit in NAMED_UNITS[row["unit"]].movement.units]))),
            f"{row['r']:.2f} ({row['r_low']:.2f} to {row['r_high']:.2f})",
            *(f"{row[name]:.2f}" for name in ("slope", "intercept", "bias", "error_sd")),
            sdc_text(row["sdc"]),
        )
        for row in validity_rows(figures)
    ]
    header = ("unit", "movement", "FACS", "seen", "r (95 %)", "slope", "intercept", "bias", "error", "SDC")
    everyone = figures[0]
    counts = "; ".join(
        f"{one.people.max() + 1} of {one.generator}, {len(one.true)} pictures, {one.excluded} not measured"
        for one in samples
    )
    lines = [
        "# Validity of single movements",
        "",
        f"Written by `{command}`; changes by hand are lost.",
        "[measurement.md](../measurement.md) describes the measurement.",
        "",
        f"Drawn people: {counts}. They are in no other evaluation; the skin of every second one wrinkles.",
        f"Each has {NEUTRALS} neutral pictures and makes every movement in {REPETITIONS} pictures, together with"
        f" {TOGETHER - 1} others, at a",
        f"strength from {WEAKEST:g} to 1, on both sides or on one. The head is turned by up to {TURN_DEG:g} degrees."
        " Strengths are those",
        "of the fit with the weak ridge (`intensity_UNIT`). A side is that of the person.",
        "",
        f"- **r**: correlation of measured and true strength over all {everyone.pictures} pictures; the interval is"
        f" over {everyone.people} people (jackknife).",
        f"- **seen**: well from r = {WELL:g} (mean of both sides), weakly from {WEAKLY:g}, else hardly.",
        "- **slope, intercept**: of the measured strength on the true one.",
        "- **bias**: mean of measured minus true strength where the unit moves.",
        "- **error**: standard deviation of the measured strength around the line within a person; mean variance of"
        " pictures with the",
        "  unit and of pictures with other movements only.",
        "- **SDC**: smallest detectable change of the true strength between two pictures of a person,"
        " 1.96 x sqrt(2) x error / slope.",
        "  Above 1 no change can be detected with one picture each. Means of n pictures divide it by sqrt(n).",
        "",
        *markdown_rows(header, rows, align=["---", "---", "---", "---", *[right] * 6]),
    ]
    return "\n".join([*lines, *(_by_model(samples) if len(samples) > 1 else ())]) + "\n"


def sdc_text(sdc: float | None) -> str:
    """Return a smallest detectable change with two decimals, or that there is none."""
    return "none" if sdc is None or sdc > 1 else f"{sdc:.2f}"


def _by_model(samples: Sequence[MeasuredUnits]) -> Iterator[str]:
    each = [{one.unit: one for one in unit_figures([sample])} for sample in samples]
    rows = [
        (f"`{unit}`", *(text for own in each for text in (f"{own[unit].r:.2f}", sdc_text(own[unit].sdc))))
        for unit in (one.unit for one in _in_order(list(each[0].values())))
    ]
    header = ("unit", *(text for one in samples for text in (f"r, {one.generator}", f"SDC, {one.generator}")))
    yield from ["", "## People of each face model", ""]
    yield from markdown_rows(header, rows, align=["---", *["---:"] * (2 * len(samples))])


def _in_order(figures: Sequence[UnitFigures]) -> list[UnitFigures]:
    order = list(NAMED_UNITS)
    return sorted(figures, key=lambda one: order.index(one.unit))
