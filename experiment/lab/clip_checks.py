"""Preflight of clips and sounds: a face in every clip, and a sound device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from analysis.face.clip_faces import find_faces
from analysis.face.errors import AnalysisError
from analysis.terminal import progress
from experiment.errors import SoundError
from experiment.lab.preflight_judgement import Finding
from experiment.ports.clock import Clock
from experiment.protocol.plan import SessionPlan, Target
from experiment.screens.moving_targets import SOUND_RATE_HZ

SILENCE_S = 0.3
"""Time for which silence is played to measure the start."""
MOST_WITHOUT_FACE = 0.1
"""Share of frames without a usable face from which a clip is named."""


def check_clips(plan: SessionPlan, clock: Clock) -> Iterator[Finding]:
    """Yield findings about the faces in clips, and about the sound device.

    Each clip is searched once; its landmarks are kept for the analysis.

    Parameters
    ----------
    plan
        The plan.
    clock
        The clock, for the sound device.
    """
    clips = [target for target in plan.targets if target.motion is not None and target.motion.kind == "clip"]
    faults = [finding for target in clips if (finding := _check_faces(target, plan.display.background)) is not None]
    yield from faults
    if clips and not faults:
        number = f"{len(clips)} clips" if len(clips) > 1 else "the clip"
        yield Finding("clips", "ok", f"a face is found in {number}")
    if plan.needs_sound is not None:
        yield check_sound(*plan.needs_sound, clock)


def _check_faces(target: Target, background: str) -> Finding | None:
    """Return a finding if a clip, or many of its frames, has no usable face."""
    assert target.motion is not None
    try:
        found = find_faces(target.motion.file, background=background, progress=progress)
    except AnalysisError as error:
        return Finding("clips", "failed", str(error), "export the clip again")
    reasons = Counter(one.reason for one in found if one.landmarks is None)
    share = reasons.total() / len(found)
    if share < MOST_WITHOUT_FACE:
        return None
    frames = "no frame" if share == 1 else f"only {len(found) - reasons.total()} of {len(found)} frames"
    return Finding(
        "clips",
        "warning",
        f"{frames} of target {target.name} ({target.motion.file.name}) can be measured: {reasons.most_common(1)[0][0]}",
        "participants can watch it; to compare imitations with it, use a clip with one large face from the front",
    )


def check_sound(what: str, key: str, clock: Clock) -> Finding:
    """Open the sound device, play silence, and return when it reports the start.

    Parameters
    ----------
    what
        What needs the device, for the message.
    key
        The key that makes the session silent with `false`.
    clock
        The clock.
    """
    from experiment.display.ptb_sound import PtbSound

    try:
        sound = PtbSound(clock)
    except SoundError as error:
        cause, _, remedy = str(error).partition("; ")
        return Finding("sound", "failed", f"{what}: {cause}", f"{remedy}; or write `{key}: false`")
    try:
        sound.load(np.zeros((round(2 * SILENCE_S * SOUND_RATE_HZ), 2), np.float32))
        asked_s = clock.now()
        sound.start()
        clock.sleep_until(asked_s + SILENCE_S)
        sound.stop()
        start_s = sound.heard()["start_s"]
    finally:
        sound.close()
    delay_ms = sound.facts["expected_delay_ms"]
    if start_s is None:
        return Finding(
            "sound",
            "warning",
            f"the device opens, expected delay {delay_ms:g} ms, but it reports no start: the onset was not measured",
            "measure the delay with a microphone and a photodiode (docs/sound.md)",
        )
    took_ms = 1000.0 * (start_s - asked_s)
    return Finding(
        "sound",
        "ok",
        f"the device reports the start of a sound {took_ms:.1f} ms after the request (an estimate, expected delay "
        f"{delay_ms:g} ms); whether it is heard is not tested",
    )
