"""Plans: groups, orders, times and texts of every participant."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from analysis.face.models.drawn_face import DrawnFace
from analysis.face.synthetic.drawn_course import Course, DrawnMovement
from experiment.errors import ProtocolError
from experiment.protocol.language.texts import SHORT_TEXTS, program_texts
from experiment.protocol.load import Protocol, load_protocol
from experiment.protocol.plan import (
    Break,
    Calibration,
    ChoiceQuestion,
    Consent,
    Form,
    Motion,
    Page,
    Rating,
    SessionPlan,
    Trial,
)
from experiment.protocol.planner import design
from tests.experiment.protocol.conftest import SIX

Load = Callable[..., Protocol]
ALL_SIX = "[anger, disgust, fear, happiness, sadness, surprise]"


def trials(plan: SessionPlan) -> list[Trial]:
    return [step for step in plan.steps if isinstance(step, Trial)]


def order(plan: SessionPlan) -> list[str]:
    return [trial.target.name for trial in trials(plan)]


def block(order: str, *, more: str = "", trials: str = ALL_SIX) -> str:
    return f"  - {{name: main, kind: experiment, trials: {trials}, order: {order}{more}}}\n"


class NumberedFiles:
    """A renderer that draws nothing; its files are the numbers of the faces."""

    def __init__(self) -> None:
        self.calls: list[list[DrawnFace | DrawnMovement]] = []

    def __call__(self, faces: Sequence[DrawnFace | DrawnMovement]) -> list[Path]:
        self.calls.append(list(faces))
        return [Path(str(number)) for number in range(len(faces))]


def test_a_design_is_a_pure_function_of_protocol_participant_session_and_seed(load: Load) -> None:
    protocol = load(block("random"))

    assert design(protocol, participant="07", seed=3) == design(protocol, participant="07", seed=3)


def test_different_participants_get_different_random_orders(load: Load) -> None:
    protocol = load(block("random", more=", repetitions: 4"))

    orders = {tuple(order(design(protocol, participant=f"{n:02d}"))) for n in range(1, 41)}

    assert len(orders) == 40


def test_another_seed_or_session_gives_another_order(load: Load) -> None:
    protocol = load(block("random", more=", repetitions: 4"))

    plans = [design(protocol, participant="01", session=s, seed=n) for s in (None, "a") for n in (1, 2)]

    assert len({tuple(order(plan)) for plan in plans}) == 4


def test_same_for_everyone_gives_all_participants_one_order(load: Load) -> None:
    protocol = load(block("{kind: random, same_for_everyone: true}"))

    assert len({tuple(order(design(protocol, participant=f"{n:02d}"))) for n in range(1, 21)}) == 1


def test_a_fixed_order_is_the_one_written(load: Load) -> None:
    plan = design(load(block("fixed", more=", repetitions: 2")), participant="01")

    assert order(plan) == [*SIX, *SIX]


def test_orders_equal_the_recorded_ones(load: Load) -> None:
    """A recorded value: a change of it changes studies that are running."""
    plan = design(load(block("random")), participant="01", seed=1)

    assert order(plan) == ["surprise", "sadness", "fear", "anger", "disgust", "happiness"]


def test_six_participants_in_a_row_balance_a_williams_square(load: Load) -> None:
    protocol = load(block("williams"))
    for start in (1, 7, 13):
        orders = [order(design(protocol, participant=f"P{n:02d}")) for n in range(start, start + 6)]
        for position in range(6):
            assert sorted(o[position] for o in orders) == sorted(SIX)
        followers = Counter(pair for o in orders for pair in itertools.pairwise(o))
        assert set(followers.values()) == {1}
        assert len(followers) == 30


def test_groups_are_filled_by_their_quotas(load: Load) -> None:
    protocol = load(block("fixed"), more="groups: {feedback: {live: 2, none: 1}, picture: [own, other]}\n")

    for start in (1, 7, 13, 19):
        groups = [design(protocol, participant=f"{n:03d}").groups for n in range(start, start + 6)]
        assert Counter(tuple(g.values()) for g in groups) == {
            ("live", "own"): 2,
            ("live", "other"): 2,
            ("none", "own"): 1,
            ("none", "other"): 1,
        }


def test_groups_and_williams_rows_are_not_confounded(load: Load) -> None:
    """Within each group, every run of six participants of that group has the whole square."""
    protocol = load(block("williams"), more="groups: {feedback: [live, none]}\n")
    plans = [design(protocol, participant=f"{n:02d}") for n in range(1, 25)]

    for group in ("live", "none"):
        orders = [tuple(order(plan)) for plan in plans if plan.groups["feedback"] == group]
        assert len(orders) == 12
        assert len(set(orders[:6])) == len(set(orders[6:])) == 6


def test_the_group_of_a_participant_is_the_same_in_every_session(load: Load) -> None:
    protocol = load(block("random"), more="groups: {feedback: [live, none]}\nsessions: [pre, post]\n")

    for n in range(1, 30):
        pre, post = (design(protocol, participant=f"{n:02d}", session=session) for session in ("pre", "post"))
        assert pre.groups == post.groups


def test_a_participant_without_a_number_also_has_a_group_and_an_order(load: Load) -> None:
    protocol = load(block("williams"), more="groups: {feedback: [live, none]}\n")

    counts = Counter(design(protocol, participant=f"p{n}x").groups["feedback"] for n in range(200))

    assert min(counts.values()) > 60


def test_blocks_of_other_sessions_and_groups_are_left_out(load: Load) -> None:
    protocol = load(
        "  - {name: first, kind: break, sessions: [pre]}\n"
        "  - {name: live, kind: break, only_for: {feedback: live}}\n"
        "  - {name: none, kind: break, only_for: {feedback: [none]}}\n" + block("fixed"),
        more="groups: {feedback: [live, none]}\nsessions: [pre, post]\n",
    )

    for n in range(1, 9):
        plan = design(protocol, participant=f"{n:02d}", session="post")
        assert [step.id for step in plan.steps if isinstance(step, Break)] == [plan.groups["feedback"]]


def test_a_protocol_with_sessions_requires_one_of_them(load: Load) -> None:
    protocol = load(block("fixed"), more="sessions: [pre, post]\n")

    with pytest.raises(ProtocolError, match=r"has the sessions pre, post; choose one with --session"):
        design(protocol, participant="01")
    with pytest.raises(ProtocolError, match=r"no session `prae`; did you mean `pre`\?"):
        design(protocol, participant="01", session="prae")


def test_one_block_per_target_names_the_blocks_and_keeps_repetitions_together(load: Load) -> None:
    protocol = load(block("random", more=", one_block_per_target: true, repetitions: 3"))

    plan = design(protocol, participant="05")

    blocks = [trial.block for trial in trials(plan)]
    assert sorted(set(blocks)) == sorted(f"main-{name}" for name in SIX)
    assert [blocks[n] for n in range(0, 18, 3)] == list(dict.fromkeys(blocks))
    assert [trial.id for trial in trials(plan)][:3] == [f"{blocks[0]}-00{n}" for n in (1, 2, 3)]


def test_no_target_follows_itself_with_a_limit_of_one(load: Load) -> None:
    protocol = load(block("{kind: random, max_in_a_row: {target: 1}}", more=", repetitions: 5"))

    for n in range(1, 21):
        names = order(design(protocol, participant=f"{n:02d}"))
        assert len(names) == 30
        assert all(a != b for a, b in itertools.pairwise(names))


def test_each_repetition_ends_before_the_next_begins_with_each_repetition(load: Load) -> None:
    limits = "{kind: random, shuffle: each-repetition, max_in_a_row: {target: 1}}"
    protocol = load(block(limits, more=", repetitions: 5"))

    for n in range(1, 11):
        names = order(design(protocol, participant=f"{n:02d}"))
        assert all(sorted(names[start : start + 6]) == sorted(SIX) for start in range(0, 30, 6))
        assert all(a != b for a, b in itertools.pairwise(names))


def test_a_crossing_of_factors_gives_every_combination_with_its_condition(load: Load) -> None:
    crossing = "{cross: {emotion: [anger, fear], block: [one, two, three]}, target: '{emotion}'}"
    plan = design(load(block("random", trials=crossing)), participant="01")

    conditions = Counter((t.target.name, t.condition["emotion"], t.condition["block"]) for t in trials(plan))

    assert conditions == {(e, e, b): 1 for e in ("anger", "fear") for b in ("one", "two", "three")}


def test_jittered_times_vary_from_trial_to_trial_within_their_limits(load: Load) -> None:
    protocol = load(block("fixed", more=", repetitions: 20"), more="timing: {fixation: {from: 0.5 s, to: 1 s}}\n")

    frames = [trial.fixation_frames for trial in trials(design(protocol, participant="01"))]

    assert min(frames) >= 30
    assert max(frames) <= 60
    assert len(set(frames)) > 15
    assert abs(sum(frames) / len(frames) - 45) < 4


def test_times_of_a_block_replace_the_common_ones_one_by_one(load: Load) -> None:
    timing = "timing: {target: 2 s, timeout: until-response}"
    protocol = load(block("fixed", more=f", {timing}"), more="timing: {fixation: 0 frames, inter_trial: 1 s}\n")

    trial = trials(design(protocol, participant="01"))[0]

    assert (trial.fixation_frames, trial.target_frames, trial.timeout_frames) == (0, 120, None)
    assert trial.inter_trial_frames == 60


def test_every_kind_of_block_gives_its_step_in_the_language_of_the_participant(load: Load) -> None:
    protocol = load(
        "  - {name: hello, kind: instructions, pages: [{text: {en: One, ja: 一}}, {text: {en: Two, ja: 二}}]}\n"
        "  - name: agree\n    kind: consent\n    text: {en: Please, ja: どうぞ}\n"
        "    clauses: [{id: film, text: {en: film, ja: 撮影}, about: recording}]\n"
        "  - name: you\n    kind: form\n    questions:\n"
        "      - {id: gender, kind: choice, label: {en: Gender, ja: 性別},"
        " choices: [{value: f, label: {en: female, ja: 女性}}, {value: m, label: {en: male, ja: 男性}}]}\n"
        "  - {name: base, kind: calibration}\n" + block("fixed", more=", rest: {every: 4, shortest: 5 s}"),
        more="language: ja\ntitle: {en: Faces, ja: 顔}\n",
    )

    plan = design(protocol, participant="01")

    assert [(s.id, s.text) for s in plan.steps if isinstance(s, Page)] == [("hello-1", "一"), ("hello-2", "二")]
    (consent,) = (s for s in plan.steps if isinstance(s, Consent))
    assert (consent.clauses[0].text, consent.clauses[0].recording) == ("撮影", True)
    (form,) = (s for s in plan.steps if isinstance(s, Form))
    assert (form.questions[0].choices, form.questions[0].values) == (("女性", "男性"), ("f", "m"))
    (base,) = (s for s in plan.steps if isinstance(s, Calibration))
    assert "カメラ" in base.text
    (rest,) = (s for s in plan.steps if isinstance(s, Break))
    assert (rest.id, rest.shortest_frames) == ("main-rest-1", 300)
    assert plan.title == "顔"
    assert design(protocol, participant="01", language="en").title == "Faces"


def test_ids_of_steps_are_unique(load: Load) -> None:
    plan = design(
        load(
            "  - {name: p, kind: practice, trials: [anger], repeat_until: {at_most: 3}}\n"
            + block("random", more=", repetitions: 3, rest: {every: 2}")
        ),
        participant="01",
    )

    ids = [step.id for step in plan.steps]

    assert len(set(ids)) == len(ids)
    assert [t.round for t in trials(plan) if t.block == "p"] == [1, 2, 3]
    assert plan.criteria["p"].rounds == 3
    assert [trial.index for trial in trials(plan)] == list(range(len(trials(plan))))


def test_six_participants_of_the_published_study_begin_with_six_different_faces(load: Load) -> None:
    """Williams over blocks: participants 1 to 6 have six different first faces."""
    protocol = load(block("williams", more=", one_block_per_target: true"))

    firsts: Sequence[str] = [order(design(protocol, participant=f"{n:02d}"))[0] for n in range(1, 7)]

    assert sorted(firsts) == sorted(SIX)


def test_a_text_of_the_protocol_replaces_the_programs_text_in_its_language() -> None:
    for name in ("end", "end-question"):
        assert program_texts("en", {name: {"": "Bye"}})[name] == "Bye"
        assert program_texts("de-AT", {name: {"de": "Ade"}})[name] == "Ade"
        assert program_texts("fi", {name: {"en": "Bye"}})[name] == "Bye"
        assert program_texts("de", {name: {"fi": "Hei hei"}})[name] == SHORT_TEXTS[name]["de"]


def test_blends_are_rendered_in_one_call_and_only_if_the_protocol_has_any(folder: Path) -> None:
    render = NumberedFiles()
    texts = ("a: {image: targets/anger.png}", "a: {image: targets/anger.png}, mixed: {blend: {fear: 0.5}, height: 0.4}")
    files = [folder / "pictures.yaml", folder / "blends.yaml"]
    for file, targets in zip(files, texts, strict=True):
        blocks = "blocks:\n  - {name: main, kind: experiment, trials: [a]}\n"
        file.write_text(f"protocol: 1\nname: study\ntargets: {{{targets}}}\n{blocks}", encoding="utf-8")
    pictures, blends = (load_protocol(file) for file in files)

    design(pictures, participant="01", render=render)
    assert render.calls == []
    plan = design(blends, participant="01", render=render)

    assert render.calls == [[DrawnFace(), DrawnFace({"fear": 0.5})]]
    mixed = plan.targets[1]
    assert (mixed.image, mixed.neutral, mixed.blend, mixed.height) == (Path("1"), Path("0"), {"fear": 0.5}, 0.4)
    with pytest.raises(ValueError, match="mixed: planning a target that is drawn needs a renderer"):
        design(blends, participant="01")


def test_each_poser_has_a_neutral_face_of_its_own(folder: Path) -> None:
    render = NumberedFiles()
    file = folder / "posers.yaml"
    file.write_text(
        "protocol: 1\nname: study\ntargets:\n"
        "  smile: {blend: {happiness: 1}, expression: happiness}\n"
        "  smile-mei: {blend: {happiness: 1}, expression: happiness, poser: mei}\n"
        "  jaw-mei: {units: {jawOpen: 1}, expression: jaw, poser: mei, course: {onset: 6 frames}}\n"
        "blocks:\n  - {name: main, kind: experiment, trials: [smile, smile-mei, jaw-mei]}\n",
        encoding="utf-8",
    )
    smile, mei, jaw = design(load_protocol(file), participant="01", render=render).targets

    (asked,) = render.calls
    assert asked[:2] == [DrawnFace(poser="robin"), DrawnFace(poser="mei")]
    assert (smile.neutral, mei.neutral, jaw.neutral) == (Path("0"), Path("1"), Path("1"))
    assert [one.poser for one in asked[2:]] == ["robin", "mei", "mei", "mei"]
    assert jaw.movement == asked[5]
    assert jaw.motion == Motion("course", Path("5"))


def test_a_drawn_target_that_moves_has_a_picture_of_its_apex_and_a_video_of_its_course(folder: Path) -> None:
    render = NumberedFiles()
    file = folder / "courses.yaml"
    file.write_text(
        "protocol: 1\nname: study\ntargets:\n"
        "  still: {units: {jawOpen: 0.5}, expression: open}\n"
        "  moving: {blend: {surprise: 0.5}, course: {delay: 0.5 s, onset: 400 ms, hold: 1 s, offset: 600 ms}}\n"
        "  stays: {units: {browOuterUpLeft: 1, jawOpen: 0}, expression: brow, course: {onset: 24 frames}}\n"
        "blocks:\n  - {name: main, kind: experiment, trials: [still, moving, stays]}\n",
        encoding="utf-8",
    )
    still, moving, stays = design(load_protocol(file), participant="01", render=render).targets

    shown: list[dict[str, float]] = [{}, {"jawOpen": 0.5}, {"surprise": 0.5}, {"browOuterUpLeft": 1, "jawOpen": 0}]
    (asked,) = render.calls
    assert asked[:4] == [DrawnFace(strengths) for strengths in shown]
    assert asked[4:] == [moving.movement, stays.movement]
    assert (still.image, still.neutral, still.motion, still.units) == (Path("1"), Path("0"), None, {"jawOpen": 0.5})
    assert moving.motion == Motion("course", Path("4"))
    assert moving.image == Path("2")
    assert moving.movement is not None
    assert moving.movement.course == Course(60, delay=30, onset=24, hold=60, offset=36, length=151)
    assert moving.movement.apex["eyeWideLeft"] == pytest.approx(0.35)
    assert stays.movement == DrawnMovement({"browOuterUpLeft": 1}, Course(60, 0, 24, 0, 0, length=25))


VIEWING = """  - name: watch
    kind: viewing
    trials: [anger, disgust, fear, happiness, sadness, surprise]
    repetitions: 5
    order: random
    baseline: 1 s
    probe: {share: 0.2, after: {from: 1 s, to: 5 s}, key: b, at: [0.1, -0.05], colour: yellow}
    timing: {fixation: 2 s, target: 8 s}
