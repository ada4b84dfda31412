"""Clips in protocols: the plan, and what `validate` refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiment.bench.numbered_clips import numbered_clip
from experiment.protocol.checks import clips
from experiment.protocol.load import check_protocol, load_protocol
from experiment.protocol.plan import Motion
from experiment.protocol.planner import ClipMoments, design

TARGET = "{clip: clips/smile.mp4, expression: happiness, neutral: {at: 0 s}}"
BLOCK = "{name: watching, kind: viewing, trials: [smile], film: true, timing: {target: 3 s}}"
DISPLAY = "display: {size: [640, 400]}\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with a clip of 2 s, 160 pixels high, without sound."""
    numbered_clip(tmp_path / "clips" / "smile.mp4", 50, size_px=(240, 160))
    return tmp_path


def write(folder: Path, *, target: str = TARGET, block: str = BLOCK, more: str = DISPLAY) -> Path:
    file = folder / "study.yaml"
    file.write_text(f"protocol: 1\nname: study\n{more}targets:\n  smile: {target}\nblocks:\n  - {block}\n", "utf-8")
    return file


def messages(file: Path, severity: str = "error") -> list[str]:
    return [problem.message for problem in check_protocol(file).problems if problem.severity == severity]


def test_a_plan_has_the_clip_and_its_still_pictures(study: Path) -> None:
    asked: list[ClipMoments] = []

    def stills(moments: ClipMoments) -> tuple[Path, Path | None]:
        asked.append(moments)
        return Path("apex.png"), Path("rest.png")

    file = write(study, target="{clip: clips/smile.mp4, apex: {at: 1200 ms}, neutral: {at: 0 s}, sound: false}")
    plan = design(load_protocol(file), participant="01", stills=stills)

    (target,) = plan.targets
    clip = (study / "clips" / "smile.mp4").resolve()
    assert target.motion == Motion("clip", clip, sound=False, has_own_neutral=True, apex_s=1.2)
    assert (target.image, target.neutral) == (Path("apex.png"), Path("rest.png"))
    assert target.source_files == (clip,)
    assert asked == [ClipMoments(clip, 1.2, 0.0, "black")]
    assert plan.sounds == ()


def test_the_folder_of_pictures_holds_clips_too(study: Path) -> None:
    file = write(study, target=TARGET.replace("clips/", ""), more=DISPLAY + "pictures: clips\n")

    assert messages(file) == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("{clip: clips/smiel.mp4}", "does not contain it; did you mean `clips/smile.mp4`"),
        ("{clip: clips/text.mp4}", "damaged or not a film"),
        ("{clip: clips/picture.png}", "is not a clip; use a file that ends in .mp4"),
        (
            "{image: clips/smile.mp4}",
            "is a clip, not a picture; a clip is a target with the key `clip` instead of `image`",
        ),
        ("{clip: clips/smile.mp4, neutral: {at: 0 frames}}", "in seconds, such as {at: 1.2 s}"),
        ("{clip: clips/smile.mp4, apex: 1 s}", "must be a time in the clip, such as {at: 1.2 s}"),
        ("{clip: clips/smile.mp4, apex: {at: 2 s}}", "`apex`: `smile.mp4` ends at 2.00 s, before 2 s"),
        ("{clip: clips/smile.mp4, neutral: {at: 5 s}}", "`neutral`: `smile.mp4` ends at 2.00 s"),
        ("{clip: clips/smile.mp4, sound: true}", "`smile.mp4` has no sound; leave `sound` out"),
        ("{clip: clips/smile.mp4, blend: {happiness: 1}}", "keep one"),
        ("{blend: {happiness: 1}, apex: {at: 1 s}}", "this target has no `clip`"),
        ("{blend: {happiness: 1}, sound: true}", "this target has no `clip`; name a sound file"),
    ],
)
def test_a_wrong_target_is_refused_with_its_remedy(study: Path, target: str, expected: str) -> None:
    (study / "clips" / "text.mp4").write_text("not a film")
    (study / "clips" / "picture.png").write_text("not a picture")

    assert expected in "\n".join(messages(write(study, target=target)))


