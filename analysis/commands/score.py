"""``score``: two pictures, one number, with the parts it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from analysis.face.errors import FaceError
    from analysis.face.measurement import Exclusion, MeasuredFace
    from analysis.face.models.model import FaceModel


def score(
    target: Annotated[Path, typer.Argument(help="Picture of the expression to imitate.")],
    mimic: Annotated[Path, typer.Argument(help="Picture of the imitation.")],
    target_neutral: Annotated[Path | None, typer.Option(help="The target's face at rest, same person.")] = None,
    mimic_neutral: Annotated[Path | None, typer.Option(help="The imitator's face at rest.")] = None,
    metric: Annotated[str | None, typer.Option(help="How to score; see the documentation of the metrics.")] = None,
    model: Annotated[str | None, typer.Option(help="Face model; see: python -m analysis models.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Score one imitation against one target.

    Without a neutral picture of a person, their face at rest is a guess from the one picture; the result says so.
    """
    import json

    from analysis.face.models.registry import DEFAULT_MODEL, load_model
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from analysis.face.similarity.metrics import metric as find_metric
    from analysis.face.similarity.parts import compare_faces

    chosen = find_metric(metric or DEFAULT_METRIC)
    face_model = load_model(model or DEFAULT_MODEL)
    shown, how_shown = _measured("target", target, target_neutral, face_model)
    imitated, how_imitated = _measured("mimic", mimic, mimic_neutral, face_model)
    result = compare_faces(shown, imitated, chosen, face_model)
    without = result.without_expression
    facts: dict[str, Any] = {
        "metric": result.metric,
        "formula": chosen.formula,
        "score": result.score,
        "parts": dict(result.parts),
        "no_expression": list(without),
        "regions": dict(result.regions),
        "intensity_ratio": result.intensity_ratio,
        "strength_mm": {"target": result.target_strength_mm, "mimic": result.mimic_strength_mm},
        "noise_floor_mm": {"target": result.target_floor_mm, "mimic": result.mimic_floor_mm},
        "asymmetry": {"target": result.target_asymmetry, "mimic": result.mimic_asymmetry},
        "distance_mm": {"mean": float(result.distance_mm.mean()), "largest": float(result.distance_mm.max())},
        "units": {
            name: {"target": float(a), "mimic": float(b)}
            for name, a, b in zip(
                shown.score_fit.names, shown.intensity_fit.expression, imitated.intensity_fit.expression, strict=True
            )
        },
        "calibration": {"target": how_shown, "mimic": how_imitated},
        "measurement": {"target": _quality(shown), "mimic": _quality(imitated)},
        "model": face_model.name,
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    typer.echo("\n".join(_lines(facts)))


def _measured(who: str, picture: Path, neutral: Path | None, model: FaceModel) -> tuple[MeasuredFace, str]:
    from analysis.face.measurement import NEUTRAL, Exclusion, Picture, detect_face, measure_person

    pictures = [Picture(picture, who)] + ([Picture(neutral, NEUTRAL)] if neutral else [])
    seen = [detect_face(one) for one in pictures]
    for one in seen:
        if isinstance(one, Exclusion):
            raise _cannot(one)
    person = measure_person(f"{who} {picture}", seen, model)
    for left_out in person.excluded:
        raise _cannot(left_out)
    return person.faces[0], person.calibration


def _cannot(one: Exclusion) -> FaceError:
    """One sentence that names the picture once; some reasons begin with it."""
    from analysis.face.errors import FaceError

    return FaceError(f"{one.file}: {one.short_message}")


def _quality(face: MeasuredFace) -> dict[str, Any]:
    """How well the face could be measured, as far as its landmarks tell."""
    fit, landmarks = face.intensity_fit, face.landmarks
    return {
        "eye_distance_px": landmarks.eye_distance_px,
        "blur": landmarks.blur,
        "yaw_deg": face.score_fit.pose.yaw_deg,
        "pitch_deg": face.score_fit.pose.pitch_deg,
        "turn_deg": {"side": face.turn_deg[0], "chin_up": face.turn_deg[1]},
        "reprojection_error_px": fit.reprojection_error_px,
        "reprojection_error_eyes": fit.reprojection_error_eyes,
        "uncertainty": dict(zip(fit.names, fit.uncertainty.tolist(), strict=True)),
        "unobservable": list(fit.unobservable),
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['score']:.3f}  {facts['metric']}: {facts['formula']}"]
    if facts["no_expression"]:
        lines = [f"no expression in the {' and the '.join(facts['no_expression'])}: nothing to compare"]
    else:
        lines += [f"  {part:<12}{value:6.2f}" for part, value in facts["parts"].items()]
        lines.append("  units by region (cosine):")
        lines += [f"    {region:<10}{value:6.2f}" for region, value in facts["regions"].items()]
    strength, sides = facts["strength_mm"], facts["asymmetry"]
    lines.append(
        f"  strength: {facts['intensity_ratio']:.2f} of the target's "
        f"({strength['mimic']:.1f} mm, target {strength['target']:.1f} mm)"
    )
    lines.append(f"  sides (-1 right ... 1 left): {sides['mimic']:+.2f}, target {sides['target']:+.2f}")
    blind = sorted({unit for one in facts["measurement"].values() for unit in one["unobservable"]})
    if blind:
        lines.append(f"  units these landmarks cannot see: {', '.join(blind)}")
    guessed = [who for who, how in facts["calibration"].items() if how != "neutral"]
    if guessed:
        lines.append(f"  no neutral picture of the {' and the '.join(guessed)}: the score is less certain")
    return lines
