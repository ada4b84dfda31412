"""The key ``encrypt_for`` under ``camera``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from experiment.protocol.load import check_protocol, load_protocol
from experiment.protocol.planner import design
from experiment.record.encryption import PublicKey, make_key_pair

PROTOCOL = """protocol: 1
name: study
camera: {encrypt_for: lab.pub}
targets:
  anger: {image: anger.png, neutral: anger.png}
blocks:
  - {name: baseline, kind: calibration}
  - {name: warm-up, kind: practice, trials: [anger]}
  - {name: main, kind: experiment, trials: [anger]}
"""


@pytest.fixture
def key(tmp_path: Path) -> PublicKey:
    """The public key in ``lab.pub``; its private key is in ``lab.key``."""
    Image.new("RGB", (600, 900)).save(tmp_path / "anger.png")
    return make_key_pair(tmp_path / "lab.key", tmp_path / "lab.pub")


@pytest.fixture
def messages(tmp_path: Path) -> Callable[[str], list[str]]:
    """Return the errors of a protocol's text, with their lines."""

    def check(text: str) -> list[str]:
        (tmp_path / "study.yaml").write_text(text)
        problems = check_protocol(tmp_path / "study.yaml").problems
        return [f"{one.place.line}: {one.message}" for one in problems if one.severity == "error"]

    return check


def test_the_plan_has_the_public_key(tmp_path: Path, key: PublicKey) -> None:
    (tmp_path / "study.yaml").write_text(PROTOCOL)
    plan = design(load_protocol(tmp_path / "study.yaml"), participant="01")
    assert plan.camera.encrypt_for == key.text


def test_live_feedback_is_refused_and_the_message_says_why(
    key: PublicKey, messages: Callable[[str], list[str]]
) -> None:
    text = PROTOCOL.replace("kind: practice, trials", "kind: training, feedback: true, trials")
    (message,) = messages(text)
    assert message.startswith(
        "8: live feedback measures the face on this computer and stores the measurements in clear"
    )
    assert messages(text.replace("camera: {encrypt_for: lab.pub}\n", "")) == []


def test_a_private_key_and_a_missing_file_are_refused_at_their_place(
    key: PublicKey, messages: Callable[[str], list[str]]
) -> None:
    (message,) = messages(PROTOCOL.replace("lab.pub", "lab.key"))
    assert "3: " in message
    assert "`lab.key` is a private key; name the file of the public key" in message
    (message,) = messages(PROTOCOL.replace("lab.pub", "anger.png"))
    assert "`anger.png` is not a public key in the age format" in message
    (message,) = messages(PROTOCOL.replace("lab.pub", "other.pub"))
    assert "does not contain it" in message
