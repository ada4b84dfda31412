"""Targets given as a blend of emotions: drawn by the free face model, once, and kept for the next session.

The person on them is the one on the target pictures that ship, so that pictures and blends can stand in one study.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from analysis.paths import cache_folder
from experiment.errors import ProtocolError
from experiment.protocol.plan import SessionPlan, Target, Trial

_AT_REST: Mapping[str, float] = {}


def with_pictures(plan: SessionPlan, folder: Path | None = None) -> SessionPlan:
    """The plan with a picture for every blend; the plan itself if it has none.

    Parameters
    ----------
    folder
        Where drawn pictures are kept; by default the user's cache.

    Raises
    ------
    ProtocolError
        If the pictures cannot be drawn or kept.
    """
    wanted = [target for target in plan.targets if target.blend and not target.image.is_absolute()]
    if not wanted:
        return plan
    files = _drawn([_AT_REST, *(target.blend for target in wanted)], folder or cache_folder("blends"))
    neutral = files[_key(_AT_REST)]
    targets = {target.name: replace(target, image=files[_key(target.blend)], neutral=neutral) for target in wanted}

    def shown(target: Target) -> Target:
        return targets.get(target.name, target)

    return replace(
        plan,
        targets=tuple(shown(target) for target in plan.targets),
        steps=tuple(
            replace(step, target=shown(step.target)) if isinstance(step, Trial) else step for step in plan.steps
        ),
    )


def _drawn(blends: list[Mapping[str, float]], folder: Path) -> dict[str, Path]:
    """The file of every blend, by `_key`."""
    from PIL import Image

    from analysis.face.errors import FaceModelError
    from analysis.face.models.registry import load_model
    from analysis.face.render.portraits import draw_portraits
    from analysis.terminal import progress

    try:
        model = load_model()
        shapes = hashlib.sha256(model.mean.tobytes() + model.bases["emotions"].shapes.tobytes()).hexdigest()[:12]
        files = {_key(blend): folder / f"{shapes}_{_key(blend)}.png" for blend in blends}
        missing = {_key(blend): blend for blend in blends if not files[_key(blend)].exists()}
        if missing:
            folder.mkdir(parents=True, exist_ok=True)
            for key, picture in progress(draw_portraits(model, missing), total=len(missing), title="drawing targets"):
                unfinished = files[key].with_suffix(f".{os.getpid()}.tmp")
                Image.fromarray(picture).save(unfinished, format="PNG")
                unfinished.replace(files[key])
    except FaceModelError as error:
        raise ProtocolError(f"the targets given as blends cannot be drawn: {error}") from error
    except OSError as error:
        raise ProtocolError(f"{folder}: drawn targets cannot be kept there ({error.strerror or error})") from error
    return files


def _key(blend: Mapping[str, float]) -> str:
    return "_".join(f"{emotion}-{strength:g}" for emotion, strength in sorted(blend.items()) if strength) or "neutral"
