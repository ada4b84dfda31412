"""The film of the participant: keys that have no effect, and the consent to it."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.schema_models import ConsentBlock, TrialBlock
from experiment.protocol.language.tree import Path_


def check_film(context: Context) -> Iterator[Finding]:
    """Yield the problems of all keys ``film``."""
    whole = context.content.camera.film
    filmed: list[Path_] = [("camera", "film")] if whole else []
    for path, block in context.blocks(TrialBlock):
        if block.film and not whole:
            filmed.append((*path, "film"))
        elif "film" in block.model_fields_set and whole:
            message = "`film` of this block has no effect: `film` of the camera films the whole session"
            yield Finding((*path, "film"), message, "warning", key=True)
    if not context.is_complete:
        return
    partner = len(context.content.cameras) == 2
    if partner and not any(block.film for _, block in context.blocks(TrialBlock)) and not whole:
        message = "the camera of the partner only films: add `film: true` under `camera`, or in a block"
        yield Finding(("cameras", 1), message)
        return
    if not filmed:
        return
    clauses = [clause for _, block in context.blocks(ConsentBlock) for clause in block.clauses]
    if not any(clause.about == "recording" for clause in clauses):
        if partner:
            message = "two persons are filmed: ask both, add a consent clause with `about: recording`"
            yield Finding(("cameras", 1), message)
            return
        message = "participants are filmed without being asked; add a consent clause with `about: recording`"
        yield Finding(filmed[0], message, "warning", key=True)
