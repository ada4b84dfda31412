"""``score``: the similarity of two pictures, with its parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.commands.options import Model, OneMetric, chosen_metric, chosen_model

if TYPE_CHECKING:
    from analysis.face.measurement import Exclusion, MeasuredFace
    from analysis.face.models.model import FaceModel
    from analysis.face.similarity.uncertainty import Uncertainty


def score(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="Picture of the expression to imitate.")],
    mimic: Annotated[Path, typer.Argument(metavar="MIMIC", help="Picture of the imitation.")],
    target_neutral: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Picture of the neutral face of the person in TARGET.")
    ] = None,
    mimic_neutral: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Picture of the neutral face of the person in MIMIC.")
    ] = None,
    movement: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:SIDE]",
            help="A single movement that the target asks for, with the side of the person: `lip corner puller:left`."
            " May be given several times.",
        ),
    ] = None,
    all_units: Annotated[
        bool,
        typer.Option("--all-units", help="Print the strengths of movements that 68 landmarks hardly show, too."),
    ] = False,
    retakes: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Another picture of the same imitation; repeatable. Adds the mean score of all of them, whose interval"
            " is narrower. The neutral pictures of both people are needed.",
        ),
    ] = None,
    metric: OneMetric = None,
    model: Model = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Score one imitation against one target.

    Without a neutral picture of a person, their neutral face is estimated from the one picture; the result says so.
    """
    import json

    from analysis.commands.asked_movements import asked_units, movement_facts
    from analysis.commands.measured_units import unit_facts
    from analysis.commands.retake_mean import mean_of_retakes, require_single_scores
    from analysis.face.similarity.parts import compare_faces
    from analysis.face.similarity.uncertainty import score_uncertainty

    asked = asked_units(movement or ())
    chosen = chosen_metric(metric)
    mimics = [mimic, *(retakes or ())]
    if retakes:
        require_single_scores(chosen, mimics, neutral=target_neutral is not None and mimic_neutral is not None)
    face_model = chosen_model(model)
    (shown,), shown_calibration = _measured("target", [target], target_neutral, model=face_model)
    (imitated, *others), imitated_calibration = _measured("mimic", mimics, mimic_neutral, model=face_model)
    result = compare_faces(shown, imitated, chosen, face_model)
    certain = score_uncertainty(result.score, shown, imitated, metric=chosen.name, model=face_model)
    facts: dict[str, Any] = {
        "metric": result.metric,
        "formula": chosen.formula,
        "score": result.score,
        **_certainty(None if result.without_expression else certain),
        "parts": dict(result.parts),
        "units_share": result.units_share,
        "no_expression": list(result.without_expression),
        "regions": dict(result.regions),
        "intensity_ratio": result.intensity_ratio,
        "strength_mm": _both(result.target_strength_mm, result.mimic_strength_mm),
        "noise_floor_mm": _both(result.target_floor_mm, result.mimic_floor_mm),
        "asymmetry": _both(result.target_asymmetry, result.mimic_asymmetry),
        "distance_mm": {"mean": float(result.distance_mm.mean()), "largest": float(result.distance_mm.max())},
        "units": unit_facts(shown, imitated, all_units=all_units),
        "calibration": _both(shown_calibration, imitated_calibration),
        "measurement": _both(_quality(shown, all_units=all_units), _quality(imitated, all_units=all_units)),
        "model": face_model.name,
    }
    if retakes:
        facts["retakes"] = mean_of_retakes(result.score, shown, [imitated, *others], chosen, model=face_model)
    if asked:
        facts["movements"] = movement_facts(shown, imitated, asked, face_model)
    typer.echo(json.dumps(facts, indent=2) if as_json else "\n".join(_lines(facts)))


def _certainty(one: Uncertainty | None) -> dict[str, Any]:
    """Return interval and likelihood ratio, also in words."""
    return {
        "interval": None if one is None else [one.low, one.high],
        "likelihood_ratio": None if one is None else one.likelihood_ratio,
        "likelihood_ratio_limit": None if one is None else one.ratio_limit,
        "meaning": "" if one is None else f"{one.interval_text}; {one.ratio_text}",
    }


