"""Results of a power simulation: table, figure, sentence for a preregistration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiment.record.files import replace_file
from experiment.simulation.study.power import ALPHA, WANTED_POWER, PowerPoint, StudyDesign
from experiment.simulation.study.score_pool import ScorePool

_LINE, _NULL = "#0072B2", "#555555"


@dataclass(frozen=True, slots=True, eq=False)
class PowerCurve:
    """The power for several numbers of participants, and the false alarms."""

    protocol: str
    """Name of the protocol."""
    pool: ScorePool
    design: StudyDesign
    points: tuple[PowerPoint, ...]
    null: tuple[PowerPoint, ...]
    """The same with the effect 0."""

    @property
    def enough(self) -> PowerPoint | None:
        """The smallest number from which on all have the wanted power."""
        found = None
        for point in reversed(self.points):
            if point.power < WANTED_POWER:
                break
            found = point
        return found


def power_sentence(curve: PowerCurve) -> str:
    """Return the sentence for a preregistration."""
    pool, design, effect = curve.pool, curve.design, curve.points[0].effect
    where = "participants in all" if design.comparison != "paired" else "participants"
    alarms = sum(one.significant for one in curve.null) / sum(one.rounds for one in curve.null)
    begin = (
        f"We simulated the study {curve.protocol} with the face measurement of Mimicry Lab (metric {pool.metric}): "
        f"{pool.people} drawn people imitated each of {len(pool.targets)} targets {pool.takes} times, and participants "
        f"and trials were resampled from their measured scores ({curve.points[0].rounds} samples of each size). "
    )
    point = curve.enough
    if point is None:
        largest = curve.points[-1]
        low, high = largest.interval
        result = (
            f"With {largest.participants} {where} the power is {largest.power:.2f} "
            f"(95 % interval {low:.2f} to {high:.2f}), below {WANTED_POWER:.2f}"
        )
    else:
        low, high = point.interval
        result = (
            f"With {point.participants} {where} the power is {point.power:.2f} (95 % interval {low:.2f} to {high:.2f})"
        )
    return (
        f"{begin}{result}, for a difference of {effect:g} standard deviations between participants "
        f"({effect * pool.spread:.3f} on the scale of the score) of {design.words}, tested by {design.test}, "
        f"two-sided, alpha = {ALPHA:g}. Without a difference {100 * alarms:.1f} % of the samples were significant. "
        "The simulation gives every participant the same effect."
    )


def write_power(curve: PowerCurve, folder: Path) -> list[Path]:
    """Write table, figures and sentence; return the files.

    Parameters
    ----------
    curve : PowerCurve
        The result.
    folder : Path
        The folder.
    """
    lines = ["participants,effect,rounds,power,power_low,power_high,false_alarms,false_alarms_low,false_alarms_high"]
    for point, null in zip(curve.points, curve.null, strict=True):
        numbers = (point.power, *point.interval, null.power, *null.interval)
        lines.append(
            f"{point.participants},{point.effect:g},{point.rounds}," + ",".join(f"{number:.4f}" for number in numbers)
        )
    table, text = folder / "power.csv", folder / "power.md"
    replace_file(table, ("\n".join(lines) + "\n").encode())
    replace_file(text, (f"# Power of {curve.protocol}\n\n{power_sentence(curve)}\n").encode())
    figure = draw_power(curve)
    pdf, png = folder / "power.pdf", folder / "power.png"
    FigureCanvasPdf(figure).print_figure(str(pdf), metadata={"CreationDate": None})
    FigureCanvasAgg(figure).print_figure(str(png), dpi=300, metadata={"Software": None})
    return [table, text, pdf, png]


def draw_power(curve: PowerCurve) -> Figure:
    """Draw power and false alarms against the number of participants."""
    figure = Figure(figsize=(3.35, 2.5), layout="constrained")
    axes = figure.subplots()
    series: Sequence[tuple[Sequence[PowerPoint], str, str, str]] = (
        (curve.points, _LINE, "-", f"D = {curve.points[0].effect:g}"),
        (curve.null, _NULL, "--", "D = 0 (false alarms)"),
    )
    for points, colour, line, label in series:
        sizes = [one.participants for one in points]
        axes.fill_between(
            sizes, [one.interval[0] for one in points], [one.interval[1] for one in points], color=colour, alpha=0.2
        )
        axes.plot(sizes, [one.power for one in points], line, color=colour, marker="o", markersize=3, label=label)
    axes.axhline(WANTED_POWER, color="#999999", linewidth=0.6)
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("participants", fontsize=8)
    axes.set_ylabel("share of significant samples", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(fontsize=7, frameon=False, loc="outside upper center", ncols=2)
    return figure
