"""The page of results by group, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.evaluation.faces.groups import REFERENCE_TONE
from analysis.evaluation.faces.judging import FACE_PX, FacesEvaluation, GroupResult
from analysis.face.models.emotions import EMOTIONS
from analysis.face.similarity.metrics import DEFAULT_METRIC
from analysis.inference.estimate import Estimate
from analysis.tables.table_text import markdown_rows

SHARE = 0.9
"""A group is within 10 % of the best if it reaches this share of the best value."""
_INTRODUCTION = """# The measurement by group of people

Written by `{command}`; changes by hand are lost.

The same {people} drawn people are photographed in each group. Only the attribute of the group changes: identity,
expressions, head poses, light and camera noise stay. Each person has {neutrals} neutral pictures and one picture of
each of the six emotions, in the person's own version. The face is {face_px:.0f} px wide and turned by
at most 8 degrees. The pictures pass through the real detector and the whole measurement with the default metric
`{metric}`. Targets are {targets} other people of the reference group.

- **Reference**: tone {tone} of the Monk Skin Tone Scale, a young adult, dark and short hair, no beard, no glasses.
  Half of the people are men.
- **Monk 1 to 10**: skin of this tone. **Young, middle, old**: the average change of MakeHuman faces with age, deeper
  wrinkles, and grey hair for old. **Women, men**: the average change with sex.
- **Palsy of one side**: the units of one side keep 0 to 20 % of their strength. Units of the middle of the face
  stay.

![One person in every group](../figures/faces-groups.jpg)

*One drawn person in every group, with a posed smile.*

![Landmark error and rank-1 by group](../figures/faces.png)

*Mean over people with its 95 % interval; the difference is that of the same people. Dotted: the reference.*

## By group

"Error" is the mean distance of the 51 landmarks of brows, eyes, nose and mouth from the projected vertices, in % of
the distance of the outer corners of the eyes. Part of it is the same for everyone: detectors place landmarks by
another definition than the model. "Difference" is the mean of the differences from the reference over people, with
its 95 % interval.
"""
_DIM = """
## Dark skin in dim light, small faces

Share of pictures whose face is found and measured, of {pictures} pictures each: {people} people at rest, happy and
surprised. Exposure 1 is the light of the table above; at 0.12 it is an eighth. Width of the face in px.
"""
_LIMITS = """
## Limits

- Drawn people are not people. Skin has one tone, beards are painted, a headscarf leaves no hair over the brows,
  glasses do not reflect. Differences between real groups can be larger.
