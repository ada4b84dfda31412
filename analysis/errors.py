"""Errors of the analysis outside `analysis.face`.

`analysis.face.errors` shows the whole tree.
"""

from analysis.face.errors import AnalysisError


class DataSetError(AnalysisError):
    """A data set, manifest or table cannot be used."""
