"""Two persons and two cameras on one clock: films, consent of both, faults, deletion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.errors import CameraError, SessionError
from experiment.lab.partner_camera import PartnerCamera
from experiment.lab.session_options import OpenDevices, Options, ResumableSession, SessionReport
from experiment.lab.session_setup import record_session
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.protocol.partner import with_partner
from experiment.protocol.plan import CameraSettings, SessionPlan
from experiment.record.consent.at_start import consent_at_start
from experiment.record.deletion import forget, holdings
from experiment.record.errors import RecordError
from experiment.record.film.completion import film_parts
from experiment.record.film.reading import frames_of
from experiment.record.history import read_history
from experiment.record.journal import read_journal
from experiment.record.layout import SessionPlace
from experiment.record.session_timing import session_timing
from experiment.record.verification import Verification, verify_session
from experiment.screens.screen import Screen
from tests.experiment.devices import Participant, texts_of
from tests.experiment.lab.test_filming import LargeClockCamera, filmed_plan
from tests.experiment.record.helpers import validate

RATES_HZ = {"participant": 30.0, "partner": 25.0}
LATER_S = 0.013
"""The partner's camera exposes later than the participant's."""
Script = Callable[[Screen, Flip, Participant], bool]


class PartnersCamera(LargeClockCamera):
    """A camera with another rate and other times than the participant's; its pictures are bright."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock, rate_hz=RATES_HZ["partner"])
        self._start_s += LATER_S
        self.ends = False

    def read(self) -> CameraFrame | None:
        frame = None if self.ends else super().read()
        return None if frame is None else replace(frame, image=np.full_like(frame.image, 200))


def plan_for_two(
    folder: Path, *, participant: str = "07", partner: str | None = "08", consent: bool = True
) -> SessionPlan:
    plan = filmed_plan(folder, consent=consent)
    cameras = ("0",) if partner is None else ("0", "1")
    camera = CameraSettings((64, 48), 30.0, 1, 1)
    return with_partner(replace(plan, participant=participant, camera=camera, cameras=cameras), partner)


def answers(*keys: str) -> Script:
    """Answer the clauses about filming in order."""
    given: list[str] = []

    def on_screen(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if "You are filmed." not in texts_of(screen):
            return False
        participant.press(keys[min(len(given), len(keys) - 1)], flip.time_s + 0.1)
        given.append(texts_of(screen))
        return True

    return on_screen


def run_two(
    plan: SessionPlan,
    dataset: Path,
    *,
    on_screen: Script | None = None,
    ends_at: str | None = None,
    resume: ResumableSession | None = None,
    cameras: tuple[str, str] = ("left", "right"),
) -> tuple[SessionReport, PartnersCamera]:
    clock = VirtualClock()
    second = PartnersCamera(clock)
    keyboard = SimulatedKeyboard(clock)
    participant = Participant(keyboard)
    script = on_screen or answers("y")

    def all_screens(screen: Screen, flip: Flip) -> bool:
        second.ends |= ends_at is not None and screen.target == ends_at
        return script(screen, flip, participant)

    participant.on_screen = all_screens
    display = SimulatedDisplay(clock, observers=[participant])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))
    partner = PartnerCamera(second, "second", reopen=lambda: PartnersCamera(clock)) if plan.partner else None
    own = LargeClockCamera(clock)
    own.facts = {**own.facts, "identity": cameras[0]}
    second.facts = {**second.facts, "identity": cameras[1]}
    devices = OpenDevices(clock, opened, own, partner=partner)
    try:
        return record_session(plan, dataset, Options(), devices=devices, resume=resume), second
    finally:
        clock.release()


def findings(place: SessionPlace) -> list[str]:
    found = Verification(place.dataset)
    verify_session(place, found)
    return [f"{one.check}: {one.file.name}: {one.message}" for one in found.differences if one.check != "order"]