- The face model that draws is the one that measures, so shapes of no group are missing from it.
- With {people} people, differences of rank-1 smaller than the half width of their intervals remain unseen.
"""


_CAUSES = """
[measurement.md](../measurement.md#groups-of-people) has the landmark errors by part of the face, their causes, and what
was tried against them."""
_ALL_FOUND = f"""
Every face was found, so the search for faces is not the cause, and a second detector of faces would change nothing. The
cause is the predictor of landmarks.{_CAUSES}"""
_SOME_NOT_FOUND = f"""
Some faces were not found, so part of the differences comes from the search for faces.{_CAUSES}"""


def results_page(found: FacesEvaluation) -> str:
    """Return the page.

    Parameters
    ----------
    found : FacesEvaluation
        The results.
    """
    size = found.size
    parts = [
        _INTRODUCTION.format(
            command=found.command,
            people=size.people,
            neutrals=size.neutrals,
            targets=size.targets,
            face_px=FACE_PX,
            metric=DEFAULT_METRIC,
            tone=REFERENCE_TONE,
        ),
        "\n".join(_group_table(found.groups)),
        "\n".join(["", "## Is the worst group within 10 % of the best?", "", *(f"- {one}" for one in verdicts(found))]),
        _why(found),
        _DIM.format(pictures=found.dim[0].pictures, people=size.dim_people),
        "\n".join(_dim_table(found)),
        _LIMITS.format(people=size.people),
    ]
    return "\n".join(parts)


def verdicts(found: FacesEvaluation) -> list[str]:
    """Return one sentence for detection, landmark error and rank-1."""
    names = {"detected": "Detection", "rank1": "Rank-1 of the default metric", "error": "Landmark error"}
    return [f"**{title}**: {_verdict(found.groups, name)}" for name, title in names.items()]


def _why(found: FacesEvaluation) -> str:
    """Return which of the two steps the differences come from."""
    if all((one.values("detected") == 1).all() for one in found.groups):
        return _ALL_FOUND
    return _SOME_NOT_FOUND


def _verdict(groups: Sequence[GroupResult], name: str) -> str:
    means = {one.group.name: one.mean(name).value for one in groups}
    known = {group: value for group, value in means.items() if value is not None}
    smaller_is_better = name == "error"
    best = min(known, key=known.__getitem__) if smaller_is_better else max(known, key=known.__getitem__)
    share = {
        group: (known[best] / value if smaller_is_better else value / known[best]) for group, value in known.items()
    }

    def shown(value: float) -> str:
        return f"{value:.2f}" if name == "rank1" else f"{100 * value:.1f} %"

    outside = sorted((group for group in share if share[group] < SHARE), key=share.__getitem__)
    if not outside:
        worst = min(share, key=share.__getitem__)
        if known[worst] == known[best]:
            return f"yes. All groups: {shown(known[best])}."
        return f"yes. Best: {best}, {shown(known[best])}; worst: {worst}, {shown(known[worst])}."
    listed = ", ".join(f"{group} ({shown(known[group])})" for group in outside)
    return f"no. Best: {best}, {shown(known[best])}. More than 10 % worse: {listed}."


def _group_table(groups: Sequence[GroupResult]) -> list[str]:
    header = ["group", "detected", "error", "difference", "rank-1", "difference", "AUC", "not measured"]
    rows = []
    for one in groups:
        is_reference = one is groups[0]
        rows.append(
            [
                one.group.name,
                f"{100 * one.values('detected').mean():.0f} %",
                _shown(one.mean("error"), scale=100),
                "" if is_reference else _shown(one.difference("error"), scale=100, signed=True),
                _shown(one.mean("rank1")),
                "" if is_reference else _shown(one.difference("rank1"), signed=True),
                _shown(one.mean("auc"), interval=False),
                ", ".join(f"{count} {reason}" for reason, count in sorted(one.reasons.items())) or "-",
            ]
        )
    return [
        *markdown_rows(header, rows, align=["---", *["---:"] * 6, "---"]),
        "",
        f"n = {len(groups[0].people)} people and {groups[0].pictures} pictures in each group; intervals over people."
        f" Chance of rank-1 is {1 / len(EMOTIONS):.2f}.",
    ]


def _dim_table(found: FacesEvaluation) -> list[str]:
    exposures = list(dict.fromkeys(one.exposure for one in found.dim))
    cells = {(one.tone, one.face_px, one.exposure): one for one in found.dim}
    rows = []
    for tone, px in dict.fromkeys((one.tone, one.face_px) for one in found.dim):
        row = [cells[tone, px, exposure] for exposure in exposures]
        rows.append([f"Monk {tone}", f"{px:.0f}", *(f"{100 * one.found / one.pictures:.0f} %" for one in row)])
    header = ["skin", "face, px", *(f"exposure {value:g}" for value in exposures)]
    return markdown_rows(header, rows, align=["---", *["---:"] * (1 + len(exposures))])


def _shown(estimate: Estimate, *, scale: int = 1, signed: bool = False, interval: bool = True) -> str:
    """Return ``0.83 (0.36 to 1.00)``; ``-`` without a value."""
    if estimate.value is None:
        return "-"
    values = (estimate.value, *(estimate.interval or ())) if interval else (estimate.value,)
    middle, *ends = (f"{scale * value:{'+' if signed else ''}.2f}" for value in values)
    return f"{middle} ({' to '.join(ends)})" if ends else middle
