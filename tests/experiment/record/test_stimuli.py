"""The list of target pictures never takes the hash of a picture that was exchanged."""

from __future__ import annotations

from pathlib import Path

from experiment.record.files import digest
from experiment.record.stimuli import store_stimuli
from experiment.record.values import Stimulus


def stimulus(folder: Path, name: str, content: bytes) -> Stimulus:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.png").write_bytes(content)
    return Stimulus(name, name, folder / f"{name}.png")


def listed(data: Path) -> dict[str, str]:
    lines = (data / "stimuli/SHA256SUMS").read_text().splitlines()
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def test_a_picture_that_was_exchanged_keeps_its_listed_hash(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    store_stimuli((stimulus(tmp_path / "a", "anger", b"anger"), stimulus(tmp_path / "a", "fear", b"fear")), data)
    (data / "stimuli/fear.png").write_bytes(b"another face")

    store_stimuli((stimulus(tmp_path / "a", "anger", b"anger"), stimulus(tmp_path / "a", "calm", b"calm")), data)

    assert listed(data) == {f"{name}.png": digest(name.encode()) for name in ("anger", "calm", "fear")}


def test_a_picture_that_was_deleted_and_shown_again_gets_its_own_hash(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    store_stimuli((stimulus(tmp_path / "a", "fear", b"fear"),), data)
    (data / "stimuli/fear.png").unlink()

    store_stimuli((stimulus(tmp_path / "b", "fear", b"another fear"),), data)

    assert listed(data) == {"fear.png": digest(b"another fear")}
