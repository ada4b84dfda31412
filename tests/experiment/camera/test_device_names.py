from __future__ import annotations

import stat
from pathlib import Path

import pytest

from experiment.camera.device_names import camera_devices, device_identity, device_number


def test_a_camera_keeps_its_name_when_its_number_changes(tmp_path: Path) -> None:
    links, classes = tmp_path / "v4l" / "by-id", tmp_path / "class"
    links.mkdir(parents=True)
    for number in (0, 2):
        (tmp_path / f"video{number}").touch()
        (classes / f"video{number}").mkdir(parents=True)
        (classes / f"video{number}" / "name").write_text("HD Webcam\n")
    (links / "usb-Maker_HD_A1B2-video-index0").symlink_to("../../video2")

    def identity(number: int) -> str:
        return device_identity(number, devices=tmp_path, classes=classes)

    assert (identity(0), identity(2)) == ("HD Webcam", "usb-Maker_HD_A1B2-video-index0")
    (links / "usb-Maker_HD_A1B2-video-index0").unlink()
    (links / "usb-Maker_HD_A1B2-video-index0").symlink_to("../../video0")
    assert (identity(0), identity(2)) == ("usb-Maker_HD_A1B2-video-index0", "HD Webcam")


def test_two_cameras_of_one_model_without_a_serial_number_differ_by_their_ports(tmp_path: Path) -> None:
    paths = tmp_path / "v4l" / "by-path"
    paths.mkdir(parents=True)
    for number in (0, 2):
        (tmp_path / f"video{number}").touch()
        (paths / f"pci-usb-0:{number}").symlink_to(f"../../video{number}")

    found = [device_identity(number, devices=tmp_path, classes=tmp_path) for number in (0, 2, 4)]

    assert found == ["pci-usb-0:0", "pci-usb-0:2", "camera 4"]


def test_devices_are_named_by_number_or_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "video7").touch()
    (tmp_path / "link").symlink_to("video7")
    (tmp_path / "clip.mp4").touch()

    assert [device_number(spec) for spec in ("0", "12", "simulated", str(tmp_path / "link"))] == [0, 12, None, None]
    monkeypatch.setattr(Path, "is_char_device", lambda path: stat.S_ISREG(path.stat().st_mode))
    assert [device_number(str(tmp_path / name)) for name in ("video7", "link", "clip.mp4")] == [7, 7, None]


def test_only_devices_that_give_pictures_are_cameras(tmp_path: Path) -> None:
    for number, index, name in ((0, "0", "HD Webcam: HD Webcam"), (1, "1", "HD Webcam: HD Webcam"), (4, "0", "Studio")):
        (tmp_path / "dev").mkdir(exist_ok=True)
        (tmp_path / "dev" / f"video{number}").touch()
        facts = tmp_path / "class" / f"video{number}"
        facts.mkdir(parents=True)
        (facts / "index").write_text(f"{index}\n")
        (facts / "name").write_text(f"{name}\n")
    (tmp_path / "dev" / "video9").touch()  # without facts

    found = camera_devices(devices=tmp_path / "dev", classes=tmp_path / "class")

    assert found == [(0, "HD Webcam"), (4, "Studio"), (9, "camera 9")]
    assert camera_devices(devices=tmp_path / "nothing") == []