@pytest.mark.parametrize(
    "face", ["clip: clips/smiel.mp4", "image: clips/smile.mp4", "clip: clips/text.mp4", "blend: 1"]
)
def test_a_wrong_face_is_one_error_and_its_moments_are_none(study: Path, face: str) -> None:
    (study / "clips" / "text.mp4").write_text("not a film")
    target = f"{{{face}, expression: happiness, neutral: {{at: 0 s}}, apex: {{at: 1 s}}, sound: true}}"

    assert len(messages(write(study, target=target))) == 1


@pytest.mark.parametrize(
    ("neutral", "expected"),
    [("0 s", "must be a picture, or a moment of the clip: {at: 0 s}"), ("{at: 0}", "`at` needs a unit")],
)
def test_a_moment_that_is_not_written_as_one_is_refused_with_its_form(study: Path, neutral: str, expected: str) -> None:
    (message,) = messages(write(study, target=TARGET.replace("{at: 0 s}", neutral)))

    assert expected in message


def test_clips_that_are_cut_are_one_warning_a_block(study: Path) -> None:
    block = BLOCK.replace("3 s", "1 s").replace("[smile]", "[smile, frown]")
    more = write(study, target=f"{TARGET}\n  frown: {TARGET}", block=block)

    (message,) = [one for one in messages(more, "warning") if "the end is not shown" in one]

    assert message.startswith("targets `frown`, `smile`: the clips take up to 2 s")


def test_a_clip_that_does_not_fit_in_memory_is_refused(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """50 frames of 240x160 are 5,760,000 bytes."""
    monkeypatch.setattr(clips, "MOST_CLIP_BYTES", 5_759_999)
    assert "50 frames of 240x160" in "\n".join(messages(write(study)))

    monkeypatch.setattr(clips, "MOST_CLIP_BYTES", 5_760_000)
    assert messages(write(study)) == []


def test_live_feedback_on_a_clip_is_refused(study: Path) -> None:
    block = "{name: main, kind: training, trials: [smile], feedback: true}"

    assert "live feedback needs a target that does not move" in "\n".join(messages(write(study, block=block)))


def test_a_clip_that_is_not_shown_to_its_end_is_a_warning(study: Path) -> None:
    shown = write(study, block=BLOCK.replace("3 s", "2 s"))
    assert not any("the end is not shown" in one for one in messages(shown, "warning"))

    cut = write(study, block=BLOCK.replace("3 s", "1 s"))
    assert any("takes 2 s, and the target is shown for at most 1 s" in one for one in messages(cut, "warning"))


def test_a_clip_that_the_time_limit_of_the_response_ends_is_a_warning(study: Path) -> None:
    block = "{name: main, kind: experiment, trials: [smile], timing: {timeout: LIMIT}}"

    (message,) = [
        one
        for one in messages(write(study, block=block.replace("LIMIT", "1 s")), "warning")
        if "the end is not shown" in one
    ]
    assert message.startswith("target `smile`: the clip takes 2 s, and the target is shown for at most 1 s")
    enough = write(study, block=block.replace("LIMIT", "2 s"))
    assert not any("the end is not shown" in one for one in messages(enough, "warning"))


def test_a_clip_shown_much_larger_than_it_is_and_one_without_rest_are_warnings(study: Path) -> None:
    found = messages(write(study, target="{clip: clips/smile.mp4}", more="display: {size: [1440, 900]}\n"), "warning")

    assert any("more than twice its own height" in one for one in found)
    assert any("write `neutral: {at: 0 s}`" in one for one in found)


def test_planning_a_clip_needs_its_stills(study: Path) -> None:
    with pytest.raises(ValueError, match="still pictures"):
        design(load_protocol(write(study)), participant="01")


def test_only_targets_of_trials_count_for_sound(study: Path) -> None:
    plan = design(load_protocol(write(study)), participant="01", stills=lambda _: (Path("a.png"), None))
    loud = replace(plan.targets[0], motion=Motion("clip", Path("a.mp4"), sound=True))

    assert replace(plan, targets=(loud,)).sounds == ("smile",)
    assert replace(plan, targets=(replace(loud, name="other"),)).sounds == ()
