"""Every wrong protocol is refused at the right line; no bytes make the loader fail."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiment.protocol.load import check_bytes, check_protocol
from tests.conftest import PROJECT
from tests.experiment.protocol.conftest import draw_pictures
from tests.experiment.protocol.corpus import Case, cases, messages_by_line, write_fixture
from tests.experiment.protocol.mutations import Mutant, mutants

CASES = cases()
SHIPPED = sorted((PROJECT / "protocols").glob("*.yaml"))


@pytest.fixture(scope="module")
def folder_of_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything the wrong protocols name."""
    folder = tmp_path_factory.mktemp("lab") / "studies"
    draw_pictures(folder / "targets")
    write_fixture(folder)
    return folder


def test_the_corpus_has_at_least_150_different_cases() -> None:
    assert len(CASES) >= 150
    assert len({case.title for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_wrong_protocol_is_refused_at_its_line(case: Case, folder_of_cases: Path) -> None:
    file = folder_of_cases / "study.yaml"
    file.write_text(case.text, encoding="utf-8")

    checked = check_protocol(file)

    found = messages_by_line(checked, "error")
    assert checked.protocol is None
    assert set(found) == set(case.expected), found
    for place, words in case.expected.items():
        for word in words:
            assert any(word in message for message in found[place]), found[place]
    for problem in checked.problems:
        assert problem.place.column >= 1
        assert "\n" not in problem.message
        assert len(problem.message) < 400


@pytest.mark.parametrize(
    ("name", "data", "line", "words"),
    [
        ("latin-1", "protocol: 1\nname: x\ntitle: für\n".encode("latin-1"), 3, "not saved as UTF-8"),
        ("utf-16", "protocol: 1\n".encode("utf-16"), 1, "not saved as UTF-8"),
        ("a zero byte", b"protocol: 1\nname: a\x00b\n", 2, "control character"),
        ("an escape sequence", b"protocol: 1\nname: \x1b[31mx\n", 2, "control character"),
        ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", 1, "not saved as UTF-8"),
        ("a character beyond Unicode", b'protocol: 1\nname: "\\U00110000"\n', 1, "not valid YAML"),
        ("three megabytes", b"# \n" * 1_000_001, 1, "larger than"),
        (
            "anchors that multiply",
            b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            b"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e]\n",
            1,
            "anchors",
        ),
        ("brackets without end", b"[" * 20_000, 1, "nested too deeply"),
    ],
)
def test_bytes_that_are_not_a_text_are_refused_with_a_message(
    name: str, data: bytes, line: int, words: str, folder_of_cases: Path
) -> None:
    if name == "three megabytes":
        (folder_of_cases / "large.yaml").write_bytes(data)
        checked = check_protocol(folder_of_cases / "large.yaml")
    else:
        checked = check_bytes(data, folder_of_cases / "study.yaml")

    assert checked.protocol is None
    assert any(words in problem.message for problem in checked.problems), checked.problems
    if words != "anchors":
        assert checked.problems[0].place.line == line


def test_a_file_that_does_not_exist_is_one_problem(folder_of_cases: Path) -> None:
    (folder_of_cases / "base.yaml").touch()

    missing = check_protocol(folder_of_cases / "bsae.yaml")
    folder = check_protocol(folder_of_cases)

    assert [problem.message for problem in missing.problems] == ["this file does not exist; did you mean `base.yaml`?"]
    assert "this is a folder" in folder.problems[0].message


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the shipped protocols by path, in a folder with pictures."""
    folder = tmp_path_factory.mktemp("protocols")
    draw_pictures(folder / "targets")
    texts = {}
    for file in SHIPPED:
        text = file.read_text(encoding="utf-8")
        (folder / file.name).write_text(text, encoding="utf-8")
        texts[str(folder / file.name)] = text
    return texts


def refused_at_its_line(mutant: Mutant, file: Path) -> bool:
    checked = check_bytes(mutant.text.encode(), file)
    errors = [problem for problem in checked.problems if problem.severity == "error"]
    here = f"line {mutant.line},"
    return any(problem.place.line == mutant.line or here in problem.message for problem in errors)


def some_mutants(texts: dict[str, str], count: int | None) -> list[tuple[Mutant, Path]]:
    everything = [(mutant, Path(file)) for file, text in texts.items() for mutant in mutants(text)]
    assert len(everything) > 1000
    return everything if count is None else random.Random(6).sample(everything, count)


def test_mistakes_made_in_the_shipped_protocols_are_refused_at_their_lines(shipped: dict[str, str]) -> None:
    missed = [mutant for mutant, file in some_mutants(shipped, 60) if not refused_at_its_line(mutant, file)]

    assert not missed


@pytest.mark.slow
def test_six_hundred_mistakes_are_refused_at_their_lines(shipped: dict[str, str]) -> None:
    missed = [mutant for mutant, file in some_mutants(shipped, 600) if not refused_at_its_line(mutant, file)]

    assert not missed


@settings(deadline=None)
@given(data=st.binary(max_size=300))
def test_no_bytes_make_the_loader_fail(data: bytes) -> None:
    checked = check_bytes(data, Path("study.yaml"))

    assert checked.protocol is None
    assert checked.problems


PIECES = [
    *("protocol: 1\n", "name: x\n", "targets:\n", "  a: ", "{", "}", "[", "]", ": ", "- ", "\n", "  "),
    *("&a ", "*a ", "'", '"', "blocks:\n", "!!map ", "? ", "|\n", "> \n", "# ", "1", "true", "null"),
    *("---\n", "\\", "é", "𝄞", "\t", "<<: ", "kind: experiment", "trials: ", "extends: ", "display: "),
    *("size: ", "blend: ", "order: ", "timing: ", "0.5 s", ","),
]
YAML_PIECES = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(deadline=None, max_examples=200)
@given(text=YAML_PIECES)
def test_no_pieces_of_yaml_make_the_loader_fail(text: str) -> None:
    assert check_bytes(text.encode(), Path("study.yaml")).protocol is None


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_change_of_a_right_protocol_makes_the_loader_fail(data: st.DataObject) -> None:
    text = (PROJECT / "protocols" / "minimal.yaml").read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 20)))
    inserted = data.draw(st.one_of(YAML_PIECES, st.text(max_size=10)))

    check_bytes((text[:start] + inserted + text[stop:]).encode("utf-8", "surrogatepass"), Path("study.yaml"))
