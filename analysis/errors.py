"""Errors of the analysis outside `analysis.face`, whose errors module shows the whole tree."""

from analysis.face.errors import AnalysisError


class DataSetError(AnalysisError):
    """A data set, manifest or table cannot be used."""
