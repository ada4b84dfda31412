from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import DataSetError
from analysis.manifest import read_manifest


def written(folder: Path, text: str) -> Path:
    file = folder / "manifest.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_pictures_are_grouped_by_person_and_found_beside_the_manifest(tmp_path: Path) -> None:
    file = written(tmp_path, "person,expression,image\nann,neutral,a/1.png\nbob,anger,b.png\nann,anger,a/2.png\n")

    people = read_manifest(file).people

    assert list(people) == ["ann", "bob"]
    assert [(p.expression, p.path) for p in people["ann"]] == [
        ("neutral", tmp_path / "a/1.png"),
        ("anger", tmp_path / "a/2.png"),
    ]


def test_other_columns_their_order_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    file = written(tmp_path, "\ufeffimage,age, person ,expression\n1.png,30, ann , anger \n")

    assert [p.expression for p in read_manifest(file).people["ann"]] == ["anger"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("person,image\nann,1.png\n", "expression is missing"),
        ("", "person, expression, image is missing"),
        ("person,expression,image\n", "there is no row"),
        ("person,expression,image\nann,,1.png\nann,anger\n", "line 2: expression is empty; line 3: image is empty"),
        ("person,expression,image\nann,anger,1.png\nann,fear,1.png\n", "line 3: 1.png of ann is in line 2 already"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_with_its_lines(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(DataSetError, match=sentence):
        read_manifest(written(tmp_path, text))


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=r"nowhere\.csv: there is no such file"):
        read_manifest(tmp_path / "nowhere.csv")


def test_a_picture_is_no_manifest(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(bytes(range(256)))

    with pytest.raises(DataSetError, match="no CSV file that can be read"):
        read_manifest(file)
