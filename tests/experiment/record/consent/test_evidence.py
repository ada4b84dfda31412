"""A refusal counts wherever it is; an agreement counts only where nothing newer can be lost."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.lab.session_checks import check_data_set
from experiment.lab.session_header import header_of
from experiment.lab.session_options import Options
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.record.checks.session_clock import clock_problem
from experiment.record.consent.at_start import ConsentAtStart, consent_at_start, filming_state
from experiment.record.consent.evidence import Doubt, Evidence
from experiment.record.errors import RecordError
from experiment.record.history import ClauseAnswer
from experiment.record.journal_lines import ClauseFacts
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen
from tests.experiment.devices import texts_of
from tests.experiment.plans import make_targets
from tests.experiment.session.simulated_run import Run, run

HEAD = """
protocol: 1
name: three-sessions
sessions: [pre, mid, post]
targets: {anger: {image: targets/anger.png}}
timing: {fixation: 6 frames, target: until-response, timeout: 2 s, inter_trial: 6 frames}
blocks:
"""
CONSENTS = """
  - {name: first, kind: consent, sessions: [pre], text: Please read., clauses: [
      {id: film, about: recording, required: false, text: Film me first?}]}
  - {name: again, kind: consent, sessions: [mid], text: Please read., clauses: [
      {id: still, about: recording, required: false, text: Film me still?}]}
"""
FACES = "  - {name: faces, kind: experiment, trials: [anger]}\n"


def plan_of(folder: Path, session: str, *, consents: str = CONSENTS) -> SessionPlan:
    make_targets(folder / "targets", ("anger",))
    file = folder / f"protocol{len(consents)}.yaml"
    file.write_text(HEAD + consents + FACES)
    return design(load_protocol(file), participant="01", session=session)


def answer(folder: Path, session: str, key: str) -> Run:
    keyboards: list = []  # type: ignore[type-arg]

    def script(screen: Screen, flip: object) -> bool:
        asked = "Film me" in texts_of(screen)
        if asked:
            keyboards[0].press(key, flip.time_s + 0.1)  # type: ignore[attr-defined]
        return asked

    return run(plan_of(folder, session), folder / "data", on_screen=script, keyboards=keyboards)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Agreed in `pre`, refused in `mid`."""
    folder = tmp_path_factory.mktemp("recorded")
    answer(folder, "pre", "y")
    answer(folder, "mid", "n")
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    shutil.copytree(recorded, tmp_path / "copy")
    return tmp_path / "copy"


def journal(folder: Path, session: str) -> Path:
    return folder / f"data/sourcedata/sub-01/ses-{session}/journal.jsonl"


def without_consent(folder: Path) -> ConsentAtStart:
    """The start of a session whose protocol asks for nothing."""
    return consent_at_start(plan_of(folder, "post", consents=""), folder / "data")


def test_the_refusal_counts_as_long_as_nothing_is_changed(folder: Path) -> None:
    found = without_consent(folder)

    assert (found.state, found.source, found.doubts) == ("refused", "sub-01_ses-mid", ())


def edit_answers(file: Path) -> None:
    file.write_text(
        file.read_text().replace('"still":"no"', '"still":"yes"').replace('"agreed":false', '"agreed":true')
    )


def cut(file: Path) -> None:
    lines = file.read_text().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if '"event":"clause"' in line)
    file.write_text("".join(lines[:first]))


def empty(file: Path) -> None:
    file.write_text("")


def put_agreement_over_it(file: Path) -> None:
    shutil.copy(file.parent.parent / "ses-pre" / file.name, file)


@pytest.mark.parametrize("damage", [edit_answers, cut, empty, Path.unlink, put_agreement_over_it])
def test_a_refusal_that_was_lost_leaves_no_older_agreement(damage: object, folder: Path) -> None:
    damage(journal(folder, "mid"))  # type: ignore[operator]

    found = without_consent(folder)
    asked = consent_at_start(plan_of(folder, "post"), folder / "data")

    assert found.state == "pending"
    assert [doubt.source for doubt in found.doubts] == ["sub-01_ses-mid"]
    assert str(journal(folder, "mid")) in found.doubts[0].message
    assert (asked.state, asked.missing) == ("pending", ("first", "again"))


