from __future__ import annotations

import numpy as np

from analysis.face.bench.turned import turn_neutral_faces
from analysis.face.models.registry import load_model


def test_a_neutral_face_that_turns_shows_no_expression() -> None:
    """20 degrees at 60 cm, focal length wrong by 20 %: a strong smile is 5 mm."""
    figures = turn_neutral_faces(load_model(), people=10, rng=np.random.default_rng(3))
    assert figures.mean_face_mm.max() < 0.3
    for values in (figures.five_neutrals_mm, figures.one_neutral_mm):
        assert values.shape == (40,)
        assert values.mean() < 0.2
        assert np.quantile(values, 0.9) < 0.3
        assert values.max() < 0.6
