"""Errors of the analysis outside the measuring of one face; the tree is drawn in `analysis.face.errors`."""

from analysis.face.errors import AnalysisError


class DataSetError(AnalysisError):
    """A data set, manifest or table cannot be used."""
