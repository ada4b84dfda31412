"""Still pictures of clips, and their preflight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.face.images import read_image
from analysis.paths import PROTOCOLS
from experiment.bench.numbered_clips import numbered_clip, read_number, write_clip
from experiment.clock import MonotonicClock, VirtualClock
from experiment.errors import ProtocolError, SoundError
from experiment.lab.clip_checks import check_clips, check_sound
from experiment.lab.clip_stills import clip_stills
from experiment.lab.session_options import Options
from experiment.lab.session_setup import open_sound
from experiment.protocol.plan import Motion
from experiment.protocol.planner import ClipMoments
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.sounds import SimulatedSound

TARGETS = PROTOCOLS / "targets"


def test_the_stills_are_the_frames_of_their_moments(tmp_path: Path) -> None:
    clip = numbered_clip(tmp_path / "smile.mp4", 25)

    apex, rest = clip_stills(ClipMoments(clip, 0.48, 0.04, "black"), tmp_path / "kept")

    assert apex.name == "smile_apex-0012.png"
    assert rest is not None
    assert read_number(np.asarray(Image.open(apex))) == 12
    assert read_number(np.asarray(Image.open(rest))) == 1
    assert clip_stills(ClipMoments(clip, 0.48, 0.04, "black"), tmp_path / "kept") == (apex, rest)

    numbered_clip(clip, 26)
    assert clip_stills(ClipMoments(clip, 0.48, 0.04, "black"), tmp_path / "kept") != (apex, rest)


def test_a_clip_without_a_face_needs_the_moment_of_its_apex(tmp_path: Path) -> None:
    clip = numbered_clip(tmp_path / "clip.mp4", 3)

    with pytest.raises(
        ProtocolError, match=r"no frame of the clip has a face .* write the moment .* `apex: \{at: 1 s\}`"
    ):
        clip_stills(ClipMoments(clip, None, 0.0, "black"), tmp_path / "kept")


def test_preflight_names_clips_without_a_face(tmp_path: Path) -> None:
    face = read_image(TARGETS / "neutral.png")[::2, ::2]
    good = write_clip(tmp_path / "good.mp4", [face] * 4)
    bad = write_clip(tmp_path / "bad.mp4", [face, face, np.full_like(face, 90), np.full_like(face, 90)])
    first, second = make_targets(tmp_path / "targets", ("one", "two"))
    targets = replace(first, motion=Motion("clip", good)), replace(second, motion=Motion("clip", bad))
    plan = make_plan(tmp_path, (make_trial(first, 0),), targets=targets)

    (finding,) = check_clips(plan, MonotonicClock())

    assert finding.mark == "warning"
    assert finding.found == "only 2 of 4 frames of target two (bad.mp4) can be measured: no-face"

    (fine,) = check_clips(replace(plan, targets=targets[:1]), MonotonicClock())
    assert (fine.mark, fine.found) == ("ok", "a face is found in the clip")
    assert list(check_clips(replace(plan, targets=(first,)), MonotonicClock())) == []


def test_a_session_with_sound_needs_a_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_device(clock: object) -> None:
        raise SoundError("no sound can be played (the computer has no sound device); connect a loudspeaker")

    monkeypatch.setattr("experiment.display.ptb_sound.PtbSound", no_device)
    (still,) = make_targets(tmp_path / "targets", ("smile",))
    loud = replace(still, motion=Motion("clip", tmp_path / "a.mp4", sound=True))
    plan = make_plan(tmp_path, (make_trial(loud, 0),), targets=(loud,))

    with pytest.raises(SoundError, match=r"target smile has sound, but no sound .* write `sound: false`"):
        open_sound(plan, Options(), clock=MonotonicClock())

    assert open_sound(plan, Options(pilot=True), clock=MonotonicClock()) is None
    assert "this pilot session is silent" in capsys.readouterr().err
    toned = replace(plan, targets=(still,), steps=(make_trial(still, 0, tones=True, block="mouth"),))
    with pytest.raises(SoundError, match=r"block mouth has tones, but no sound .* write `tones: false`"):
        open_sound(toned, Options(), clock=MonotonicClock())
    silent = replace(loud, motion=replace(loud.motion, sound=False))  # type: ignore[type-var]
    quiet = make_plan(tmp_path, (make_trial(silent, 0),), targets=(silent,))
    assert open_sound(quiet, Options(), clock=MonotonicClock()) is None


@pytest.mark.parametrize(
    ("reports_start", "mark", "found"),
    [
        (True, "ok", "start of a sound 12.0 ms after the request"),
        (False, "warning", "it reports no start: the onset was not measured"),
    ],
)
def test_preflight_measures_the_start_of_a_sound(
    monkeypatch: pytest.MonkeyPatch, *, reports_start: bool, mark: str, found: str
) -> None:
    clock = VirtualClock()
    device = SimulatedSound(clock, reports_start=reports_start)
    monkeypatch.setattr("experiment.display.ptb_sound.PtbSound", lambda _: device)

    finding = check_sound("target smile has sound", "sound", clock)

    assert finding.mark == mark
    assert found in finding.found
    assert not device.loaded[0].any()
    assert device.calls[-1][0] == "close"
