"""Film, table and camera agree: every frame is in the film or listed as lost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from experiment.clock import ManualClock, MonotonicClock
from experiment.ports.camera import CameraFrame
from experiment.record.encryption import KEY_VARIABLE, EncryptionError, make_key_pair
from experiment.record.errors import RecordError
from experiment.record.film.completion import film_parts, finish_parts, with_received
from experiment.record.film.film import MARGIN_S, QUEUE_S, Film, next_part
from experiment.record.film.reading import frames_at, frames_of, read_table
from experiment.record.film.received import Received
from tests.conftest import PROJECT
from tests.experiment.record.film.filmed import (
    RATE_HZ,
    frame,
    manual_film,
    offer_slowly,
    settings,
    wrong_frames,
)


@pytest.mark.parametrize("frames", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_film_and_table_agree_with_the_numbers_drawn_into_the_pictures(tmp_path: Path, frames: int) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())

    offer_slowly(film, 0, frames)
    (finished,) = film.close()

    (part,) = film_parts(tmp_path / "film")
    assert [row.index for row in part.rows] == list(range(frames))
    assert wrong_frames(part) == []
    assert part.frames + sum(part.lost.values()) == frames
    assert (finished.frames, finished.lost) == (part.frames, part.lost)
    assert part.frames == frames
    assert {path.name for path in (tmp_path / "film").iterdir()} == {"part-01.mp4", "part-01_frames.tsv"}


@pytest.mark.parametrize("encrypted", [False, True])
def test_some_frames_are_those_of_the_whole_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, encrypted: bool
) -> None:
    key = make_key_pair(tmp_path / "lab.key", tmp_path / "lab.pub") if encrypted else None
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "lab.key"))
    film = Film(settings(tmp_path / "data", key=key), clock=MonotonicClock())
    offer_slowly(film, 0, 130)
    film.close()
    (part,) = film_parts(tmp_path / "data" / "film")
    whole = {row.index: image for row, image in frames_of(part)}

    for first, last in ((0, 3), (28, 33), (60, 61), (95, 130)):
        chosen = part.rows[first:last]
        found = list(frames_at(part, chosen))
        assert [row for row, _ in found] == list(chosen)
        assert all(np.array_equal(image, whole[row.index]) for row, image in found)


def test_the_film_of_a_trial_begins_before_it_and_ends_after_it(tmp_path: Path) -> None:
    clock = ManualClock(0.0)
    film = manual_film(tmp_path, clock)
    step = 1 / RATE_HZ

    for index in range(120):
        if index == 30:
            film.film_trial("smile-001")
        if index == 60:
            film.film_trial("smile-002")
        if index == 90:
            film.film_trial(None)
        film.offer(frame(index))
        clock.sleep_until((index + 1) * step)
        time.sleep(0.004)
    film.close()

    (part,) = film_parts(tmp_path / "film")
    margin = round(MARGIN_S * RATE_HZ)
    indices = [row.index for row in part.rows]
    assert indices == list(range(30 - margin, 90 + margin))
    assert [row.index for row in part.rows if row.trial_id == "smile-002"] == list(range(60, 90 + margin))
    assert {row.trial_id for row in part.rows} == {"smile-001", "smile-002"}
    assert all(row.half_interval_ms == pytest.approx(1000 * step / 2, abs=0.01) for row in part.rows)


def test_a_frame_is_filmed_by_the_time_it_was_captured_not_by_its_arrival(tmp_path: Path) -> None:
    clock = ManualClock(0.0)
    film = manual_film(tmp_path, clock)

    clock.sleep_until(1.0)
    film.film_trial("smile-001")
    clock.sleep_until(2.0)
    film.film_trial(None)
    clock.sleep_until(2.5)
    for index in range(75):  # all of them arrive after the end
        film.offer(frame(index))
        time.sleep(0.004)
    film.close()

    (part,) = film_parts(tmp_path / "film")
    assert part.rows[0].time_s == pytest.approx(1.0 - MARGIN_S, abs=1.1 / RATE_HZ)
    assert part.rows[-1].time_s == pytest.approx(2.0 + MARGIN_S, abs=1.1 / RATE_HZ)


def test_frames_that_the_encoder_cannot_take_are_rows_with_the_reason(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())
    os.kill(film.process_id or 0, signal.SIGSTOP)

    worst_s = 0.0
    for index in range(100):
        began_s = time.perf_counter()
        film.offer(frame(index))
        worst_s = max(worst_s, time.perf_counter() - began_s)
    os.kill(film.process_id or 0, signal.SIGCONT)
    film.close()

    (part,) = film_parts(tmp_path / "film")
    assert [row.index for row in part.rows] == list(range(100))
    assert part.lost["queue"] == 100 - (round(QUEUE_S * RATE_HZ) + 2)
    assert wrong_frames(part) == []
    assert worst_s < 0.5, "the camera's thread waited for the encoder"


def test_frames_lost_by_the_camera_are_rows_without_a_time(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())

    for index in (0, 1, 4, 5):
        film.offer(frame(index))
    film.close()

    (part,) = film_parts(tmp_path / "film")
    assert [(row.index, row.reason, row.time_s is None) for row in part.rows[1:4]] == [
        (1, "", False),
        (2, "camera", True),
        (3, "camera", True),
    ]
    assert wrong_frames(part) == []


def test_pictures_of_another_size_begin_a_new_part_and_too_large_ones_are_lost(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())

    def plain(index: int, height: int, width: int) -> CameraFrame:
        return CameraFrame(index, index / RATE_HZ, "arrival", np.full((height, width, 3), 90, np.uint8))

    for index, (height, width) in enumerate([(64, 64), (33, 47), (33, 47), (640, 640)]):
        film.offer(plain(index, height, width))
    film.close()

    first, second = film_parts(tmp_path / "film")
    assert [row.index for row in first.rows] == [0]
    assert [(row.index, row.reason) for row in second.rows] == [(1, ""), (2, ""), (3, "size")]
    assert [image.shape for _, image in frames_of(second)] == [(33, 47, 3)] * 2
    assert next_part(tmp_path / "film") == 3


def test_colours_survive_the_film(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())
    colours = np.array([(210, 160, 140), (90, 60, 50), (30, 120, 200), (250, 250, 250)], np.uint8)
    image = np.repeat(np.repeat(colours.reshape(2, 2, 3), 32, axis=0), 32, axis=1)

    film.offer(CameraFrame(0, 0.0, "driver", image))
    film.close()

    (part,) = film_parts(tmp_path / "film")
    ((_, decoded),) = frames_of(part)
    difference = decoded[16::32, 16::32].astype(int) - image[16::32, 16::32]
    assert np.abs(difference).max() <= 4


def test_all_files_are_private_and_the_film_keeps_the_times_of_the_camera(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())
    times_s = [0.0, 0.031, 0.08, 0.101, 0.9]
    for index, time_s in enumerate(times_s):
        film.offer(frame(index, 5.0 + time_s))
    film.close()

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "film").iterdir()} == {0o600}
    with av.open(str(tmp_path / "film" / "part-01.mp4")) as container:
        found = [float(one.time or 0) for one in container.decode(video=0)]
    assert found == pytest.approx(times_s, abs=1e-5)


@pytest.mark.parametrize("group", [False, True], ids=["session", "session and encoder"])
def test_after_kill_9_the_film_plays_and_its_table_has_every_frame(
    tmp_path: Path, group: bool, rng: np.random.Generator
) -> None:
    offered, taken = film_until_killed(tmp_path, seconds=float(rng.uniform(0.0, 1.0)), group=group)

    parts = finish_parts(tmp_path / "film", set())

    rows = [row for part in film_parts(tmp_path / "film") for row in part.rows]
    assert [row.index for row in rows] == list(range(len(rows)))
    assert taken <= len(rows) <= offered  # they differ if the kill came while a frame was handed over
    assert sum(one.frames + sum(one.lost.values()) for one in parts) == len(rows)
    assert all(wrong_frames(part) == [] for part in film_parts(tmp_path / "film"))
    assert not list((tmp_path / "film").glob("*_received.tsv"))
    if not group:  # the encoder still takes what was handed over
        assert sum(one.frames for one in parts) >= taken


@pytest.mark.parametrize("encrypted", [False, True])
def test_frames_that_wait_for_the_encoder_are_rows_after_both_processes_were_killed(
    tmp_path: Path, encrypted: bool
) -> None:
    key = make_key_pair(tmp_path / "key.txt", tmp_path / "key.pub") if encrypted else None
    folder = tmp_path / "data" / "film"
    film = Film(settings(tmp_path / "data", key=key), clock=MonotonicClock())
    os.kill(film.process_id or 0, signal.SIGSTOP)
    for index in (*range(20), *range(23, 90)):
        film.offer(frame(index))
    os.kill(film.process_id or 0, signal.SIGKILL)
    with pytest.raises(RecordError):
        film.close()

    assert sum(sum(part.lost.values()) for part in film_parts(folder)) == 90, "before the tables are completed"
    (finished,) = finish_parts(folder, set())

    (part,) = film_parts(folder)
    assert [row.index for row in part.rows] == list(range(90))
    assert finished.lost == {"camera": 3, "interrupted": 87}
    assert all(row.trial_id == "" and row.file == "" for row in part.rows)
    assert [path.name for path in folder.iterdir()] == ["part-01_frames.tsv"]
    assert next_part(folder) == 2


def test_a_frame_without_room_in_the_queue_is_a_row_at_its_place(tmp_path: Path) -> None:
    """The list of received frames has it, and the closed table does not."""
    film = Film(settings(tmp_path), clock=MonotonicClock())
    offer_slowly(film, 0, 10)
    while film.waiting:
        time.sleep(0.001)
    film.close()
    table = tmp_path / "film" / "part-01_frames.tsv"
    lines = table.read_text().splitlines(keepends=True)
    received = Received(
        table.with_name("part-01_received.tsv"), 1, False, tuple(line.rstrip("\n") for line in lines[1:])
    )
    part = read_table(table)
    fewer = replace(part, rows=part.rows[:4] + part.rows[6:8])

    (completed,) = with_received([fewer], received)

    assert [row.index for row in completed.rows] == list(range(10))
    assert [row.reason for row in completed.rows] == [""] * 4 + ["queue"] * 2 + [""] * 2 + ["interrupted"] * 2
    assert with_received([part], received) == [part]


def film_until_killed(folder: Path, *, seconds: float, group: bool) -> tuple[int, int]:
    """Film in a process and kill it; return the numbers of frames offered and certainly taken."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.experiment.record.film.filmed", str(folder)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        printed = process.stdout.read()
        return printed.count("offered"), printed.count("taken")


