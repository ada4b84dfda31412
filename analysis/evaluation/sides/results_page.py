"""The page ``docs/results/sides.md``."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.sides.judging import (
    Accuracy,
    Hits,
    accuracy,
    synkinesis_found,
    unchanged_above,
    weaker_sides,
)
from analysis.evaluation.sides.learning import LIMIT, measured_mm, with_errors
from analysis.evaluation.sides.measured_pictures import MeasuredPictures
from analysis.evaluation.sides.real_smiles import RealSmiles
from analysis.face.arrays import FloatArray
from analysis.face.models.movements import NAMES
from analysis.face.movements.measured import MEASURED
from analysis.face.movements.strengths import LearnedMovements
from analysis.tables.table_text import markdown_rows


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPeople:
    """Measured people of one face model."""

    name: str
    pictures: MeasuredPictures
    """Without those at rest."""


def sides_page(
    learned: LearnedMovements, judged: Sequence[JudgedPeople], smiles: RealSmiles | None, *, command: str
) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    learned : LearnedMovements
        What strengths are measured by.
    judged : sequence of JudgedPeople
        People in two sessions each.
    smiles : RealSmiles, optional
        Photographs of real smiles.
    command : str
        The command that writes the page.
    """
    found = [(one, measured_mm(learned, one.pictures)) for one in judged]
    people = ", ".join(
        f"{len(np.unique(one.pictures.people))} of {one.name} ({len(one.pictures.people)} pictures)" for one in judged
    )
    paragraphs = (
        f"Written by `{command}`; changes by hand are lost. [single-movements.md](../single-movements.md) defines the"
        " terms.",
        f"Strengths are measured with what was learned from {learned.origin}. Other drawn people with a palsy of one"
        f" side are judged: {people}. Each came to two sessions with three neutral pictures, other light and another"
        " distance, and made each movement in two pictures of each session. The affected side made 0 to 100 % of the"
        " healthy side's movement, and in about half of the movements another one came with it. Heads turned by up to"
        " 6 degrees. All people are drawn and have no palsy at rest. Patients were not measured.",
        "## Strength",
        "Both sides together; `r` over all pictures, bias and error where the movement is shown. `r, all units` is that"
        " of the fit of all 43 units, whose strengths are the columns `intensity_...` of the tables.",
        *_strengths([(one, [accuracy(m, one.pictures, mm) for m in MEASURED]) for one, mm in found]),
        "## Smallest detectable change",
        f"All people together. `limit`: {100 * LIMIT:.0f} of 100 faces that do not make the movement are below. The"
        " smallest detectable change (SDC) is that of one picture, or of means of five, in each of two sessions.",
        *_changes(learned),
        _unchanged(found, learned),
        "## The weaker side",
        "Single pictures in which the weaker side of a movement on both sides has the smaller measured strength.",
        *_sides(found),
        "## Movements that were not asked for",
        "Single pictures in which the movement that came with another one is above its limit, on its side; and false"
        " alarms.",
        *_synkinesis(found, learned),
        "## Photographs of real smiles",
        "No photographs were given." if smiles is None else smiles.text,
    )
    lines = ["# Single movements and sides"]
    for text in paragraphs:
        lines += [text] if text.startswith("|") else _wrapped(text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _wrapped(text: str) -> list[str]:
    """Return a paragraph in lines, with an empty one before and after it."""
    lines = [text] if text.startswith("#") else textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)
    return ["", *lines, ""]


def _strengths(judged: Sequence[tuple[JudgedPeople, Sequence[Accuracy | None]]]) -> list[str]:
    rows = [
        (one.name, accurate.movement.plain, *_strength_cells(accurate))
        for one, found in judged
        for accurate in found
        if accurate is not None
    ]
    header = ("people", "movement", "shown", "r", "r, all units", "bias, mm", "error, mm")
    return markdown_rows(header, rows, align=["---", "---", *["---:"] * 5])


def _strength_cells(one: Accuracy) -> tuple[str, ...]:
    return (
        str(one.pictures),
        f"{one.r:.2f}",
        f"{one.r_fit:.2f}",
        f"{one.bias_mm:+.1f}",
        f"{one.rms_mm:.1f}",
    )


def _changes(learned: LearnedMovements) -> list[str]:
    rows = []
    for movement in MEASURED:
        unit = movement.units[0]
        number = learned.number(unit)
        cells = (
            learned.size_mm[number],
            learned.limit_mm[number],
            learned.picture_sd_mm[number],
            learned.session_sd_mm[number],
            learned.detectable_mm(unit),
            learned.detectable_mm(unit, (5, 5)),
        )
        rows.append((movement.plain, movement.facs, *(f"{value:.1f}" for value in cells)))
    header = ("movement", "FACS", "full, mm", "limit, mm", "sd of pictures", "of sessions", "SDC, 1 picture", "SDC, 5")
    return markdown_rows(header, rows, align=["---", "---", *["---:"] * 6])


def _unchanged(found: Sequence[tuple[JudgedPeople, FloatArray]], learned: LearnedMovements) -> str:
    texts = [f"{_unchanged_in_other_half(one.pictures, mm, learned).text} of {one.name}" for one, mm in found]
    return (
        "Differences of two sessions without a true change that are larger than the smallest detectable change (5 % are"
        f" expected); the changes come from one half of the people, the differences from the other: {'; '.join(texts)}."
    )


def _unchanged_in_other_half(pictures: MeasuredPictures, found_mm: FloatArray, learned: LearnedMovements) -> Hits:
    """Return `unchanged_above` of each half with the errors of the other half."""
    first = pictures.people % 2 == 0
    hits = [
        unchanged_above(pictures.chosen(own), found_mm[own], with_errors(learned, pictures.chosen(~own)))
        for own in (first, ~first)
    ]
    return Hits("unchanged", sum(one.found for one in hits), sum(one.of for one in hits))


def _sides(found: Sequence[tuple[JudgedPeople, FloatArray]]) -> list[str]:
    smile = [NAMES["mouthSmile"]]
    sided = [movement for movement in MEASURED if movement.has_sides]
    rows = []
    for one, mm in found:
        every, smiles = weaker_sides(one.pictures, mm, sided), weaker_sides(one.pictures, mm, smile)
        rows += [(one.name, a.what, a.text, b.text) for a, b in zip(every, smiles, strict=True)]
    header = ("people", "strength that remains", "all movements with sides", "smile")
    return markdown_rows(header, rows, align=["---", "---:", "---:", "---:"])


def _synkinesis(found: Sequence[tuple[JudgedPeople, FloatArray]], learned: LearnedMovements) -> list[str]:
    rows: list[tuple[str, ...]] = []
    for one, mm in found:
        hits: list[Hits] = synkinesis_found(one.pictures, mm, learned)
        rows += [(one.name, hit.what, hit.text) for hit in hits]
    return markdown_rows(("people", "strength", "above the limit"), rows, align=["---", "---", "---:"])