def _both(target: object, mimic: object) -> dict[str, object]:
    return {"target": target, "mimic": mimic}


def _measured(
    who: str, shown: Sequence[Path], neutral: Path | None, *, model: FaceModel
) -> tuple[tuple[MeasuredFace, ...], str]:
    """Return the measured faces of a person, and how their faces at rest are known."""
    from analysis.face.errors import FaceError
    from analysis.face.measurement import NEUTRAL, Exclusion, Picture, detect_face, measure_person

    def refuse(exclusions: Iterable[Exclusion]) -> None:
        for one in exclusions:
            raise FaceError(f"{one.file}: {one.short_message}")

    pictures = [Picture(one, who) for one in shown] + ([Picture(neutral, NEUTRAL)] if neutral else [])
    detections = [detect_face(one) for one in pictures]
    refuse(one for one in detections if isinstance(one, Exclusion))
    person = measure_person(f"{who} {shown[0]}", detections, model)
    refuse(person.excluded)
    return person.faces, person.calibration


def _quality(face: MeasuredFace, *, all_units: bool) -> dict[str, Any]:
    """Return how well the face could be measured, judged by its landmarks."""
    from analysis.face.models.movements import HARDLY_SEEN

    fit, landmarks = face.intensity_fit, face.landmarks
    hidden = frozenset() if all_units else HARDLY_SEEN
    return {
        "eye_distance_px": landmarks.eye_distance_px,
        "blur": landmarks.blur,
        "yaw_deg": face.score_fit.pose.yaw_deg,
        "pitch_deg": face.score_fit.pose.pitch_deg,
        "turn_deg": {"side": face.turn_deg[0], "chin_up": face.turn_deg[1]},
        "reprojection_error_px": fit.reprojection_error_px,
        "reprojection_error_eyes": fit.reprojection_error_eyes,
        "uncertainty": {
            name: value for name, value in zip(fit.names, fit.uncertainty.tolist(), strict=True) if name not in hidden
        },
        "unobservable": [name for name in fit.unobservable if name not in hidden],
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    from analysis.commands.measured_units import unit_lines

    lines = [f"{facts['score']:.3f}  {facts['metric']}: {facts['formula']}"]
    if facts["no_expression"]:
        lines = [f"no expression in the {' and the '.join(facts['no_expression'])}: nothing to compare"]
    else:
        lines += [f"  {sentence}" for sentence in facts["meaning"].split("; ") if sentence]
        if "retakes" in facts:
            from analysis.commands.retake_mean import retakes_line

            lines.append(retakes_line(facts["retakes"]))
        weights = {"units": facts["units_share"], "appearance": 1.0 - facts["units_share"]} if facts["parts"] else {}
        lines += [f"  {part:<12}{value:6.2f}   weight {weights[part]:.2f}" for part, value in facts["parts"].items()]
        lines.append("  units by region (cosine):")
        lines += [f"    {region:<10}{value:6.2f}" for region, value in facts["regions"].items()]
    strength, sides = facts["strength_mm"], facts["asymmetry"]
    lines.append(
        f"  strength: {facts['intensity_ratio']:.2f} times the target's "
        f"({strength['mimic']:.1f} mm, target {strength['target']:.1f} mm)"
    )
    lines.append(f"  sides (-1 right ... 1 left): {sides['mimic']:+.2f}, target {sides['target']:+.2f}")
    if "movements" in facts:
        from analysis.commands.asked_movements import movement_lines

        lines += movement_lines(facts["movements"])
    lines += unit_lines(facts["units"])
    blind = sorted({unit for one in facts["measurement"].values() for unit in one["unobservable"]})
    if blind:
        lines.append(f"  units that these landmarks cannot measure: {', '.join(blind)}")
    guessed = [who for who, how in facts["calibration"].items() if how != "neutral"]
    if guessed:
        options = " and ".join(f"--{who}-neutral FILE" for who in guessed)
        lines.append(
            f"  no neutral picture of the {' and the '.join(guessed)}: the score is less certain; add {options}"
        )
    return lines