def test_frames_of_the_table_that_are_not_in_the_film_are_lost(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())
    offer_slowly(film, 0, 90)
    film.close()
    video = tmp_path / "film" / "part-01.mp4"
    table = tmp_path / "film" / "part-01_frames.tsv"
    os.truncate(table, table.stat().st_size - 3)  # a row torn by a crash
    process = subprocess.run(
        [sys.executable, "-c", f"from tests.experiment.record.film.test_film import cut; cut({str(video)!r}, 60)"],
        cwd=PROJECT,
        check=True,
    )
    assert process.returncode == 0

    (finished,) = finish_parts(tmp_path / "film", set())

    assert finished.frames == 60
    assert finished.lost == {"interrupted": 29}
    part = read_table(table)
    assert [row.reason for row in part.rows] == [""] * 60 + ["interrupted"] * 29
    assert wrong_frames(part) == []
    assert finish_parts(tmp_path / "film", {1}) == []


def cut(file: str, frames: int) -> None:
    """Keep only the first frames of a film, as after a crash."""
    with av.open(file) as film:
        images = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in film.decode(video=0)][:frames]
    from experiment.record.film.video import PrivateFile, Video

    path = Path(file)
    path.unlink()
    video = Video(PrivateFile(path), size_px=(images[0].shape[1], images[0].shape[0]), rate_hz=RATE_HZ)
    for index, image in enumerate(images):
        video.write(video.add(image, index / RATE_HZ))
    video.close()


