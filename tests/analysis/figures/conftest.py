from tests.analysis.tables.conftest import dataset, recorded, toy_models

__all__ = ["dataset", "recorded", "toy_models"]
