"""Target faces, and names that no block uses."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.trials import target_names
from experiment.protocol.language import stimulus_files
from experiment.protocol.language.schema_models import ImitationBlock, TargetSection, TrialBlock
from experiment.protocol.language.tree import Path_

FACES = ("image", "blend", "units")
"""Keys of a target of which exactly one must be there."""


def check_targets(context: Context) -> Iterator[Finding]:
    """Yield the problems of every target."""
    imitated = {name for _, block in context.blocks(ImitationBlock) for name in target_names(block, context)}
    for name, target in context.content.targets.items():
        path: Path_ = ("targets", name)
        kinds = [key for key in FACES if getattr(target, key) is not None]
        if len(kinds) > 1:
            message = f"target `{name}` has both `{kinds[0]}` and `{kinds[1]}`; keep one"
            yield Finding((*path, kinds[1]), message, key=True)
        elif target.poser is not None and (not kinds or kinds == ["image"]):
            message = "`poser` is the person whose face the program draws; it needs `blend` or `units`"
            yield Finding((*path, "poser"), message, key=True)
        elif target.image is not None:
            yield from _check_picture(context, name, target)
        elif kinds:
            yield from _check_drawn(name, target, kinds[0], imitated=name in imitated)
        elif target.clip is None:
            message = f"target `{name}` needs `image`, a picture file (or `clip`, `blend` or `units`)"
            yield Finding(path, message, key=True)


def _check_drawn(name: str, target: TargetSection, kind: str, *, imitated: bool) -> Iterator[Finding]:
    """Yield the problems of a face that the program draws."""
    path: Path_ = ("targets", name)
    strengths = target.blend if kind == "blend" else target.unit_strengths
    if imitated and not any((strengths or {}).values()):
        what = "intensities" if kind == "blend" else "strengths"
        message = f"all {what} are 0: this face shows nothing to imitate; show it in a block of kind viewing"
        yield Finding((*path, kind), message)
    if target.neutral is not None:
        message = (
            f"the program renders the neutral face of {'a blend' if kind == 'blend' else 'units'}; leave `neutral` out"
        )
        yield Finding((*path, "neutral"), message, key=True)
    if kind == "units" and target.expression is None:
        message = f"target `{name}` needs `expression`, the name of what its units show: `expression: brow-raise`"
        yield Finding(path, message, key=True)


def _check_picture(context: Context, name: str, target: TargetSection) -> Iterator[Finding]:
    assert target.image is not None
    path: Path_ = ("targets", name)
    shown_px = target.height * context.content.display.size[1]
    if stimulus_files.picture_size(target.image)[1] < shown_px / 2:
        message = f"`{target.image.name}` is shown {shown_px:.0f} pixels high, more than twice its own height"
        yield Finding((*path, "image"), message, "warning")
    if target.neutral == target.image and "neutral" not in (name, target.expression):
        message = f"target `{name}` and its `neutral` are the same picture: there is no movement; name the face at rest"
        yield Finding((*path, "neutral"), message, "warning")
    if target.neutral is None:
        message = f"target `{name}` has no `neutral`: the analysis cannot separate its movement from its face shape"
        yield Finding(path, message, "warning", key=True)


def check_unused(context: Context) -> Iterator[Finding]:
    """Yield a warning for every unused target, rating and question."""
    if not context.is_complete:
        return
    blocks = [block for _, block in context.blocks(TrialBlock)]
    used_targets = {name for block in blocks for name in target_names(block, context)}
    if not all(target_names(block, context) for block in blocks):
        return  # the trials of one of them are wrong
    used_ratings = {name for block in blocks for name in (*block.ratings, *block.questions)}
    known = {*context.rating_names, *context.question_names}
    # an unknown name is reported where it is; the unused one is then probably meant
    for name in context.content.targets if used_targets <= set(context.target_names) else ():
        if name not in used_targets:
            yield Finding(("targets", name), f"target `{name}` is in no trial", "warning", key=True)
    for what in ("rating", "question") if used_ratings <= known else ():
        for name in getattr(context.content, f"{what}s"):
            if name not in used_ratings:
                yield Finding((f"{what}s", name), f"{what} `{name}` is in no block", "warning", key=True)
