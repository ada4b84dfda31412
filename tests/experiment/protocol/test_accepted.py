"""Every accepted protocol can be planned and drawn, for every participant, session and group."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from experiment.preview import distinct_screens, order_lines, plans_of
from experiment.protocol.load import check_bytes
from experiment.protocol.plan import Break, Calibration, Page, Trial
from experiment.protocol.planner import design
from experiment.screens.raster import raster
from experiment.screens.step_screens import every_screen
from tests.experiment.protocol.conftest import SIX

TEXTS = ("Hello", "'Do this: imitate'", "{en: Hello, de: Hallo, ar: 10 مرحبا}", '"two\\nlines"')
TIMES = ("0.5 s", "30 frames", "500 ms", "{from: 0.5 s, to: 1 s}")
LENGTHS = ("1 s", "45 frames", "1 min")
CHOICES = ("[left, right]", "[{value: l, label: left}, {value: r, label: {en: right, de: rechts, ar: يمين}}]")
FACES = ", ".join(SIX)


def maybe(rng: random.Random, key: str, *values: str) -> list[str]:
    return [f"{key}: {rng.choice(values)}"] if rng.random() < 0.5 else []


def a_block(rng: random.Random, number: int) -> str:
    """One block of any kind, with any of its keys, in short and in long forms."""
    parts = [f"name: b{number}"]
    parts += maybe(rng, "sessions", "[pre]", "[post]", "[pre, post]")
    parts += maybe(rng, "only_for", "{group: a}", "{group: [a, b]}", "{light: dim}")
    kinds = ["instructions", "consent", "form", "calibration", "break", "practice", "experiment", "training", "viewing"]
    kind = rng.choice(kinds)
    parts.append(f"kind: {kind}")
    text, title = f"text: {rng.choice(TEXTS)}", maybe(rng, "title", *TEXTS)
    picture = maybe(rng, "picture", "targets/neutral.png")
    if kind == "instructions":
        page = [text, *title, *picture, *maybe(rng, "duration", *LENGTHS)]
        parts += page if rng.random() < 0.5 else ["pages: [{" + ", ".join(page) + "}, {text: More}]"]
    elif kind == "consent":
        about = maybe(rng, "about", "participation", "recording", "other") + maybe(rng, "required", "true", "false")
        parts += [text, *title, "clauses: [{" + ", ".join([f"id: c{number}", text, *about]) + "}]"]
    elif kind == "form":
        asked = [f"id: q{number}", f"label: {rng.choice(TEXTS)}", *maybe(rng, "demographic", "true", "false")]
        asked += rng.choice(
            [
                ["kind: text"],
                ["kind: integer", *maybe(rng, "minimum", "18"), *maybe(rng, "maximum", "99")],
                [
                    "kind: choice",
                    f"choices: {rng.choice(CHOICES)}",
                ],
            ]
        )
        parts += [*title, "questions: [{" + ", ".join(asked) + "}]"]
    elif kind == "calibration":
        parts += [
            *(f"text: {rng.choice(TEXTS)}" for _ in range(rng.randrange(2))),
            *picture,
            *maybe(rng, "frames", "1", "30"),
        ]
    elif kind == "break":
        parts += [*(f"text: {rng.choice(TEXTS)}" for _ in range(rng.randrange(2))), *maybe(rng, "shortest", *LENGTHS)]
    else:
        parts.append(
            "trials: "
            + rng.choice(
                [
                    f"[{FACES}]",
                    "[anger]",
                    "[anger, {target: fear, condition: {gaze: direct}, repetitions: 2}]",
                    "{cross: {emotion: [anger, fear], gaze: [direct, averted]}, target: '{emotion}'}",
                    "{file: table.csv}",
                ]
            )
        )
        parts += maybe(rng, "repetitions", "2", "3")
        parts += maybe(
            rng,
            "order",
            "fixed",
            "random",
            "williams",
            "{kind: random, max_in_a_row: {target: 2}}",
            "{kind: random, shuffle: each-repetition}",
            "{kind: random, same_for_everyone: true}",
        )
        parts += maybe(rng, "ratings", "felt", "[felt, seen]")
        if kind == "viewing":
            parts += ["timing: {fixation: 1 s, target: 3 s}", *maybe(rng, "baseline", "0.5 s", "60 frames")]
            parts += maybe(
                rng, "probe", "{share: 0.5, after: 1 s}", "{share: 1, after: {from: 0.5 s, to: 2 s}, key: x}"
            )
            parts += maybe(rng, "rest", "{every: 2}") + maybe(rng, "one_block_per_target", "true", "false")
            return "  - {" + ", ".join(parts) + "}"
        parts += maybe(
            rng, "timing", "{target: until-response}", "{timeout: 10 s}", f"{{fixation: {rng.choice(TIMES)}}}"
        )
        feedback = maybe(rng, "feedback", "true", "{units: true, mirror: false}")
        parts += feedback + (maybe(rng, "hold", "{similarity: 0.4, time: 1 s}") if feedback else [])
        if kind != "experiment" and rng.random() < 0.3:
            parts += ["repeat_until: " + rng.choice(["{at_most: 3}", "{at_most: 2, answered: 0.5}"])]
        else:
            parts += maybe(rng, "rest", "{every: 2}", "{every: 3, text: Rest, shortest: 10 s}")
            parts += maybe(rng, "one_block_per_target", "true", "false")
    return "  - {" + ", ".join(parts) + "}"


def a_protocol(rng: random.Random) -> str:
    lines = [
        "protocol: 1",
        "name: study",
        "sessions: [pre, post]",
        "groups: {group: [a, b], light: {dim: 2, bright: 1}}",
    ]
    lines += maybe(rng, "title", *TEXTS)
    lines += ["live_metric: " + rng.choice(["units", "combined", "appearance"])]
    lines += maybe(rng, "language", "en", "de", "ar")
    lines += maybe(rng, "display", "{size: [640, 400]}", "{refresh_rate: 120, background: white, text_colour: black}")
    lines += maybe(
        rng, "timing", "{fixation: 0 frames}", f"{{inter_trial: {rng.choice(TIMES)}, target: 2 s, timeout: 3 s}}"
    )
    lines += maybe(rng, "texts", "{end: Bye}", "{continue: {en: '{key} goes on'}}")
    lines += [
        "ratings:",
        "  felt: {question: How?, points: 5, low: bad, high: {en: good, de: gut, ar: جيد}}",
        "  seen: {question: Seen?, labels: ['no', 'yes']}",
    ]
    lines += ["targets:", *(f"  {name}: {{image: targets/{name}.png, neutral: targets/neutral.png}}" for name in SIX)]
    lines += ["blocks:", *(a_block(rng, number) for number in range(rng.randrange(1, 6)))]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(8))
def test_every_protocol_that_is_accepted_can_be_planned_and_drawn(seed: int, folder: Path) -> None:
    (folder / "table.csv").write_text("target,gaze\nanger,direct\nfear,averted\n", encoding="utf-8")
    rng = random.Random(seed)
    accepted = 0
    for _ in range(25):
        text = a_protocol(rng)
        protocol = check_bytes(text.encode(), folder / "study.yaml").protocol
        if protocol is None:
            continue
        accepted += 1
        for plan in plans_of(protocol):
            assert len({step.id for step in plan.steps}) == len(plan.steps), text
            assert all(step.text for step in plan.steps if isinstance(step, Page | Calibration | Break)), text
            assert all(
                step.fixation_frames >= step.baseline_frames and bool(step.respond_keys) != step.is_viewing
                for step in plan.steps
                if isinstance(step, Trial)
            )
            assert list(every_screen(plan))
            list(order_lines(plan))
        again = [design(protocol, participant="07", session="post") for _ in range(2)]
        assert again[0] == again[1]
    assert accepted >= 15  # the others film a group or a session without the consent of the rest

    shown = list(distinct_screens(plans_of(protocol or check_bytes(MINIMAL.encode(), folder / "study.yaml").protocol)))  # type: ignore[arg-type]
    assert all(raster(item.screen, (320, 200)).shape == (200, 320, 3) for item in shown)


MINIMAL = a_protocol(random.Random(0))
