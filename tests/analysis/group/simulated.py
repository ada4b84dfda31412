"""Long tables of a study with known effects, without faces."""

from __future__ import annotations

from itertools import product

import numpy as np

from analysis.group.data_dictionary import in_order
from analysis.group.long_table import StudyFrames

TARGETS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")


def simulated_study(
    rng: np.random.Generator,
    *,
    participants: int = 12,
    targets: tuple[str, ...] = TARGETS,
    takes: int = 2,
    sessions: tuple[str, ...] = ("",),
    groups: tuple[str, ...] = (),
    levels: tuple[str, ...] = (),
    effect: float = 0.0,
    effect_spread: float = 0.0,
    gain: float = 0.0,
    missing: float = 0.0,
    noise: float = 0.1,
) -> StudyFrames:
    """A study of scores; `effect` is the last level minus the first, `gain` is of the last group in later sessions."""
    easy = dict(zip(targets, rng.normal(0, 0.06, len(targets)), strict=True))
    trials, scores = [], []
    for number in range(participants):
        person, own = f"{number + 1:03d}", rng.normal(0, 0.08)
        slope = rng.normal(effect, effect_spread)
        group = groups[number % len(groups)] if groups else ""
        for index, session in enumerate(sessions):
            shown = product(range(takes), targets, levels or ("",))
            for order, (take, target, level) in enumerate(shown, start=1):
                mean = 0.7 + easy[target] + own
                mean += slope * (levels.index(level) / (len(levels) - 1) if levels else 0)
                mean += gain * (index > 0 and group == groups[-1] if groups else 0)
                values = {name: 0.45 + rng.normal(0, 0.12) for name in targets} | {target: mean + rng.normal(0, noise)}
                best = max(values, key=lambda name: values[name])
                about = {
                    "participant": person,
                    "session": session,
                    "session_number": index + 1,
                    "task": "study",
                    "target_set": 1,
                    "pilot": "no",
                    **({"group_training": group} if groups else {}),
                    "block": "main",
                    **({"condition_pace": level} if levels else {}),
                    "kind": "experiment",
                    "trial_id": f"t{order:03d}",
                    "attempt": 1,
                    "metric": "units",
                }
                left_out = rng.random() < missing
                trials.append(
                    about
                    | {
                        "target": target,
                        "expression": target,
                        "order": order,
                        "take": take + 1,
                        "targets": len(targets),
                        "excluded": "timeout" if left_out else "",
                        **({} if left_out else {"score": values[target], "rank1": float(best == target)}),
                        **({} if left_out else {"rank1_expression": float(best == target), "best_target": best}),
                    }
                )
                if not left_out:
                    identity = {key: value for key, value in about.items() if key not in ("block", "condition_pace")}
                    scores += [
                        identity | {"mimic": target, "target": name, "score": value} for name, value in values.items()
                    ]
    people = [{"participant": name} for name in dict.fromkeys(str(row["participant"]) for row in trials)]
    return StudyFrames(
        in_order("trials", trials),
        in_order("scores", scores),
        in_order("participants", people),
        in_order("targets", []),
    )
