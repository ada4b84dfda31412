"""Sound files of targets: played to their end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.moving_targets import check_time
from experiment.protocol.checks.trials import target_names
from experiment.protocol.language.schema_models import TrialBlock
from experiment.protocol.language.sound_files import sound_facts


def check_sounds(context: Context) -> Iterator[Finding]:
    """Yield a warning for every block that ends a sound before its end."""
    lengths_s = {
        name: sound_facts(target.sound).duration_s
        for name, target in context.content.targets.items()
        if isinstance(target.sound, Path)
    }
    for path, block in context.blocks(TrialBlock):
        audible = sorted(target_names(block, context) & lengths_s.keys())
        yield from check_time(context, path, block, {name: lengths_s[name] for name in audible}, "sound")
