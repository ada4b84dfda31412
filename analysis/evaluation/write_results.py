"""Write the results of an evaluation into the documentation."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import DataSetError
from analysis.evaluation.evaluation_figures import curve_figure, distribution_figure, floor_figure, rank1_figure
from analysis.evaluation.results_page import results_page
from analysis.evaluation.run import Evaluation
from analysis.face.similarity.metrics import DEFAULT_METRIC
from analysis.tables.table_figure import figure_bytes
from experiment.record.files import remedy

PUBLISHED_METRIC = "points"
_DPI = 110


def write(evaluation: Evaluation, folder: Path, *, command: str) -> Path:
    """Write ``results/similarity.md`` and ``figures/similarity-*.png`` into a folder.

    Parameters
    ----------
    evaluation : Evaluation
        The results.
    folder : Path
        Folder of the photographs.
    command : str
        The command that is named on the page.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DataSetError
        If the folder cannot be written to.
    """
    by_panel = {
        panel.name: [evaluation.verdict(panel.name, name) for name in evaluation.metrics] for panel in evaluation.panels
    }
    compared = [name for name in (DEFAULT_METRIC, PUBLISHED_METRIC) if name in evaluation.metrics]
    cells = {
        panel: {one.metric: (one.matching, one.others) for one in verdicts if one.metric in compared}
        for panel, verdicts in by_panel.items()
        if panel.startswith(("mimics", "posers,"))
    }
    drawn = {
        "rank1": rank1_figure(by_panel),
        "curves": curve_figure(evaluation.curves),
        "floor": floor_figure(evaluation.floors, evaluation.shown),
    }
    if compared and cells:
        drawn["cells"] = distribution_figure(cells)
    file = folder / "results" / "similarity.md"
    try:
        for part in ("results", "figures"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for name, figure in drawn.items():
            (folder / "figures" / f"similarity-{name}.png").write_bytes(figure_bytes(figure, "png", dpi=_DPI))
        places = {name: f"../figures/similarity-{name}.png" for name in drawn}
        file.write_text(results_page(evaluation, command=command, figures=places), encoding="utf-8")
    except OSError as error:
        raise DataSetError(f"{folder}: cannot be written to: {remedy(error, new=True)}") from None
    return file