"""


def test_a_viewing_trial_has_a_fixed_time_a_baseline_and_no_response_key(load: Load) -> None:
    plan = design(load(VIEWING), participant="01")

    for trial in trials(plan):
        assert (trial.kind, trial.fixation_frames, trial.baseline_frames) == ("viewing", 120, 60)
        assert (trial.target_frames, trial.timeout_frames, trial.respond_keys) == (480, None, ())
        assert trial.probe_key == "b"
        assert trial.is_viewing


def test_a_fifth_of_thirty_trials_has_a_probe_at_a_time_within_its_limits(load: Load) -> None:
    protocol = load(VIEWING)
    chosen = set()
    for number in range(1, 11):
        plan = design(protocol, participant=f"{number:02d}")
        probes = [trial.probe for trial in trials(plan) if trial.probe is not None]
        assert len(probes) == 6
        assert all(60 <= probe.after_frames <= 300 for probe in probes)
        assert {(probe.duration_frames, probe.window_frames) for probe in probes} == {(12, 60)}
        assert {(probe.at, probe.colour) for probe in probes} == {((0.1, -0.05), "yellow")}
        assert len({probe.after_frames for probe in probes}) > 1
        chosen.add(tuple(trial.id for trial in trials(plan) if trial.probe is not None))
    assert len(chosen) == 10, "each participant has probes in other trials"
    assert design(protocol, participant="01") == design(protocol, participant="01")


def test_probes_do_not_change_the_order_and_the_times_of_the_trials(load: Load) -> None:
    without = VIEWING.replace(", key: b", "").replace("    probe: {share: 0.2, after: {from: 1 s, to: 5 s}", "    # ")

    with_probes, plain = (design(load(text), participant="03") for text in (VIEWING, without))

    assert order(with_probes) == order(plain)
    assert {trial.probe_key for trial in trials(plain)} == {None}


def test_viewing_and_instructed_blocks_go_together(load: Load) -> None:
    plan = design(load(VIEWING + block("random")), participant="01")

    assert Counter(trial.kind for trial in trials(plan)) == {"viewing": 30, "experiment": 6}
    imitated = [trial for trial in trials(plan) if trial.kind == "experiment"]
    assert {trial.respond_keys for trial in imitated} == {("space",)}
    assert {(trial.baseline_frames, trial.probe_key, trial.probe) for trial in imitated} == {(0, None, None)}


DEBRIEFING = """  - {name: watch, kind: viewing, trials: [anger], timing: {target: 1 s}}
  - name: use
    kind: consent
    sessions: [pre]
    text: The film was about mimicry.
    clauses: [{id: use, about: use_of_recording, text: The film may be used.}]