def test_an_agreement_after_the_damaged_session_counts(folder: Path) -> None:
    """Asked in the session itself: a damaged journal of an earlier session does not forbid it for ever."""
    edit_answers(journal(folder, "mid"))
    consents = CONSENTS.replace("sessions: [mid]", "sessions: [post]").replace("still?", "now?")
    plan = plan_of(folder, "post", consents=consents)
    keyboards: list = []  # type: ignore[type-arg]

    def script(screen: Screen, flip: object) -> bool:
        asked = "Film me" in texts_of(screen)
        if asked:
            keyboards[0].press("y", flip.time_s + 0.1)  # type: ignore[attr-defined]
        return asked

    done = run(plan, folder / "data", on_screen=script, keyboards=keyboards)

    assert done.trial(0).problem is None
    assert len(list(done.history.place.source.rglob("*.png"))) > 0


def rename_folder(source: Path) -> None:
    source.rename(source.parent.parent / "sub-77")


def rename_with_a_blank(source: Path) -> None:
    source.rename(source.with_name("ses-mid (1)"))


def move_out(source: Path) -> None:
    (source / "journal.jsonl").rename(source.parents[2] / "Copy of journal.jsonl")


@pytest.mark.parametrize("move", [rename_folder, rename_with_a_blank, move_out])
def test_a_refusal_in_a_journal_elsewhere_is_found(move: object, folder: Path) -> None:
    move(journal(folder, "mid").parent)  # type: ignore[operator]
    shutil.rmtree(folder / "data/sub-01/ses-mid", ignore_errors=True)
    shutil.rmtree(journal(folder, "mid").parent, ignore_errors=True)

    found = without_consent(folder)

    assert (found.state, found.source) == ("refused", "sub-01_ses-mid")


def test_an_agreement_in_a_journal_elsewhere_does_not_count(folder: Path) -> None:
    shutil.rmtree(journal(folder, "mid").parent)
    shutil.rmtree(folder / "data/sub-01")
    rename_with_a_blank(journal(folder, "pre").parent)

    assert without_consent(folder).state == "not-asked"
    assert consent_at_start(plan_of(folder, "mid"), folder / "data").missing == ("first",)


def test_a_copy_that_cannot_be_read_allows_nothing(folder: Path) -> None:
    """The line is of participant 01, the rest is damaged."""
    lines = journal(folder, "mid").read_text().splitlines(keepends=True)
    (folder / "data/sourcedata/journal_old.jsonl").write_text(lines[0] + lines[3])
    shutil.rmtree(journal(folder, "mid").parent)
    shutil.rmtree(folder / "data/sub-01/ses-mid")

    found = without_consent(folder)

    assert (found.state, found.source) == ("pending", "sourcedata/journal_old.jsonl")


def test_tables_of_another_program_are_not_a_lost_session(folder: Path) -> None:
    shutil.rmtree(folder / "data")
    tables = folder / "data/sub-01/ses-x/beh"
    tables.mkdir(parents=True)
    (tables / "sub-01_ses-x_task-stroop_beh.tsv").write_text("onset\n1\n")
    (tables / "sub-01_ses-x_task-stroop_beh.json").write_text("{}")

    assert without_consent(folder).state == "not-asked"


def given(given_s: float, session: str, *, agreed: bool, is_dated: bool = True) -> ClauseAnswer:
    facts = ClauseFacts("film", "words", recording=True, required=False)
    return ClauseAnswer(given_s, f"sub-01_ses-{session}", "again", agreed, facts, is_dated=is_dated)


