"""Tables and report use no picture that is not the one the session stored or showed."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from numpy.testing import assert_array_equal

from analysis.face.images import read_image
from analysis.face.measurement import Exclusion, Picture, detect_face
from analysis.face.models.registry import load_model
from analysis.tables.score_tables import measure_data_set
from experiment.record import encryption
from experiment.record.frames import encode_png
from tests.analysis.running import run
from tests.analysis.tables.rehearsed import noise, record_session


def exclusions(dataset: Path) -> dict[str, str]:
    """What is excluded, with the reason."""
    (session,) = measure_data_set(dataset, load_model("toy"))
    return {one.what: one.reason for one in session.exclusions}


def frame(dataset: Path, trial: str) -> Path:
    """The frame of the key press of a trial."""
    (file,) = dataset.glob(f"sourcedata/sub-01/frames/*-{trial}/key.png")
    return file


def test_one_changed_pixel_excludes_the_trial(dataset: Path) -> None:
    assert exclusions(dataset) == {}
    picture = cv2.imread(str(frame(dataset, "fear")))
    assert picture is not None
    picture[0, 0, 0] ^= 1
    cv2.imwrite(str(frame(dataset, "fear")), picture)

    assert exclusions(dataset) == {"trial fear": "changed-file"}


def test_two_swapped_frames_are_both_excluded(dataset: Path) -> None:
    one, other = frame(dataset, "fear"), frame(dataset, "anger")
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)

    assert exclusions(dataset) == {"trial fear": "changed-file", "trial anger": "changed-file"}


def test_a_replaced_stimulus_is_excluded_also_the_neutral_one(dataset: Path) -> None:
    fear, anger = dataset / "stimuli/fear.png", dataset / "stimuli/anger.png"
    fear.write_bytes(anger.read_bytes())
    assert exclusions(dataset) == {"target fear": "changed-file"}
    (dataset / "stimuli/neutral.png").write_bytes(anger.read_bytes())
    assert "changed-file" in {exclusions(dataset)[f"neutral face of target {name}"] for name in ("anger", "happiness")}


def test_the_commands_print_what_is_excluded_and_the_warnings_of_the_record(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = dataset / "sourcedata/sub-01/journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"effort":2', b'"effort":3'))
    frame(dataset, "happiness").write_bytes(frame(dataset, "anger").read_bytes())

    done = run(capsys, "tables", dataset, "--metric", "units")

    assert done.status == 0
    assert "excluded: trial fear (changed-line)" in done.out
    assert "excluded: trial happiness (changed-file): the file is not the one that was recorded" in done.out
    assert "(trial) was changed after the session wrote it; restore" in done.out
    assert run(capsys, "report", dataset, "--metric", "units").status == 0
    page = (dataset / "derivatives/mimicry/report.html").read_text(encoding="utf-8")
    assert "was changed after the session wrote it" in page
    assert "changed-file" in page


def test_a_changed_first_line_leaves_no_trial_and_no_calibration(dataset: Path) -> None:
    journal = dataset / "sourcedata/sub-01/journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"seed":7', b'"seed":8'))

    found = exclusions(dataset)

    assert set(found.values()) == {"changed-line"}
    assert len(found) == 5 + 3, "calibration frames and trials"


def test_another_picture_under_the_name_of_a_target_is_reported(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(
        dataset, participant="02", targets=("anger", "fear"), pictures=lambda name: noise(name.replace("fear", "x"))
    )

    done = run(capsys, "tables", dataset, "--metric", "units")

    assert "sub-02: Warning: target fear is another picture than in sub-01." in done.out
    assert "target anger is another" not in done.out
    assert "sub-01: Warning" not in done.out


def test_timing_prints_the_warnings_of_the_record(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = dataset / "sourcedata/sub-01/journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"effort":2', b'"effort":3'))

    done = run(capsys, "timing", dataset)

    assert "warning: sub-01: line" in done.err
    assert "its line in the journal, or the first line, is not as the session wrote it" in done.out


def test_an_encrypted_frame_is_measured_with_the_key_and_is_the_same_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(encryption.KEY_VARIABLE, "")
    picture = noise("anger")
    key = encryption.make_key_pair(tmp_path / "lab.key", tmp_path / "lab.pub")
    file = tmp_path / "key.png.age"
    file.write_bytes(encryption.encrypt_bytes(encode_png(picture), key))
    with pytest.raises(encryption.EncryptionError, match="is encrypted: name the file of the private key"):
        detect_face(Picture(file, "anger"))

    encryption.use_private_key(tmp_path / "lab.key")

    assert_array_equal(read_image(file), picture)
    refused = detect_face(Picture(file, "anger"))
    assert isinstance(refused, Exclusion)
    assert refused.reason == "no-face"
