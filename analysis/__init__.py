"""Measure faces and build tables.

It never imports PsychoPy. Of `experiment` it imports `experiment.record` alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.group.study_files import Study


def load_study(path: str | Path) -> Study:
    """Return the results of ``group`` as pandas frames: `analysis.group.study_files`.

    Parameters
    ----------
    path : str or Path
        A data set, or the folder that ``group --out`` wrote.
    """
    from analysis.group.study_files import load_study as load  # light: pandas is imported at the first call

    return load(path)