def test_two_cameras_film_two_persons_on_one_clock(tmp_path: Path) -> None:
    report, second = run_two(plan_for_two(tmp_path), tmp_path / "data")

    place, history = report.place, read_history(report.place)
    (own,), (partners,) = film_parts(place.source / "film"), film_parts(place.source / "film-partner")
    assert (history.start.participant, history.start.partner) == ("07", "08")
    for part, person in ((own, "participant"), (partners, "partner")):
        trials = {row.trial_id for row in part.rows}
        times_s = np.array([row.time_s for row in part.rows], dtype=float)
        steps = np.diff(times_s) * RATES_HZ[person]
        assert trials == {"trial-00", "trial-01"}
        assert np.allclose(steps[steps < 1.5], 1, atol=0.01)
        assert part.frames + sum(part.lost.values()) == len(part.rows)
    begins_s = [min(row.time_s or 0 for row in part.rows) for part in (own, partners)]
    assert abs(begins_s[0] - begins_s[1]) < 0.05  # both begin 0.1 s before the same fixation
    assert {int(image.mean()) // 50 for _, image in frames_of(partners)} == {4}
    assert {int(image.mean()) // 50 for _, image in frames_of(own)} == {0}
    assert second.closed
    camera = read_journal(place.journal).entries[0].data["camera"]
    assert (camera["partner"]["spec"], camera["partner"]["rate_hz"]) == ("second", 25.0)


def test_timing_verify_and_the_validator_know_both_films(tmp_path: Path) -> None:
    report, _ = run_two(plan_for_two(tmp_path), tmp_path / "data")

    place = report.place
    sentences = session_timing(place).sentences()
    assert [one.split(":")[0] for one in sentences if "film" in one] == ["  film", "  film of the partner"]
    assert findings(place) == []
    assert validate(tmp_path / "data")[0] == []
    video = place.source / "film-partner" / "part-01.mp4"
    video.write_bytes(video.read_bytes() + b"x")
    (place.source / "film-partner" / "part-07.mp4").write_bytes(b"film")
    assert [one.split(":")[1] for one in findings(place)] == [" part-01.mp4", " part-07.mp4"]


def test_both_persons_are_asked_and_no_frame_is_older_than_the_second_agreement(tmp_path: Path) -> None:
    asked: list[tuple[str, float]] = []

    def on_screen(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if "You are filmed." in texts_of(screen):
            asked.append((texts_of(screen), flip.time_s))
            participant.press("y", flip.time_s + 0.1)
            return True
        return False

    plan = plan_for_two(tmp_path)
    plan = replace(plan, camera=replace(plan.camera, film=True))
    report, _ = run_two(plan, tmp_path / "data", on_screen=on_screen)

    assert "07: You are filmed." in asked[0][0]
    assert "08: You are filmed." in asked[1][0]
    (line,) = [entry.data for entry in read_journal(report.place.journal).entries if entry.event == "answers"]
    assert line["answers"] == {"filming": "yes", "filming-partner": "yes"}
    for folder in report.place.films:
        (part,) = film_parts(folder)
        assert min(row.time_s or 0 for row in part.rows) >= asked[1][1]


@pytest.mark.parametrize("keys", [("y", "n"), ("n", "y")], ids=["partner refuses", "participant refuses"])
def test_nobody_is_filmed_if_one_of_the_two_refuses(tmp_path: Path, keys: tuple[str, str]) -> None:
    report, second = run_two(plan_for_two(tmp_path), tmp_path / "data", on_screen=answers(*keys))

    assert report.ending == "complete"
    assert [folder for folder in report.place.films if folder.exists()] == []
    assert list(report.place.source.rglob("*.png")) == []
    assert second.closed


def test_a_fault_of_the_partners_camera_pauses_the_session_and_names_it(tmp_path: Path) -> None:
    texts: list[str] = []
    script = answers("y")

    def on_screen(screen: Screen, flip: Flip, participant: Participant) -> bool:
        texts.append(texts_of(screen))
        if screen.kind == "fault":
            participant.press("q", flip.time_s + 0.1)
            participant.press("q", flip.time_s + 0.5)
            participant.press("y", flip.time_s + 1.0)
            return True
        return script(screen, flip, participant)

    report, _ = run_two(plan_for_two(tmp_path), tmp_path / "data", on_screen=on_screen, ends_at="disgust")

    assert report.ending == "ended"
    assert any("Camera of the partner: " in text for text in texts)
    (fault,) = [entry.data for entry in read_journal(report.place.journal).entries if entry.event == "camera-trouble"]
    assert "Camera of the partner: " in fault["message"]
    assert [trial.outcome for trial in read_history(report.place).trials] == ["response", "aborted"]
    own, partners = (film_parts(folder)[0].rows[-1].time_s for folder in report.place.films)
    assert own is not None
    assert partners is not None
    assert partners < own


def test_forgetting_the_partner_deletes_both_films_and_keeps_the_rest(tmp_path: Path) -> None:
    report, _ = run_two(plan_for_two(tmp_path), tmp_path / "data")
    frames = len(list(report.place.frames.rglob("*.png")))

    found = holdings(tmp_path / "data", "08")
    done = forget(tmp_path / "data", "08")

    assert sorted(path.name for path in found.own) == ["film", "film-partner"]
    assert any("the journal of sub-07 names sub-08 as partner" in sentence for sentence in found.to_check)
    assert done.failed == ()
    assert list((tmp_path / "data").rglob("part-*")) == []
    assert len(list(report.place.frames.rglob("*.png"))) == frames > 0
    assert findings(report.place) == []


def test_forgetting_the_participant_deletes_both_films(tmp_path: Path) -> None:
    run_two(plan_for_two(tmp_path), tmp_path / "data")

    forget(tmp_path / "data", "07")

    assert list((tmp_path / "data").rglob("part-*")) == []
    assert list((tmp_path / "data").rglob("journal.jsonl")) == []


def test_an_agreement_with_one_partner_does_not_count_with_another(tmp_path: Path) -> None:
    run_two(replace(plan_for_two(tmp_path), session="a"), tmp_path / "data")

    def later(partner: str | None) -> SessionPlan:
        return replace(plan_for_two(tmp_path, partner=partner, consent=False), session="b")

    assert consent_at_start(later("08"), tmp_path / "data").state == "granted"
    assert consent_at_start(later(None), tmp_path / "data").state == "granted"
    with pytest.raises(RecordError, match="07 and partner 09 have no recorded agreement"):
        consent_at_start(later("09"), tmp_path / "data")


def test_a_refusal_of_the_partner_elsewhere_counts(tmp_path: Path) -> None:
    run_two(replace(plan_for_two(tmp_path), session="a"), tmp_path / "data")
    alone = replace(plan_for_two(tmp_path, participant="08", partner=None), session="a")
    run_two(alone, tmp_path / "data", on_screen=answers("n"))

    later = replace(plan_for_two(tmp_path, consent=False), session="b")

    found = consent_at_start(later, tmp_path / "data")
    assert (found.state, found.source) == ("refused", "sub-08_ses-a")
    alone_later = replace(plan_for_two(tmp_path, partner=None, consent=False), session="b")
    assert consent_at_start(alone_later, tmp_path / "data").state == "granted"


def test_a_refusal_of_the_partner_is_none_of_the_participant(tmp_path: Path) -> None:
    run_two(replace(plan_for_two(tmp_path), session="a"), tmp_path / "data", on_screen=answers("y", "n"))

    alone = replace(plan_for_two(tmp_path, partner=None, consent=False), session="b")
    other = replace(plan_for_two(tmp_path, participant="08", partner=None, consent=False), session="b")

    assert consent_at_start(alone, tmp_path / "data").state == "granted"
    assert consent_at_start(other, tmp_path / "data").state == "refused"


def end_early(plan: SessionPlan, dataset: Path) -> ResumableSession:
    """Record a session for two until its second target."""
    script = answers("y")

    def end(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if screen.kind == "target" and len(participant.targets) == 2:
            participant.press("escape", flip.time_s + 0.1)
            return True
        if screen.kind == "pause":
            participant.press("q", flip.time_s + 0.1)
            participant.press("y", flip.time_s + 0.5)
            return True
        return script(screen, flip, participant)

    run_two(plan, dataset, on_screen=end)
    return ResumableSession(plan, Options())


def test_a_resumed_session_continues_both_films(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_for_two(tmp_path)
    resume = end_early(plan, tmp_path / "data")

    report, _ = run_two(plan, tmp_path / "data", resume=resume, cameras=("left", "third"))

    lines = read_history(report.place).film
    assert sorted((line.person, line.part) for line in lines) == [
        ("participant", 1),
        ("participant", 2),
        ("partner", 1),
        ("partner", 2),
    ]
    assert findings(report.place) == []
    assert "camera: third films the partner, before the interruption it was right" in capsys.readouterr().err


@pytest.mark.parametrize("cameras", [("right", "left"), ("right", "third"), ("third", "left")])
def test_a_session_is_not_resumed_with_exchanged_cameras(tmp_path: Path, cameras: tuple[str, str]) -> None:
    plan = plan_for_two(tmp_path)
    resume = end_early(plan, tmp_path / "data")
    journal = next((tmp_path / "data").rglob("journal.jsonl"))
    before = journal.read_bytes()

    with pytest.raises(CameraError, match="left filmed the participant before the interruption and right the partner"):
        run_two(plan, tmp_path / "data", resume=resume, cameras=cameras)

    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("films_two", "partner", "message"),
    [
        (True, None, "name the id of the second one with --partner"),
        (False, "08", "leave out --partner"),
        (True, "0 8", "use letters a-z and digits only"),
        (True, "sub-07", "have the same id 07"),
    ],
)
def test_a_partner_that_does_not_fit_the_protocol_is_refused(
    tmp_path: Path, films_two: bool, partner: str | None, message: str
) -> None:
    plan = replace(filmed_plan(tmp_path), participant="07")
    plan = replace(plan, cameras=("0", "1") if films_two else ("0",))

    with pytest.raises(SessionError, match=message):
        with_partner(plan, partner)
