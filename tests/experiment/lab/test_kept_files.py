"""A file in the user's cache that was changed is made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.face.models.drawn_face import DrawnFace
from experiment.lab import rendered_targets
from experiment.lab.kept_files import is_kept, keep


def test_a_changed_exchanged_or_unlisted_file_is_not_kept(tmp_path: Path) -> None:
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    for file in (one, other):
        file.write_bytes(file.name.encode())
        assert not is_kept(file), "it has no hash yet"
        keep(file)
        assert is_kept(file)

    one.write_bytes(b"another face")
    assert not is_kept(one)
    other.with_name("one.png.sha256").write_bytes(other.with_name("other.png.sha256").read_bytes())
    assert not is_kept(one), "the hash of another file"
    other.unlink()
    assert not is_kept(other)


def test_a_drawn_target_that_was_exchanged_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def render(missing: dict[Path, object]) -> None:
        for file in missing:
            drawn.append(file.name)
            file.write_bytes(b"drawn")
            keep(file)

    monkeypatch.setattr(rendered_targets, "_render", render)
    (file,) = rendered_targets.render_drawn([DrawnFace({"happiness": 1.0})], tmp_path)
    rendered_targets.render_drawn([DrawnFace({"happiness": 1.0})], tmp_path)
    assert len(drawn) == 1

    file.write_bytes(b"the face of another person")
    rendered_targets.render_drawn([DrawnFace({"happiness": 1.0})], tmp_path)

    assert len(drawn) == 2
    assert file.read_bytes() == b"drawn"
