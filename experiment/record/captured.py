"""The similarity of a captured frame, as the trainee saw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def captured_similarity(details: Mapping[str, Any]) -> float | None:
    """Return the similarity that the screen showed after the capture.

    It is the recorded one, less if the face hardly moved. None if nothing was measured.

    Parameters
    ----------
    details
        Of the trial, in its record; those of earlier versions have no ``distinct``.
    """
    similarity, distinct = details.get("similarity"), details.get("distinct")
    if not isinstance(similarity, (int, float)):
        return None
    return float(similarity) * (float(distinct) if isinstance(distinct, (int, float)) else 1.0)