@pytest.mark.parametrize(
    ("agreement", "refusal", "state"),
    [
        (given(200, "x", agreed=True), given(100, "y", agreed=False), "granted"),
        (given(100, "x", agreed=True), given(200, "y", agreed=False), "refused"),
        (given(200, "pre", agreed=True), given(100, "mid", agreed=False), "refused"),  # the clock was set back
        (given(200, "mid", agreed=True), given(100, "pre", agreed=False), "granted"),
        (given(200, "x", agreed=True), given(100, "y", agreed=False, is_dated=False), "refused"),
        (given(200, "x", agreed=True, is_dated=False), given(100, "y", agreed=False), "refused"),
        (given(200, "mid", agreed=True), given(300, "pre", agreed=False, is_dated=False), "granted"),
    ],
)
def test_an_agreement_replaces_only_a_refusal_that_is_certainly_older(
    agreement: ClauseAnswer, refusal: ClauseAnswer, state: str, folder: Path
) -> None:
    others = tuple(sorted((agreement, refusal), key=lambda one: one.given_s))

    assert filming_state(plan_of(folder, "post", consents=""), Evidence((), others)).state == state


def test_an_agreement_of_the_resumed_session_does_not_outlive_a_later_damaged_one(folder: Path) -> None:
    plan = plan_of(folder, "mid")
    own = replace(given(200, "mid", agreed=True))
    after, before = Doubt("sub-01_ses-x", "", given_s=300.0), Doubt("sub-01_ses-x", "", given_s=100.0)

    assert filming_state(plan, Evidence((own,), (), (after,))).state == "pending"
    assert filming_state(plan, Evidence((own,), (), (before,))).state == "granted"


def test_an_answer_from_the_future_is_not_newer_than_a_refusal(folder: Path) -> None:
    """Agreed while the clock was years ahead, refused after it was set."""
    empty_folder = folder / "other"
    year_s = 365 * 86400.0
    with pytest.MonkeyPatch.context() as patched:
        now_s = time.time()
        patched.setattr(time, "time", lambda: now_s + year_s)
        answer(empty_folder, "mid", "y")
    answer(empty_folder, "pre", "n")

    assert without_consent(empty_folder).state == "refused"


def test_a_session_does_not_begin_before_a_recorded_session(folder: Path) -> None:
    """The clock of the computer was set back by a day."""
    plan, now_s = plan_of(folder, "post"), time.time() - 86400
    place = SessionPlace(folder / "data", "01", "post")

    assert clock_problem(place, now_s=time.time()) == ""
    assert "ses-mid was recorded at" in clock_problem(place, now_s=now_s)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "time", lambda: now_s)
        with pytest.raises(RecordError, match=r"set the clock, or accept this with --accept clock"):
            check_data_set(plan, folder / "data", Options())
        accepted = check_data_set(plan, folder / "data", Options(accept=("clock",)))

    assert len(accepted.accepted) == 1
    assert header_of(plan, accepted, display={}, camera={}).options["accept"] == ["clock"]


def test_an_agreement_in_a_simulated_or_pilot_session_does_not_count_for_a_person(folder: Path) -> None:
    shutil.rmtree(folder / "data")
    plan = plan_of(folder, "pre")
    for options, word in ((Options(camera="simulated"), "is_simulated"), (Options(pilot=True), "is_pilot")):
        keyboards: list = []  # type: ignore[type-arg]

        def script(screen: Screen, flip: object, keys: list = keyboards) -> bool:  # type: ignore[type-arg]
            asked = "Film me" in texts_of(screen)
            if asked:
                keys[0].press("y", flip.time_s + 0.1)  # type: ignore[attr-defined]
            return asked

        run(plan, folder / word, on_screen=script, keyboards=keyboards, options=options)
        counts = consent_at_start(plan_of(folder, "mid"), folder / word, **{word: True})
        person = consent_at_start(plan_of(folder, "mid"), folder / word)

        assert counts.missing == ()
        assert person.missing == ("first",)
