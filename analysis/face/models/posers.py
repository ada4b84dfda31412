"""Names of the people whose faces the program can draw as targets.

Their shapes are in `analysis.face.models.poser_shapes`, their skin and hair in `analysis.face.render.poser_looks`. This
module imports no arrays, so that protocols are checked fast.
"""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_POSER = "robin"
"""The person on the target pictures that ship."""

POSERS: Mapping[str, str] = {
    "robin": "young, light skin",
    "clara": "young woman, light skin",
    "mei": "young woman, light brown skin",
    "amara": "young woman, dark skin",
    "ingrid": "old woman, light skin",
    "david": "young man, light brown skin",
    "kofi": "young man, dark skin",
    "samuel": "old man, brown skin",
    "haruto": "old man, light brown skin",
}
"""Each poser in a few words. The drawn people do not exist."""
