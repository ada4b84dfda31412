from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import DataSetError
from analysis.tables.manifest import read_manifest


def written(folder: Path, text: str) -> Path:
    file = folder / "manifest.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_pictures_are_grouped_by_person_with_paths_relative_to_the_manifest(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_formats_of_spreadsheet_programs_are_read(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    rows = [["person", "note", "expression", "image"], ["Jörg", '"a, b; c"', "anger", "Ärger 1.png"]]
    file = tmp_path / "manifest.csv"
    file.write_bytes("".join(separator.join(row) + end for row in rows).encode(encoding))

    people = read_manifest(file).people

    assert {name: [(p.expression, p.path.name) for p in pictures] for name, pictures in people.items()} == {
        "Jörg": [("anger", "Ärger 1.png")]
    }


def test_the_separator_is_found_between_quoted_column_names(tmp_path: Path) -> None:
    file = written(tmp_path, '"person";"expression";"image"\n"ann";"anger";"1,2.png"\n')

    assert read_manifest(file).people["ann"][0].path == tmp_path / "1,2.png"


@pytest.mark.parametrize(("encoding", "name", "line"), [("latin-1", "Jörg", 3), ("utf-16-le", "Jo", 1)])
def test_a_manifest_in_another_encoding_is_refused_with_the_line_and_the_remedy(
    tmp_path: Path, encoding: str, name: str, line: int
) -> None:
    file = tmp_path / "manifest.csv"
    file.write_bytes(f"person,expression,image\nann,anger,1.png\n{name},anger,2.png\n".encode(encoding))

    with pytest.raises(DataSetError, match=rf"line {line} holds characters that are not UTF-8\); .* 'CSV UTF-8'$"):
        read_manifest(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("person,image\nann,1.png\n", "expression is missing"),
        ("", "person, expression, image is missing"),
        ("person,expression,image,image\nann,anger,1.png,2.png\n", "names the column image twice"),
        ("person,expression,image\n", "the file has no row below the first line"),
        ("person,expression,image\nann,,1.png\nann,anger\n", "line 2: expression is empty; line 3: image is empty"),
        ("person,expression,image\nann,anger,1.png\nann,fear,1.png\n", "line 3: 1.png of ann is in line 2 already"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_with_its_lines(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataSetError, match=message):
        read_manifest(written(tmp_path, text))


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=r"nowhere\.csv: the file does not exist"):
        read_manifest(tmp_path / "nowhere.csv")


def test_a_picture_is_refused_as_a_manifest(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(bytes(range(256)))

    with pytest.raises(DataSetError, match="not a CSV file that can be read"):
        read_manifest(file)
