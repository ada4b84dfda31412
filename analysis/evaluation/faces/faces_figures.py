"""Figures of the results by group."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from analysis.evaluation.evaluation_figures import COLOURS
from analysis.evaluation.faces.groups import groups
from analysis.evaluation.faces.judging import FacesEvaluation, Size, sitting
from analysis.evaluation.photographs import write_picture
from analysis.face.synthetic.generators import Generator

_COLUMNS, _WIDTH_PX = 5, 1000
_SHOWN = 1
"""Number of the person in the picture of all groups."""
_TITLES = {"error": "landmark error", "rank1": "rank-1", "difference": "rank-1 minus the reference"}


def group_figure(found: FacesEvaluation) -> Figure:
    """Return the figure of landmark error and rank-1 by group."""
    names = [one.group.name for one in found.groups]
    figure = Figure(figsize=(8.4, 0.27 * len(names) + 0.9), layout="constrained")
    fields = figure.subplots(1, len(_TITLES), sharey=True)
    attributes = list(dict.fromkeys(one.group.attribute for one in found.groups))
    for axes, (name, title) in zip(fields, _TITLES.items(), strict=True):
        scale = 100.0 if name == "error" else 1.0
        for row, one in enumerate(found.groups):
            mean = one.difference("rank1") if name == "difference" else one.mean(name)
            colour = COLOURS[attributes.index(one.group.attribute) % len(COLOURS)]
            if mean.value is None:
                continue
            if mean.interval is not None:
                axes.plot(scale * np.array(mean.interval), (row, row), color=colour, lw=2, alpha=0.5)
            axes.plot(scale * mean.value, row, "o", color=colour, ms=5)
        reference = 0.0 if name == "difference" else found.groups[0].mean(name).value
        if reference is not None:
            axes.axvline(scale * reference, color="black", ls=":", lw=0.8)
        axes.set_title(title, fontsize=9)
        if name != "difference":
            axes.set_xlim(left=0.0, right=None if name == "error" else 1.02)
        axes.tick_params(labelsize=8)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    fields[0].set_xlabel("% of the distance of the outer corners of the eyes", fontsize=8)
    fields[0].set_yticks(range(len(names)), names)
    fields[0].invert_yaxis()
    return figure


def write_group_picture(file: Path, size: Size) -> None:
    """Write a picture of one person in every group, with a posed smile.

    Parameters
    ----------
    file : Path
        The JPEG file.
    size : Size
        That of the evaluation.
    """
    generator = Generator()
    everyone = groups(generator.model().bases["units"].names)
    sitter, pictures = sitting(generator, size, _SHOWN)
    smile = next(one for one in pictures if one.label == "happiness")
    drawn = []
    for group in everyone:
        picture = np.ascontiguousarray(group.change(smile, sitter).draw(generator.renderer())[:, 40:-40])
        cv2.putText(
            picture,
            group.name,
            (8, picture.shape[0] - 10),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.55,
            (255, 255, 255),
            1,
            cv2.LINE_AA,
        )
        drawn.append(picture)
    drawn += [np.zeros_like(drawn[0])] * (-len(drawn) % _COLUMNS)
    rows = [np.concatenate(drawn[k : k + _COLUMNS], axis=1) for k in range(0, len(drawn), _COLUMNS)]
    whole = np.concatenate(rows)
    width, height = _WIDTH_PX, round(whole.shape[0] * _WIDTH_PX / whole.shape[1])
    write_picture(file, np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8))