def test_a_full_disk_ends_the_film_with_a_message_and_keeps_what_was_written(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())
    resource.prlimit(film.process_id or 0, resource.RLIMIT_FSIZE, (30_000, 30_000))

    with pytest.raises(RecordError, match=r"cannot write .*part-01"):
        offer_noise(film)
    with pytest.raises(RecordError):
        film.close()

    finish_parts(tmp_path / "film", set())
    (part,) = film_parts(tmp_path / "film")
    assert part.frames > 3
    assert len(list(frames_of(part))) == part.frames


def offer_noise(film: Film) -> None:
    rng = np.random.default_rng(1)
    for index in range(500):
        noise = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        film.offer(CameraFrame(index, index / RATE_HZ, "driver", noise))
        film.check()
        time.sleep(0.005)


def check_until_error(film: Film) -> None:
    give_up_s = time.monotonic() + 20
    while time.monotonic() < give_up_s:
        film.check()
        time.sleep(0.01)


def test_the_end_of_the_encoder_is_an_error_of_the_session(tmp_path: Path) -> None:
    film = Film(settings(tmp_path), clock=MonotonicClock())
    film.offer(frame(0))
    os.kill(film.process_id or 0, signal.SIGKILL)

    with pytest.raises(RecordError, match="the process that writes the film ended"):
        check_until_error(film)
    with pytest.raises(RecordError):
        film.close()


