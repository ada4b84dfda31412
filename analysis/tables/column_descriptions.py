"""Descriptions of the columns of the tables of sessions, timing and training.

Each CSV file has a data dictionary next to it: a JSON file with description, type, unit and levels of every column.
Columns that the protocol or the face model names are described by their prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.face.models.emotions import ACTION_UNITS, EMOTIONS
from analysis.face.models.movements import NAMED_UNITS, WEAKLY, WELL
from analysis.tables.column import Column, ColumnType
from analysis.tables.output_files import json_text, put, rows_csv

YES = {"yes": "yes", "no": "no"}
_KINDS = {
    "experiment": "a trial of the experiment",
    "practice": "a trial of the practice",
    "training": "a trial of the training",
    "viewing": "a trial that is watched",
    "test": "a trial of the experiment",
}
_MADE = {
    "as asked": "on the side or sides that were asked for",
    "mirrored": "on the other side than the one that was asked for",
    "both sides": "on both sides, but asked for on one",
    "left only": "on the left only, but asked for on both sides",
    "right only": "on the right only, but asked for on both sides",
    "not made": "below the limit of detection",
}
_CHANGES = {
    "more": "larger than the smallest detectable change, stronger",
    "less": "larger than the smallest detectable change, weaker",
    "within measurement error": "smaller than the smallest detectable change",
    "not judged: several movements at once": "the target asks for several movements, whose strengths are confused",
}
_WHERE = {
    "left": "on the left of the person",
    "right": "on the right of the person",
    "middle": "of a movement without sides",
}
_BY_SIDE = {"asked_mm": "Strength in the target {where}.", "strength_mm": "Measured strength {where}."}
_COLUMNS: Mapping[str, Column] = {
    "participant": Column("Participant; a text, so that 01 stays 01."),
    "session": Column("Session of the protocol; empty if it has only one."),
    "task": Column("Name of the protocol."),
    "pilot": Column("Whether the session is a trial run; it is in no statistic.", levels=YES),
    "block": Column("Block of the protocol."),
    "kind": Column("Kind of the trial.", levels=_KINDS),
    "trial_id": Column("Name of the trial, unique among the finished trials of a session."),
    "attempt": Column("Number of the attempt, from 1.", "integer"),
    "target": Column("Target: the face to imitate."),
    "mimic": Column("Target that was imitated in the trial."),
    "expression": Column(
        "Expression that the target shows; action units (FACS) of the six emotions.",
        levels={name: f"{name}, {units}" for name, units in ACTION_UNITS.items()},
    ),
    "take": Column("Number among the trials of this target and kind in the session, from 1.", "integer"),
    "outcome": Column("How the trial ended, as in events.tsv."),
    "response_time_s": Column("Key press, or best moment of the hold, minus onset.", "number", "s"),
    "metric": Column("Metric of the score (docs/similarity.md)."),
    "score": Column("Similarity of the imitation to the target; larger is more similar.", "number"),
    "score_low": Column(
        "Lower end of the 95 % interval of the score over repeated pictures; empty where it is not known.", "number"
    ),
    "score_high": Column("Upper end of that interval.", "number"),
    "likelihood_ratio": Column(
        "Probability of the score for an imitation of this target divided by that for another one, from drawn people.",
        "number",
    ),
    "likelihood_ratio_limit": Column(
        "Whether likelihood_ratio is a limit, because the number of people learned from supports no ratio beyond it.",
        levels={"at least": "the ratio is at least this", "at most": "the ratio is at most this"},
    ),
    "retake_sd": Column(
        "Standard deviation of the score from one camera frame to the next; empty without neighbouring frames.",
        "number",
    ),
    "matching": Column("Whether the target is the one that was imitated.", levels=YES),
    "same_expression": Column("Whether both targets show the same expression.", levels=YES),
    "target_strength_mm": Column("Movement of the target, root mean square of the mobile quarter.", "number", "mm"),
    "mimic_strength_mm": Column("Movement of the imitation, root mean square of the mobile quarter.", "number", "mm"),
    "target_floor_mm": Column("Noise floor of the target's movement; below it, the face is at rest.", "number", "mm"),
    "mimic_floor_mm": Column("Noise floor of the imitation's movement; below it, the face is at rest.", "number", "mm"),
    "intensity_ratio": Column("Movement of the imitation divided by that of the target.", "number"),
    "target_asymmetry": Column("Left minus right movement of the target, as a share of both.", "number"),
    "mimic_asymmetry": Column("Left minus right movement of the imitation, as a share of both.", "number"),
    "target_person": Column("Person whose pictures are the targets."),
    "mimic_person": Column("Person who is compared with the targets."),
    "target_expression": Column("Expression of the target."),
    "mimic_expression": Column("Expression of the person who is compared."),
    "without_expression": Column("Which face is below its noise floor: target, mimic, or both joined by +."),
    "calibration": Column(
        "How the participant's face at rest is known.",
        levels={"neutral": "neutral frames", "joint": "estimated from all frames", "none": "not measured"},
    ),
    "smallest_matching": Column("Smallest mean score of an imitation with its own target.", "number"),
    "smallest_matching_mimic": Column("Target of that imitation."),
    "largest_other": Column("Largest mean score of an imitation with a target of another expression.", "number"),
    "largest_other_target": Column("That target."),
    "largest_other_mimic": Column("Target that was imitated."),
    "rank1": Column("Share of imitations that score highest on their own target.", "number"),
    "rank1_expression": Column("Share of imitations that score highest on a target of the same expression.", "number"),
    "rank1_chance": Column("Chance of rank1: 1 divided by the number of targets of the protocol.", "number"),
    "trials": Column("Number of trials that count.", "integer"),
    "mimics": Column("Number of imitated targets in the table.", "integer"),
    "above_098_below_094": Column("Whether the published pattern holds; empty if cells are missing.", levels=YES),
    "excluded": Column("Exclusions: their number in a summary; in a table of trials, why the trial was excluded."),
    "what": Column("What was excluded: a trial, a target or a calibration frame."),
    "reason": Column("Reason of the exclusion, one word."),
    "message": Column("Reason of the exclusion, one sentence."),
    "file": Column("Path of the picture from the folder of the data set."),
    "sha256": Column("SHA-256 of the picture."),
    "role": Column(
        "What the picture is.",
        levels={"calibration": "the participant at rest", "trial": "an imitation", "target": "a target"},
    ),
    "id": Column("Calibration frame, trial or target."),
    "key_to_frame_ms": Column("Time of the camera frame minus the key press.", "number", "ms"),
    "hold_to_frame_ms": Column("Time of the camera frame minus the best moment of the hold.", "number", "ms"),
    "half_interval_ms": Column("Bound of that distance: half the time between two camera frames.", "number", "ms"),
    "late_flips": Column("Flips of the trial that came late.", "integer"),
    "missed_frames": Column("Display frames that were missed in the trial.", "integer"),
    "image_width_px": Column("Width of the picture.", "integer", "px"),
    "image_height_px": Column("Height of the picture.", "integer", "px"),
    "eye_distance_px": Column("Distance between the centres of the eyes.", "number", "px"),
    "detector_score": Column("Score of the face detector; larger is more certain.", "number"),
    "blur": Column("Sharpness of the face as judged by the program (docs/measurement.md).", "number"),
    "landmark_scatter_px": Column("Scatter of the landmarks over jittered face boxes.", "number", "px"),
    "identity": Column("How the shape of the face at rest was found."),
    "identity_frames": Column("Number of pictures it was found from.", "integer"),
    "yaw_deg": Column("Rotation of the head to the side.", "number", "deg"),
    "pitch_deg": Column("Rotation of the head up or down.", "number", "deg"),
    "roll_deg": Column("Inclination of the head.", "number", "deg"),
    "turn_side_deg": Column("Rotation of the head to the side, from the neutral pictures.", "number", "deg"),
    "turn_chin_up_deg": Column("Rotation of the head with the chin up, from the neutral pictures.", "number", "deg"),
    "distance_mm": Column("Distance of the head from the camera, with the assumed focal length.", "number", "mm"),
    "focal_px": Column("Focal length that the fit assumes.", "number", "px"),
    "reprojection_error_px": Column("Root mean square distance of fitted and detected landmarks.", "number", "px"),
    "reprojection_error_eyes": Column("The same as a share of the distance between the eyes.", "number"),
    "timing": Column("Whether the trial passes the judgement of timing.", levels={"pass": "passes", "fail": "fails"}),
    "faults": Column("Faults of the timing, separated by spaces; empty without one."),
    "begin_s": Column("Begin of the trial, from the start of the session.", "number", "s"),
    "flips": Column("Number of flips of the display in the trial.", "integer"),
    "camera_interval_ms": Column("Median time between two camera frames of the trial.", "number", "ms"),
    "camera_lost": Column("Camera frames of the trial that were lost.", "integer"),
    "probe": Column("Whether the trial has an attention probe.", levels=YES),
    "probe_outcome": Column("Whether the probe was answered.", levels={"hit": "answered", "miss": "not answered"}),
    "probe_response_time_s": Column("Answer to the probe minus its onset.", "number", "s"),
    "probe_false_presses": Column("Presses of the probe's key without a probe.", "integer"),
    "attempts": Column("Number of attempts.", "integer"),
    "first": Column("Value of the first attempt.", "number"),
    "best": Column("Largest value of all attempts.", "number"),
    "last": Column("Value of the last attempt.", "number"),
    "mean": Column("Mean of all attempts.", "number"),
    "gain": Column("Last minus first attempt; empty for a single attempt.", "number"),
    "slope_per_attempt": Column("Slope of a straight line over all attempts; empty for a single attempt.", "number"),
    "side": Column(
        "Side of the person's face.", levels={"left": "left", "right": "right", "middle": "a movement without sides"}
    ),
    "own_strength_mm": Column("Movement of the trainee, root mean square of the mobile quarter.", "number", "mm"),
    "own_floor_mm": Column("Noise floor of the trainee's movement.", "number", "mm"),
    "captured_by": Column("What ended the attempt: a hold, a key press, or the time limit."),
    "live_metric": Column("Metric of the similarity that was measured while the trainee tried."),
    "live_similarity": Column("Similarity at the moment of the kept frame, measured live.", "number"),
    "live_first": Column("First similarity that was measured live.", "number"),
    "live_best": Column("Largest similarity that was measured live.", "number"),
    "live_frames": Column("Number of frames that were measured live.", "integer"),
    "live_frames_without_face": Column("Number of these frames without a face.", "integer"),
    "exercise": Column("Name of the exercise."),
    "set": Column("Set of the exercise.", "integer"),
    "repetition": Column("Repetition in the set.", "integer"),
    "movement": Column("Movement of the face."),
    "target_strength": Column("Strength of the movement in the target, 0 to 1.", "number"),
    "nearer_mm": Column("How much nearer the last attempt is to the target than the first.", "number", "mm"),
    "missing_mm": Column("Movement that the last attempt lacks.", "number", "mm"),
    "movement_name": Column("Plain name of the movement; empty for other face models."),
    "seen_by_landmarks": Column(
        "How well the landmarks show this movement in drawn people; empty for other face models.",
        levels={"well": f"r at least {WELL:g}", "weakly": f"r at least {WEAKLY:g}"},
    ),
    "left_share": Column("Movement of the left side of the face as a share of the target's.", "number"),
    "right_share": Column("Movement of the right side of the face as a share of the target's.", "number"),
    "middle_share": Column("The same for a movement without sides.", "number"),
    "left_moved_mm": Column("Movement of the left side of the face.", "number", "mm"),
    "right_moved_mm": Column("Movement of the right side of the face.", "number", "mm"),
    "action_unit": Column("Action unit of the Facial Action Coding System that moves the same; empty without one."),
    "made": Column("What was made of the movement that the target asks for.", levels=_MADE),
    "correct": Column(
        "Whether it was made where asked, and no movement that was not asked for is stronger.", levels=YES
    ),
    **{
        f"{side}_{name}": Column(text.format(where=where), "number", "mm")
        for side, where in _WHERE.items()
        for name, text in _BY_SIDE.items()
    },
    "asked_mm": Column("Strength of the movement in the target; 0 if it is not in the target.", "number", "mm"),
    "strength_mm": Column("Measured strength: movement of the landmark that moves most.", "number", "mm"),
    "share": Column("Measured strength as a share of the target's.", "number"),
    "limit_mm": Column("Limit of detection: 99 of 100 faces without the movement are below.", "number", "mm"),
    "accuracy_mm": Column("Root mean square error of the strength in one picture, drawn people.", "number", "mm"),
    "detectable_mm": Column("Smallest detectable change between two sessions of one picture each.", "number", "mm"),
    "moved": Column("Whether the strength is above the limit of detection.", levels=YES),
    "requested": Column("Whether the target makes this movement on this side.", levels=YES),
    "symmetry": Column("Smaller by larger side of a movement that was asked for on both.", "number"),
    "affected": Column("Whether the side is affected, by participants.tsv; empty if that is not stated.", levels=YES),
    "pictures": Column("Number of measured pictures of the movement in the session.", "integer"),
    "mean_mm": Column("Mean strength over these pictures.", "number", "mm"),
    "mean_error_mm": Column("1.96 standard errors of measurement of the mean.", "number", "mm"),
    "as_asked": Column("Number of pictures in which it was made where it was asked for.", "integer"),
    "mirrored_pictures": Column("Number of pictures in which it was made on the other side than asked.", "integer"),
    "correct_pictures": Column("Number of pictures with the correct movement.", "integer"),
    "session_symmetry": Column("Affected by other side, or smaller by larger one if no side is stated.", "number"),
    "change_mm": Column("Mean of the last session minus that of the first.", "number", "mm"),
    "change_detectable_mm": Column("Smallest detectable change of these means.", "number", "mm"),
    "change_result": Column("The change compared with it.", levels=_CHANGES),
    "other_movements": Column("Number of movements above their limit that were not asked for.", "integer"),
    "strongest_other": Column("Strongest movement that was not asked for, by its share of the full one."),
    "strongest_other_mm": Column("Strength of the strongest movement that was not asked for.", "number", "mm"),
}
_PROTOCOL_PREFIXES: Mapping[str, str] = {
    "group_": "Between-participant condition {name} of the protocol.",
    "condition_": "Within-participant condition {name} of the protocol.",
    "rating_": "Answer on the scale {name}; 1 is the lowest point.",
    "question_": "Answer to the question {name} after the trial, or about it.",
}
_MODEL_PREFIXES: Mapping[str, tuple[str, ColumnType, str]] = {
    "region_": ("Correlation of the movement of the region {name} with the target's.", "number", ""),
    "gap_": ("Mean distance of the movement of a region from the target's: {name}.", "number", "mm"),
    "score_": ("Coefficient of {name} for comparing faces (strong ridge), 0 to 1.", "number", ""),
    "intensity_": ("Strength of {name} (weak ridge), 0 to 1.", "number", ""),
    "emotion_": ("Strength of the whole-face emotion {name}, 0 to 1.", "number", ""),
}
_UNIT_NAMES = {
    unit: f"{unit} ({', '.join(filter(None, (one.name, one.movement.facs and f'FACS {one.movement.facs}')))})"
    for unit, one in NAMED_UNITS.items()
} | {name: f"{name} (in the targets: FACS {ACTION_UNITS[name]})" for name in EMOTIONS}


def describe_column(name: str) -> Column:
    """Return the description of a column.

    Raises
    ------
    KeyError
        If no table has such a column.
    """
    if name in _COLUMNS:
        return _COLUMNS[name]
    if name[0] in "xy" and name[1:].removesuffix("_px").isdecimal():
        return Column(
            f"Landmark {name[1:].removesuffix('_px')} of 68, {name[0]}, from the upper left corner.", "number", "px"
        )
    for prefix, (text, kind, units) in _MODEL_PREFIXES.items():
        if name.startswith(prefix):
            rest = name.removeprefix(prefix)
            described = text.format(name=_UNIT_NAMES.get(rest, rest))
            if prefix == "intensity_" and (unit := NAMED_UNITS.get(rest)) is not None:
                described += f" Validity on drawn people: seen {unit.seen}, {unit.validity.text}."
            return Column(described, kind, units)
    if (column := protocol_column(name)) is not None:
        return column
    raise KeyError(name)


def protocol_column(name: str) -> Column | None:
    """Return the description of a column that the protocol names; None for others."""
    for prefix, text in _PROTOCOL_PREFIXES.items():
        if name.startswith(prefix):
            sentence = text.format(name=name.removeprefix(prefix))
            if name.endswith("_response_time"):
                return Column(sentence, "number", "s")
            return Column(sentence, "integer" if name.endswith("_accuracy") else "text")
    return None


def data_dictionary(columns: Iterable[str]) -> dict[str, Any]:
    """Return the data dictionary of a table, without columns that are not known.

    Parameters
    ----------
    columns : iterable of str
        Names of the columns.
    """
    described: dict[str, Any] = {}
    for name in columns:
        try:
            described[name] = describe_column(name).as_json()
        except KeyError:
            continue
    return described


def put_table(path: Path, rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str] = ()) -> list[Path]:
    """Write rows as CSV with a data dictionary next to it; return both files.

    Parameters
    ----------
    path : Path
        The CSV file.
    rows : sequence of mapping
        As `analysis.tables.output_files.rows_csv`.
    columns : sequence of str
        Columns of the header, also without a row.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    names = dict.fromkeys(map(tuple, rows))  # rows have few different sets of columns
    header = tuple(dict.fromkeys([*columns, *(name for row in names for name in row)]))
    return [put(path, rows_csv(rows, columns=columns)), put(path.with_suffix(".json"), _dictionary_text(header))]


@lru_cache(maxsize=64)
def _dictionary_text(columns: tuple[str, ...]) -> str:
    """Return the content of a data dictionary; sessions have the same columns."""
    return json_text(data_dictionary(columns))
