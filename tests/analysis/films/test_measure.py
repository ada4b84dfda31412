"""``measure``: any film, frame by frame."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from analysis.courses.frames import FrameFace
from analysis.courses.neutral_face import detect_frame
from analysis.face.clip_faces import ANCHOR
from analysis.face.clips import film_frames
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.films import chunks
from analysis.films.film_results import FilmResult, ResultOptions
from analysis.films.measured_films import WORK, FailedFilm, FilmOptions, landmark_work, measure_films, plan_films
from analysis.films.rest import find_rest
from experiment.record.film.reading import FilmRow
from tests.analysis.courses.filmed_session import face
from tests.analysis.films.filmed import FRAMES, GONE, PICTURE, RATE_HZ, REST, SMILE, empty_film, smiling_film
from tests.analysis.running import run

WITH_PICTURE = FilmOptions(neutral=PICTURE)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return smiling_film(tmp_path_factory.mktemp("films") / "smile.mp4")


@pytest.fixture(scope="module")
def made(film: Path) -> Path:
    """Results with the face at rest of a picture, in one process and one part."""
    folder = film.parent / "made"
    measure(film, folder)
    return folder


def measure(film: Path, folder: Path, options: FilmOptions = WITH_PICTURE, *, jobs: int = 1) -> FilmResult:
    planned = plan_films([film], options, folder=folder, model=load_model())
    (result,) = measure_films(planned, options, folder=folder, model_name=DEFAULT_MODEL, jobs=jobs)
    assert isinstance(result, FilmResult)
    return result


def table(folder: Path, name: str = "smile.csv") -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_frame_is_a_row_with_its_time_its_face_or_the_reason(made: Path) -> None:
    rows = table(made)

    assert [int(row["frame_index"]) for row in rows] == list(range(FRAMES))
    assert [float(row["time_s"]) for row in rows] == pytest.approx([n / RATE_HZ for n in range(FRAMES)], abs=1e-3)
    assert [row["reason"] for row in rows if row["used"] == "0"] == ["no-face"] * GONE
    assert {row["neutral"] for row in rows} == {"picture"}
    smile = [float(row["unit_mouthSmileLeft"] or 0.0) for row in rows]
    assert max(smile[: REST - 1]) < 0.05
    assert min(smile[REST + 1 : REST + SMILE]) > 0.3
    assert rows[-1]["unit_mouthSmileLeft"] == ""
    assert abs(float(rows[0]["yaw_deg"])) < 10
    assert not {"participant", "trial_id", "kind", "target"} & set(rows[0])


def test_the_description_says_how_the_numbers_were_made(film: Path, made: Path) -> None:
    about = json.loads((made / "smile.json").read_text("utf-8"))

    assert about["source"]["path"] == "../smile.mp4"
    assert about["neutral"] == {"how": "picture", "picture": PICTURE.name}
    assert (about["frames"], about["left_out_frames"]) == (FRAMES, {"no-face": GONE})
    assert about["model"]["name"] == DEFAULT_MODEL
    assert set(about["files"]) == {"smile.csv"}
    assert "smile.csv" in (made / "SHA256SUMS").read_text("utf-8")
    assert not (made / WORK).exists()


def test_an_interval_measured_alone_has_the_numbers_of_the_whole_film(film: Path, made: Path, tmp_path: Path) -> None:
    interval = (1.28, 1.44)  # frames 32 to 35: behind an anchor, before the end of the smile

    measure(film, tmp_path, replace(WITH_PICTURE, interval_s=interval))

    alone = table(tmp_path)
    assert alone == [row for row in table(made) if interval[0] <= float(row["time_s"]) < interval[1]]
    assert len(alone) == 4


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_number_of_processes_and_parts_changes_no_digit(
    film: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", ANCHOR)

    measure(film, tmp_path, jobs=jobs)

    assert (tmp_path / "smile.csv").read_bytes() == (made / "smile.csv").read_bytes()


def test_an_unchanged_film_is_not_measured_again(film: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "track_faces", lambda _: pytest.fail("measured again"))

    assert not measure(film, made).is_new


def test_an_interrupted_run_does_not_search_for_faces_again(
    film: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (planned,) = plan_films([film], WITH_PICTURE, folder=tmp_path, model=load_model())
    for part in chunks.chunks_of(
        film.absolute(), planned.index, interval_s=None, kept=landmark_work(tmp_path, planned)
    ):
        chunks.find_chunk_faces(part)
    monkeypatch.setattr(chunks, "track_faces", lambda _: pytest.fail("searched again"))

    result = measure(film, tmp_path)

    assert result.is_new
    assert (tmp_path / "smile.csv").read_bytes() == (made / "smile.csv").read_bytes()
    assert not (tmp_path / WORK).exists()


def test_the_face_at_rest_of_an_interval(film: Path, made: Path, tmp_path: Path) -> None:
    result = measure(film, tmp_path, FilmOptions(neutral_interval_s=(0.0, 0.4)))

    rows = table(tmp_path)
    assert (result.neutral, result.notes) == ("interval", ())
    smile = [float(row["unit_mouthSmileLeft"]) for row in rows if row["used"] == "1"]
    assert max(smile[: REST - 1]) < 0.05
    assert min(smile[REST + 1 :]) > 0.3


def test_a_face_at_rest_that_was_found_is_marked_and_reported(film: Path, tmp_path: Path) -> None:
    result = measure(film, tmp_path, FilmOptions())

    about = json.loads((tmp_path / "smile.json").read_text("utf-8"))
    begin_s, end_s = about["neutral"]["interval_s"]
    assert 0.0 <= begin_s < end_s < REST / RATE_HZ  # not the smile, which is held as still
    assert {row["neutral"] for row in table(tmp_path)} == {"found"}
    assert "give --neutral or --neutral-time" in result.notes[0]


def test_a_smile_in_a_picture_that_stands_still_is_not_the_face_at_rest() -> None:
    """Films of calls freeze; a frozen picture moves less than any living face."""
    rng = np.random.default_rng(1)
    rest, smile = detect_frame(face("neutral")), detect_frame(face("happiness"))
    jitter = 0.002 * rest.eye_distance_px
    found = [replace(rest, points_px=rest.points_px + rng.normal(scale=jitter, size=(68, 2))) for _ in range(15)]
    found += [smile] * 15
    faces = [
        FrameFace(FilmRow(number, number / RATE_HZ, "film", None, "", "", "f", number), one)
        for number, one in enumerate(found)
    ]

    result = find_rest(faces, load_model())

    assert result is not None
    assert result[1].end_s < 15 / RATE_HZ


def test_indices_of_trials(film: Path, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trials = film.parent / "trials.csv"
    trials.write_text("film,trial_id,onset_s,offset_s,target,group\nsmile,one,0.4,1.4,happy,a\n")

    done = run(capsys, "measure", "--from", made / "smile.csv", "--trials", trials, "--out", film.parent / "indices")

    assert done.status == 0, done.err
    found = {row["measure"]: row for row in table(film.parent / "indices", "smile_indices.csv")}
    assert float(found["mouthSmile"]["onset_s"]) == pytest.approx(REST / RATE_HZ - 0.4, abs=0.06)
    assert float(found["mouthSmile"]["peak"]) > 0.3
    assert (found["mouthSmile"]["group"], found["mouthSmile"]["target"]) == ("a", "happy")
    assert "mouthDimple" not in found
    assert (film.parent / "indices/smile.csv").read_text("utf-8") == (made / "smile.csv").read_text("utf-8")


def test_composites_of_the_call_have_indices(film: Path, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trials, out = film.parent / "composites.csv", film.parent / "composites"
    trials.write_text("film,trial_id,onset_s,offset_s\nsmile,one,0.4,1.4\n")
    arguments = ("measure", "--from", made / "smile.csv", "--trials", trials, "--out", out)

    done = run(
        capsys, *arguments, "--composite", "half=0.5*mouthSmileLeft+0.5*mouthSmileRight", "--composite", "d=mouthDimple"
    )

    assert done.status == 0, done.err
    assert "composite d is written with --all-measures only: mouthDimple cannot be trusted" in done.err
    found = {row["measure"]: row for row in table(out, "smile_indices.csv")}
    assert float(found["half"]["peak"]) == pytest.approx(float(found["mouthSmile"]["peak"]), abs=1e-5)
    assert "d" not in found
    assert json.loads((out / "smile.json").read_text("utf-8"))["composites"] == {
        "half": {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5},
        "d": {"mouthDimple": 1.0},
    }
    run(capsys, *arguments, "--composite", "d=mouthDimple", "--all-measures")
    assert {"d", "mouthDimple"} <= {row["measure"] for row in table(out, "smile_indices.csv")}
    assert run(capsys, *arguments[:3], "--out", out, "--composite", "d=mouthDimple").status == 2


def test_quality_is_kept_when_a_table_is_read_back(
    film: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table(made)
    assert {row["eye_distance_px"] == "" for row in rows if row["reason"] == "no-face"} == {True}
    assert all(0.0 < float(row["blur"]) < 0.66 and float(row["fit_error"]) < 0.12 for row in rows if not row["reason"])
    assert [number for number, row in enumerate(rows) if row["detection_score"]][:2] == [0, ANCHOR]

    run(capsys, "measure", "--from", made / "smile.csv", "--out", tmp_path)

    assert (tmp_path / "smile.csv").read_bytes() == (made / "smile.csv").read_bytes()


def test_openface_columns_are_those_of_openface(film: Path, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = film.parent / "openface"

    done = run(capsys, "measure", "--from", made / "smile.csv", "--columns", "openface", "--out", folder)

    assert done.status == 0, done.err
    lines = (folder / "smile.csv").read_text("utf-8").splitlines()
    assert lines[0] == (
        "frame, face_id, timestamp, confidence, success, pose_Tx, pose_Ty, pose_Tz, pose_Rx, pose_Ry, pose_Rz, AU01_r, "
        "AU02_r, AU04_r, AU05_r, AU06_r, AU07_r, AU09_r, AU10_r, AU12_r, AU14_r, AU15_r, AU17_r, AU20_r, AU26_r, "
        "AU45_r, AU45_c"
    )
    assert lines[1].startswith("1, 0, 0.000, 1.00, 1, ")
    assert lines[-1] == "39, 0, 1.520, 0.00, 0, " + "0.0, " * 3 + "0.000, " * 3 + "0.00, " * 15 + "0.0"
    ours, theirs = table(made)[REST + 3], dict(zip(lines[0].split(", "), lines[REST + 4].split(", "), strict=True))
    mean = (float(ours["unit_mouthSmileLeft"]) + float(ours["unit_mouthSmileRight"])) / 2
    assert float(theirs["AU12_r"]) == pytest.approx(5 * mean, abs=0.006)
    assert float(theirs["pose_Tz"]) == pytest.approx(float(ours["distance_mm"]), abs=0.06)


def test_films_of_one_name_have_different_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        empty_film(tmp_path / name / "x.mp4")

    done = run(
        capsys, "measure", tmp_path / "a/x.mp4", tmp_path / "b/x.mp4", tmp_path / "a/x.mp4", "--out", tmp_path / "out"
    )

    assert done.status == 0, done.err
    assert {file.name for file in (tmp_path / "out").glob("*.csv")} == {"a_x-mp4.csv", "b_x-mp4.csv"}
    assert done.err.count("no face can be measured (no-face)") == 2
    assert {row["reason"] for row in table(tmp_path / "out", "a_x-mp4.csv")} == {"no-face"}


def test_a_failed_film_does_not_stop_the_others(film: Path, tmp_path: Path) -> None:
    options = FilmOptions(neutral_interval_s=(0.0, 0.2))
    films = [empty_film(tmp_path / "empty.mp4"), film]
    planned = plan_films(films, options, folder=tmp_path / "out", model=load_model())

    failed, done = measure_films(planned, options, folder=tmp_path / "out", model_name=DEFAULT_MODEL)

    assert isinstance(failed, FailedFilm)
    assert "no face can be measured between 0 and 0.2 s (no-face)" in failed.message
    assert isinstance(done, FilmResult)


def _sound(file: Path) -> Path:
    with av.open(str(file), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["nothing.mp4"], "nothing.mp4: the file does not exist", 1),
        (["text.mp4"], "text.mp4: the clip is damaged or not a film", 1),
        (["sound.wav"], "sound.wav: the clip has no picture, only sound", 1),
        (["empty.mp4", "--neutral", "text.mp4"], "text.mp4: the face at rest cannot be measured (", 1),
        (["empty.mp4", "--neutral", "grey.png"], "grey.png: the face at rest cannot be measured (", 1),
        (["empty.mp4", "--neutral", "."], "has no picture named empty", 1),
        (["empty.mp4", "--neutral-time", "0", "2s"], "ends after the film, which lasts 0.240 s", 1),
        (["empty.mp4", "--interval", "0.201", "0.239"], "--interval 0.201 0.239 has no frame", 1),
        (["empty.mp4", "--interval", "2", "1"], "give begin and end in seconds, such as 0 2", 2),
        (["empty.mp4", "--neutral-time", "0,5s", "1s"], "give begin and end in seconds, such as 0 2", 2),
        (["empty.mp4", "--neutral", "grey.png", "--neutral-time", "0", "1"], "not both", 2),
        (["empty.mp4", "--from", "x.csv"], "name films, or tables with --from", 2),
        ([], "name films, or tables with --from", 2),
        (["empty.mp4", "--jobs", "0"], "--jobs is a number of processes", 1),
    ],
)
def test_bad_input_is_refused_with_a_remedy(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
    status: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    empty_film(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("no film")
    _sound(tmp_path / "sound.wav")
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "grey.png")

    done = run(capsys, "measure", *arguments, "--out", tmp_path / "out")

    assert done.status == status
    assert message in " ".join(done.err.split())
    assert not list((tmp_path / "out").glob("*.csv"))


def test_files_of_others_are_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film, out = empty_film(tmp_path / "x.mp4"), tmp_path / "out"
    out.mkdir()
    (out / "x.csv").write_text("mine")

    done = run(capsys, "measure", film, "--out", out)

    assert done.status == 1
    assert "x.csv exists and is not a result of this command" in done.err
    assert (out / "x.csv").read_text() == "mine"


def test_results_of_another_film_are_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    run(capsys, "measure", empty_film(tmp_path / "x.mp4"), "--out", out)
    (tmp_path / "b").mkdir()
    other = empty_film(tmp_path / "b/x.mp4", frames=4)

    assert "is the result of another film (../x.mp4)" in run(capsys, "measure", other, "--out", out).err
    shutil.move(other, tmp_path / "x.mp4")  # the same film, exported again
    assert run(capsys, "measure", tmp_path / "x.mp4", "--out", out).status == 0
    assert len(table(out, "x.csv")) == 4


def test_options_of_the_results_are_part_of_what_must_not_change(film: Path, tmp_path: Path) -> None:
    def inputs(options: FilmOptions) -> str:
        (planned,) = plan_films([film], options, folder=tmp_path, model=load_model())
        return planned.inputs

    different = {
        inputs(WITH_PICTURE),
        inputs(FilmOptions()),
        inputs(replace(WITH_PICTURE, interval_s=(0.0, 1.0))),
        inputs(replace(WITH_PICTURE, results=ResultOptions("openface"))),
    }
    assert len(different) == 4


def test_frames_behind_a_damaged_one_are_not_measured(film: Path, tmp_path: Path) -> None:
    """Up to the next key frame they are drawn from it, so they show another face."""
    damaged = tmp_path / "smile.mp4"
    with av.open(str(film)) as container:
        broken = next(one for one in container.demux(video=0) if one.pts is not None and not one.is_keyframe)
        assert broken.pos is not None
        assert broken.pts is not None
        assert broken.time_base is not None
        begin, size, number = broken.pos, broken.size, round(float(broken.pts * broken.time_base) * RATE_HZ)
    content = bytearray(film.read_bytes())
    content[begin + 4 : begin + size] = b"\xff" * (size - 4)
    damaged.write_bytes(content)

    read = {index for index, _ in film_frames(damaged, first=0, stop=FRAMES)}

    assert 1 <= number < 12
    assert read == {0, *range(12, FRAMES)}  # key frames are 0, 12, ...; frames before the damaged one depend on it


def test_a_film_that_is_cut_is_reported(tmp_path: Path) -> None:
    whole = empty_film(tmp_path / "whole.mkv", frames=60)
    content = whole.read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: len(content) // 2])
    options = FilmOptions()

    result = measure(tmp_path / "cut.mkv", tmp_path / "out", options)

    assert 0 < result.frames < 60
    assert any("the file states a duration of 2.40 s, but its frames end at" in note for note in result.notes)


def test_films_with_one_content_keep_their_own_landmarks(tmp_path: Path) -> None:
    """Another process may still write those of the second film when the first one is finished."""
    films = [empty_film(tmp_path / "a.mp4")]
    films.append(Path(shutil.copy(films[0], tmp_path / "b.mp4")))

    first, second = plan_films(films, FilmOptions(), folder=tmp_path, model=load_model())

    assert landmark_work(tmp_path, first) != landmark_work(tmp_path, second)