def test_a_check_that_reads_the_last_message_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiment.record.film.film._END_PATIENCE_S", 1.0)
    film = Film(settings(tmp_path), clock=MonotonicClock())
    film.offer(frame(0))
    film._ending.set()
    while psutil.pid_exists(film.process_id or 0) and psutil.Process(film.process_id).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    film.check()

    (part,) = film.close()

    assert part.frames == 1


def test_an_encrypted_film_is_read_with_the_private_key_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key_pair(tmp_path / "key.txt", tmp_path / "key.pub")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    film = Film(settings(tmp_path / "data", key=key), clock=MonotonicClock())

    offer_slowly(film, 0, 75)
    (finished,) = film.close()

    assert [name for name, _ in finished.files] == [f"part-01/0000{n}.mp4.age" for n in (1, 2, 3)]
    assert not list((tmp_path / "data").rglob("*.mp4"))
    (part,) = film_parts(tmp_path / "data" / "film")
    with pytest.raises(EncryptionError, match="is encrypted"):
        list(frames_of(part))
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key.txt"))
    assert wrong_frames(part) == []
    assert part.frames == 75


def test_an_encrypted_film_that_is_interrupted_keeps_its_complete_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key_pair(tmp_path / "key.txt", tmp_path / "key.pub")
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key.txt"))
    film = Film(settings(tmp_path / "data", key=key), clock=MonotonicClock())
    offer_slowly(film, 0, 75)
    time.sleep(1.0)
    os.kill(film.process_id or 0, signal.SIGKILL)
    with pytest.raises(RecordError):
        film.close()

    (finished,) = finish_parts(tmp_path / "data" / "film", set())

    (part,) = film_parts(tmp_path / "data" / "film")
    assert finished.frames == part.frames == 60
    assert finished.lost == {"interrupted": 15}
    assert [row.index for row in part.rows] == list(range(75))
    assert wrong_frames(part) == []


def test_a_table_that_is_damaged_is_refused(tmp_path: Path) -> None:
    film = Film(replace(settings(tmp_path)), clock=MonotonicClock())
    film.offer(frame(0))
    film.close()
    table = tmp_path / "film" / "part-01_frames.tsv"
    table.write_text(table.read_text() + "1\tabc\n")

    with pytest.raises(RecordError, match=r"line \d+: the row is damaged"):
        film_parts(tmp_path / "film")
