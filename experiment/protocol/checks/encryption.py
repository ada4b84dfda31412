"""Encrypted recordings, and what cannot be done with them."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.schema_models import ImitationBlock


def check_encryption(context: Context) -> Iterator[Finding]:
    """Yield the blocks that would write measurements of an encrypted face in clear."""
    if context.content.camera.encrypt_for is None:
        return
    for path, block in context.blocks(ImitationBlock):
        if block.feedback:
            message = (
                "live feedback measures the face on this computer and stores the measurements in clear, which "
                "`encrypt_for` is to prevent; remove `feedback`, or `encrypt_for` under `camera`"
            )
            yield Finding((*path, "feedback"), message, key=True)
