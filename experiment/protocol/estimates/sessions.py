"""Estimates of every session of a study, for every group of participants."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from experiment.protocol.estimates.assumptions import BYTES_PER_PIXEL, FILM_BYTES_PER_PIXEL, Times
from experiment.protocol.estimates.blocks import BlockEstimate, estimate_block
from experiment.protocol.language.schema_models import Block, ProtocolFile, TrialBlock
from experiment.protocol.trials.trial_lists import Draft

TrialsOf = Callable[[TrialBlock], Sequence[Draft]]
"""Return the trials of one repetition of a block."""


@dataclass(frozen=True, slots=True)
class SessionEstimate:
    """What one session takes, for the participants of one group."""

    session: str | None
    group: Mapping[str, str]
    """Level of every factor of `groups`."""
    blocks: tuple[BlockEstimate, ...]
    filmed_s: float
    """Longest time of film of one camera."""
    frame_bytes: int
    """Largest size of the kept frames."""
    film_bytes: int
    """Largest size of the films of all cameras."""

    @property
    def times(self) -> Times:
        """Duration of the session."""
        return sum((block.times for block in self.blocks), Times())

    @property
    def trials(self) -> int:
        """Number of trials, of the first rounds."""
        return sum(block.trials for block in self.blocks)

    @property
    def kept_frames(self) -> int:
        """Largest number of camera frames kept as pictures."""
        return sum(block.kept_frames for block in self.blocks)


def estimate_sessions(
    content: ProtocolFile, trials_of: TrialsOf, *, language: str | None = None
) -> tuple[SessionEstimate, ...]:
    """Return what every session takes, for every combination of groups.

    Parameters
    ----------
    content
        A protocol without errors.
    trials_of
        Gives the trials of one repetition of a block.
    language
        Language of the participants; by default the protocol's.
    """
    known = {}
    for index, block in enumerate(content.blocks):
        trials = trials_of(block) if isinstance(block, TrialBlock) else ()
        estimate = estimate_block(content, block, trials, language=language or content.language)
        known[block.name] = replace(estimate, index=index)
    return tuple(
        _session(content, session, group, [known[block.name] for block in blocks_of(content, session, group)])
        for session in content.sessions or (None,)
        for group in groups_of(content)
    )


def groups_of(content: ProtocolFile) -> list[dict[str, str]]:
    """Return every combination of groups; an empty one if there are no groups."""
    return [dict(zip(content.groups, levels, strict=True)) for levels in itertools.product(*content.groups.values())]


def blocks_of(content: ProtocolFile, session: str | None, group: Mapping[str, str]) -> Iterator[Block]:
    """Yield the blocks of one session for the participants of one group.

    Parameters
    ----------
    content
        A protocol without errors.
    session
        The session; None without sessions.
    group
        Level of every factor.
    """
    for block in content.blocks:
        is_in_session = block.sessions is None or session in block.sessions
        if is_in_session and all(group.get(factor) in levels for factor, levels in block.only_for.items()):
            yield block


def _session(
    content: ProtocolFile, session: str | None, group: Mapping[str, str], blocks: Sequence[BlockEstimate]
) -> SessionEstimate:
    camera = content.camera
    pixels = camera.size[0] * camera.size[1]
    longest_s = sum(block.times.longest for block in blocks)
    filmed_s = longest_s if camera.film else sum(block.filmed_s for block in blocks)
    film = filmed_s * camera.rate * pixels * FILM_BYTES_PER_PIXEL * len(content.cameras)
    frames = sum(block.kept_frames for block in blocks) * pixels * BYTES_PER_PIXEL
    return SessionEstimate(session, group, tuple(blocks), filmed_s, int(frames), int(film))
