"""Tables of other programs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import DataSetError
from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.films.course_table import CourseRow, CourseTable
from analysis.films.openface_columns import openface_header, openface_lines, openface_pose, pose_from_openface
from analysis.films.output_names import output_stems
from analysis.films.readers.any_table import read_any_table
from analysis.films.trial_files import ComparedTrials, trial_tables
from analysis.films.trials import FilmTrial, read_trials
from tests.analysis.running import run

POSE = "pose_Tx, pose_Ty, pose_Tz, pose_Rx, pose_Ry, pose_Rz"
OPENFACE = f"""\
frame, face_id, timestamp, confidence, success, {POSE}, AU12_r, AU23_r, AU12_c, AU45_c
1, 0, 0.000, 0.98, 1, 10.0, -20.0, 600.0, 0.100, 0.200, 0.050, 2.50, 0.50, 1.0, 0.0
2, 0, 0.033, 0.98, 1, 10.0, -20.0, 600.0, 0.100, 0.200, 0.050, 2.50, 0.50, 1.0, 1.0
3, 0, 0.067, 0.02, 0, 0.0, 0.0, 0.0, 0.000, 0.000, 0.000, 0.00, 0.00, 0.0, 0.0
4, 0, 0.100, 0.98, 1, 10.0, -20.0, 600.0, 0.100, 0.200, 0.050, 2.50, 0.50, 1.0, 0.0
4, 1, 0.100, 0.98, 1, 90.0, -20.0, 600.0, 0.100, 0.200, 0.050, 0.50, 0.50, 1.0, 0.0
"""
PY_FEAT = """\
FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,Pitch,Roll,Yaw,AU06,AU12,AU43,anger,happiness,neutral,input,frame
10,20,90,90,0.99,1.0,2.0,3.0,0.4,0.8,0.1,0.0,0.9,0.1,a.mp4,0
10,20,90,90,0.99,1.0,2.0,3.0,0.4,0.8,0.7,0.0,0.9,0.1,a.mp4,1
,,,,,,,,,,,,,,a.mp4,2
"""
LIBREFACE = """\
frame_idx,frame_time_in_ms,pitch,yaw,roll,au_1,au_12,au_1_intensity,au_12_intensity,facial_expression
0,0.0,1.0,2.0,3.0,0,1,0.5,4.0,Happiness
1,33.367,1.0,2.0,3.0,0,1,,,
"""


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def values(table: CourseTable, row: int) -> dict[str, float | None]:
    return dict(zip(table.measures, table.rows[row].values, strict=True))


def test_a_table_of_openface_is_read(tmp_path: Path) -> None:
    name, table = read_any_table(written(tmp_path, OPENFACE))

    assert name == "OpenFace"
    assert [row.index for row in table.rows] == [0, 1, 2, 3]
    assert [row.time_s for row in table.rows] == [0.0, 0.033, 0.067, 0.1]
    assert [row.reason for row in table.rows] == ["", "blink", "no-face", "several-faces"]
    assert values(table, 0) == {"unit_mouthSmile": 0.5, "unit_AU23": 0.1}
    assert table.rows[2].values == ()
    yaw, pitch, _, x, y, distance = table.rows[0].pose
    assert (x, y, distance) == (10.0, 20.0, 600.0)
    assert yaw is not None
    assert yaw < 0
    assert pitch is not None
    assert pitch < 0


def test_a_table_of_py_feat_is_read(tmp_path: Path) -> None:
    name, table = read_any_table(written(tmp_path, PY_FEAT), rate_hz=25)

    assert name == "py-feat"
    assert [row.time_s for row in table.rows] == [0.0, 0.04, 0.08]
    assert [row.reason for row in table.rows] == ["", "blink", "no-face"]
    assert values(table, 0) == {
        "unit_cheekSquint": 0.4,
        "unit_mouthSmile": 0.8,
        "unit_eyeBlink": 0.1,
        "emotion_anger": 0.0,
        "emotion_happiness": 0.9,
        "emotion_neutral": 0.1,
    }


def test_a_table_of_libreface_is_read(tmp_path: Path) -> None:
    name, table = read_any_table(written(tmp_path, LIBREFACE))

    assert name == "LibreFace"
    assert [row.time_s for row in table.rows] == pytest.approx([0.0, 0.033367])
    assert [row.reason for row in table.rows] == ["", "no-face"]
    assert values(table, 0) == {"unit_browInnerUp": 0.1, "unit_mouthSmile": 0.8}


OPENFACE_OF_SOURCE = """\
frame,face_id,timestamp,confidence,success,gaze_0_x,eye_lmk_x_0,eye_lmk_X_0,pose_Tx,x_0,X_0,p_scale,AU12_r,AU12_c,AU28_c
1,0,0.000,0.98,1,0.1,3.0,3.0,10.0,3.0,3.0,0.7,2.50,1.0,0.0
"""
PY_FEAT_07 = """\
FaceRectX,FaceScore,x_0,Pitch,X,AU12,AU43,Neutral,Happy,valence,Identity_1,_neutral,mouthSmileLeft,input,frame,approx_time,Identity
221.2,0.99,332.0,0.16,4.9,0.5,0.1,0.2,0.8,0.6,,0.1,0.7,a.mp4,0,00:00,Person_0
"""
PY_FEAT_03 = """\
frame,FaceRectX,x_0,AU12,AU24,anger,happiness,neutral
0.0,222.8,223.0,0.5,1.5e-05,0.0,0.8,0.2
"""
LIBREFACE_SAVED = """\
,frame_idx,frame_time_in_ms,path_to_frame,lm_mp_0_x,pitch,facial_expression,au_12,au_12_intensity
0,0,0.0,./tmp/a.png,0.5,1.0,Happiness,1,2.5
"""


@pytest.mark.parametrize("text", [OPENFACE_OF_SOURCE, PY_FEAT_07, PY_FEAT_03, LIBREFACE_SAVED])
def test_layouts_of_different_versions_are_read(tmp_path: Path, text: str) -> None:
    """Columns as their programs write them, with most of the landmarks left out."""
    rate_hz = 30 if "FaceRect" in text else None

    _, table = read_any_table(written(tmp_path, text), rate_hz=rate_hz)

    found = values(table, 0)
    assert found["unit_mouthSmile"] == 0.5
    assert found.get("emotion_happiness", 0.8) == 0.8
    assert (table.rows[0].index, table.rows[0].time_s, table.rows[0].reason) == (0, 0.0, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("a,b\n1,2\n", r"the columns \(a, b, \.\.\.\) are not of a known program"),
        (OPENFACE.splitlines()[0], "the file has no row below the first line"),
        (OPENFACE.replace("_r", "_x"), "has no column AU01_r and others; run FeatureExtraction with -aus"),
        (OPENFACE.replace("timestamp", "time"), "has no column timestamp"),
        (OPENFACE.replace("0.033", "0.000"), "frame 1 is not later than frame 0"),
        (OPENFACE.replace("0.033", "soon"), "line 3, column timestamp: 'soon'; give a number with a decimal point"),
        (OPENFACE.replace(", ", ";").replace(".", ","), r"'0,000'; write 0.000: numbers need a decimal point"),
        (
            OPENFACE.replace("2.50", "2,50"),
            "16 cells, but the first line names 15 columns; numbers with a decimal comma",
        ),
        (OPENFACE.replace("AU23_r", "AU12_r"), "names the column AU12_r twice"),
        (PY_FEAT, "a table of py-feat has no exact times; give the frames per second of the film, as --rate 30"),
        (LIBREFACE.replace("frame_time_in_ms", "time"), "has no column frame_time_in_ms"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataSetError, match=message):
        read_any_table(written(tmp_path, text))


def test_indices_work_with_a_table_of_another_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["frame, face_id, timestamp, confidence, success, AU12_r"]
    for number in range(90):
        strength = 0.1 + 0.02 * (number % 3) + (3.0 if 60 <= number < 80 else 0.0)
        lines.append(f"{number + 1}, 0, {number / 30:.3f}, 0.98, 1, {strength:.2f}")
    table = written(tmp_path, "\n".join(lines) + "\n", "anna.csv")
    trials = written(tmp_path, "film;trial_id;onset_s;offset_s;group\nanna.csv;one;1.5;2.9;a\n", "trials.csv")

    done = run(capsys, "measure", "--from", table, "--trials", trials, "--out", tmp_path / "out")

    assert done.status == 0, done.err
    header, row = (tmp_path / "out/anna_indices.csv").read_text("utf-8").splitlines()
    found = dict(zip(header.split(","), row.split(","), strict=True))
    assert (found["trial_id"], found["group"], found["measure"]) == ("one", "a", "mouthSmile")
    assert float(found["onset_s"]) == pytest.approx(0.483, abs=0.04)  # between two frames
    assert float(found["peak"]) == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_the_pose_of_openface_is_the_same_rotation_in_its_axes(seed: int) -> None:
    yaw, pitch, roll = np.random.default_rng(seed).uniform(-25, 25, 3).tolist()
    rotation = rotation_from_angles(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
    head = Pose(rotation, np.array([10.0, 20.0, -600.0]), 700.0, (320.0, 240.0))
    pose = (head.yaw_deg, head.pitch_deg, head.roll_deg, 10.0, 20.0, head.distance_mm)

    *place, x, y, z = openface_pose(pose)

    assert place == [10.0, -20.0, 600.0]
    about_x = np.array([[1, 0, 0], [0, math.cos(x), -math.sin(x)], [0, math.sin(x), math.cos(x)]])
    about_y = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    about_z = np.array([[math.cos(z), -math.sin(z), 0], [math.sin(z), math.cos(z), 0], [0, 0, 1]])
    flip = np.diag([1.0, -1.0, -1.0])
    np.testing.assert_allclose(about_x @ about_y @ about_z, flip @ rotation @ flip, atol=1e-12)
    assert pose_from_openface((*place, x, y, z)) == pytest.approx(pose)


def test_a_table_in_openface_columns_is_read_back(tmp_path: Path) -> None:
    measures = ("unit_jawOpen", "unit_mouthSmileLeft", "unit_mouthSmileRight", "unit_eyeBlinkLeft", "unit_cheekPuff")
    rows = [
        CourseRow(0, 0.0, "", (5.0, -3.0, 2.0, 10.0, 20.0, 600.0), (0.2, 0.4, 0.6, 0.0, 0.3)),
        CourseRow(1, 0.04, "blink", (5.0, -3.0, 2.0, 10.0, 20.0, 600.0), (0.2, 0.4, 0.6, 0.8, 0.3)),
        CourseRow(2, 0.08, "no-face", (), ()),
    ]
    text = "\n".join([", ".join(openface_header(measures)), *openface_lines(rows, measures)])

    _, table = read_any_table(written(tmp_path, text + "\n"))

    assert values(table, 0) == {"unit_mouthSmile": 0.5, "unit_jawOpen": 0.2, "unit_eyeBlink": 0.0}
    assert [row.reason for row in table.rows] == ["", "blink", "no-face"]
    assert table.rows[0].pose == pytest.approx(rows[0].pose, abs=0.05)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("film,trial_id,onset_s\na,1,0\n", "offset_s is missing"),
        ("film,trial_id,onset_s,offset_s\nb,1,1,2\n", "line 2: b is not among the measured films"),
        ("film,trial_id,onset_s,offset_s\na,,1,2\n", "line 2: trial_id is empty"),
        ("film,trial_id,onset_s,offset_s\na,1,2,1\n", "line 2: offset_s must be later than onset_s"),
        ("film,trial_id,onset_s,offset_s,baseline_s\na,1,2,3,2.5\n", "baseline_s is the begin of the baseline"),
        ("film,trial_id,onset_s,offset_s\na,1,1,2\na,1,3,4\n", "line 3: a has a trial 1 already"),
        ("film;trial_id;onset_s;offset_s\na;1;1,5;2\n", "line 2, column onset_s: '1,5'; write 1.5"),
    ],
)
def test_tables_of_trials_that_cannot_be_used_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataSetError, match=message):
        read_trials(written(tmp_path, text), [Path("a.mp4")])


def test_frames_that_are_not_used_are_no_part_of_indices() -> None:
    rows = tuple(
        CourseRow(number, number / 30, "blink" if number == 50 else "", (), (9.0 if number == 50 else 0.1,))
        for number in range(90)
    )
    trial = FilmTrial("a", "1", 1.0, 2.5, 0.0, "", {}, "line 2")

    text = trial_tables(
        CourseTable(("unit_jawOpen",), "none", False, rows), ComparedTrials([trial]), all_measures=False
    )["indices"]

    found = dict(zip(*(line.split(",") for line in text.splitlines()), strict=True))
    assert (found["measure"], found["peak"], found["frames"], found["left_out"]) == ("jawOpen", "0.00000", "75", "1")


def test_a_trial_belongs_to_its_film_however_its_letters_are_written() -> None:
    trial = FilmTrial("Mu\u0308ller", "1", 1.0, 2.0, 0.0, "", {}, "line 2")

    assert trial.is_of(Path("M\u00fcller.mp4"))
    assert not trial.is_of(Path("Muller.mp4"))


def test_output_names_are_as_short_as_they_can_be() -> None:
    films = [Path("/d/a/x.mp4"), Path("/d/b/x.mp4"), Path("/d/b/y.mov"), Path("/d/b/y.mp4")]

    assert output_stems(films) == ["a_x-mp4", "b_x-mp4", "b_y-mov", "b_y-mp4"]
    assert output_stems(films[:1]) == ["x"]
    assert output_stems([Path("/d/x.mp4"), Path("/d/x_indices.mp4")]) == ["x", "d_x_indices-mp4"]