"""


def test_a_consent_about_the_use_of_a_film_ends_no_session_and_allows_no_filming(load: Load) -> None:
    protocol = load(DEBRIEFING, more="sessions: [pre, post]\n")

    pre, post = (design(protocol, participant="01", session=session) for session in ("pre", "post"))

    (consent,) = [step for step in pre.steps if isinstance(step, Consent)]
    assert [(clause.use, clause.required) for clause in consent.clauses] == [(True, False)]
    assert (pre.use_consents, pre.filming_consents) == (("use",), ())
    assert [step for step in post.steps if isinstance(step, Consent)] == [], "a later session does not ask about it"


QUESTIONS = """groups: {{feedback: [live, none]}}
ratings: {{felt: {{question: How?, labels: [bad, good], time_limit: 2 s}}}}
questions:
  emotion:
    kind: choice
    question: {{en: Which?, de: Welche?}}
    choices: [anger, {{value: fear, label: {{en: fear, de: Angst}}}}, joy]
    keys: [a, s, d]
    right_answer: "{{expression}}"
    counterbalance: {by}
  strength: {{kind: slider, question: How strong?, right_answer: "{{strength}}", tolerance: 10}}
"""
STRONG = "[{target: anger, condition: {strength: '20'}}, {target: fear, condition: {strength: '80'}}]"


def answers_by_key(plan: SessionPlan) -> tuple[str, ...]:
    asked = next(one for one in trials(plan)[0].asked if isinstance(one, ChoiceQuestion))
    assert asked.keys == ("a", "s", "d")
    return asked.values


def test_questions_follow_the_ratings_in_the_order_of_the_block_with_the_right_answer_of_each_trial(load: Load) -> None:
    asked = ", ratings: [felt], questions: [strength, emotion]"
    protocol = load(block("fixed", more=asked, trials=STRONG), more=QUESTIONS.format(by="participants"))

    first, second = trials(design(protocol, participant="01", language="de"))

    assert [one.id for one in first.asked] == ["felt", "strength", "emotion"]
    assert first.asked[0].time_limit_frames == 120
    assert [one.right_answer for one in (*first.questions, *second.questions) if not isinstance(one, Rating)] == [
        20.0,
        "anger",
        80.0,
        "fear",
    ]
    choice = first.questions[1]
    assert isinstance(choice, ChoiceQuestion)
    assert (choice.question, choice.labels) == ("Welche?", ("anger", "Angst", "joy"))


def test_a_rating_may_be_asked_between_two_questions(load: Load) -> None:
    asked = ", questions: [strength, felt, emotion]"
    protocol = load(block("fixed", more=asked, trials=STRONG), more=QUESTIONS.format(by="participants"))

    assert [one.id for one in trials(design(protocol, participant="01"))[0].asked] == ["strength", "felt", "emotion"]


def test_answers_change_their_keys_from_one_participant_of_a_group_to_the_next(load: Load) -> None:
    asked = ", questions: [emotion]"
    protocol = load(block("fixed", more=asked, trials=STRONG), more=QUESTIONS.format(by="participants"))
    plans = [design(protocol, participant=f"{n:02d}", session="a") for n in range(1, 13)]

    for group in ("live", "none"):
        orders = [answers_by_key(plan) for plan in plans if plan.groups["feedback"] == group]
        assert orders == [("anger", "fear", "joy"), ("fear", "joy", "anger"), ("joy", "anger", "fear")] * 2
    assert answers_by_key(design(protocol, participant="02", session="b")) == answers_by_key(plans[1])


def test_answers_change_their_keys_from_one_group_to_the_next(load: Load) -> None:
    asked = ", questions: [emotion]"
    protocol = load(block("fixed", more=asked, trials=STRONG), more=QUESTIONS.format(by="feedback"))
    plans = [design(protocol, participant=f"{n:02d}") for n in range(1, 9)]

    found = {(plan.groups["feedback"], answers_by_key(plan)[0]) for plan in plans}

    assert found == {("live", "anger"), ("none", "fear")}
