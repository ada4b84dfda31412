"""The commands validate, schema and preview."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.conftest import PROJECT
from tests.experiment.protocol.conftest import folder, pictures, study
from tests.experiment.running import run

__all__ = ["folder", "pictures"]


def test_a_valid_protocol_has_status_0(folder: Path) -> None:
    file = folder / "study.yaml"
    text = study("  - {name: base, kind: calibration}\n  - {name: main, kind: experiment, trials: [anger]}\n")
    file.write_text(text, encoding="utf-8")

    result = run("validate", file)

    assert result.status == 0
    assert "target `fear` is in no trial" in result.out
    assert "study.yaml:6:17: warning: `fear.png` of target `fear`: no face is found in this picture" in result.out
    assert re.search(r"main +experiment +1 +1 s +6 s +1 min 1 s +21\n", result.out)
    assert result.out.splitlines()[-1] == f"{file}: no errors, 12 warnings"


def test_an_invalid_protocol_has_status_1_and_prints_place_and_line(folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(study("  - {name: main, kind: experiment, trials: [angr]}\n"), encoding="utf-8")

    result = run("validate", file, folder / "other.yaml")

    assert result.status == 1
    lines = result.out.splitlines()
    place = lines.index(f"{file}:11:45: unknown target `angr`; did you mean `anger`?")
    assert lines[place + 1].strip() == "- {name: main, kind: experiment, trials: [angr]}"
    assert lines[place + 2].index("^") == lines[place + 1].index("angr")
    assert f"{folder / 'other.yaml'}:1:1: this file does not exist" in result.out
    assert result.err == ""


def test_problems_are_printed_as_json(folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(study("  - {name: main, kind: experiment, trials: [angr]}\n"), encoding="utf-8")

    result = run("validate", file, "--json")

    assert result.status == 1
    (error,) = [problem for problem in json.loads(result.out) if problem["severity"] == "error"]
    assert (error["line"], error["column"], error["file"]) == (11, 45, str(file))


def test_wrong_usage_has_status_2() -> None:
    assert run("validate").status == 2
    assert run("validate", "--jsn", "x.yaml").status == 2
    assert run("preview", PROJECT / "protocols" / "minimal.yaml", "--clips").status == 2
    assert run("preview", PROJECT / "protocols" / "minimal.yaml", "--json", "--orders", "2").status == 2


def test_the_committed_schema_is_current() -> None:
    result = run("schema")

    assert result.status == 0
    assert result.out == (PROJECT / "protocols" / "schema.json").read_text(encoding="utf-8")


def test_the_committed_reference_page_is_current() -> None:
    result = run("schema", "--reference")

    assert result.status == 0, result.err
    assert result.out == (PROJECT / "docs" / "protocol-reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted((PROJECT / "protocols").glob("*.yaml")), ids=lambda file: file.name)
def test_shipped_protocols_name_the_schema_and_are_valid(file: Path) -> None:
    """An independent oracle: the JSON Schema, as an editor applies it, accepts what the loader accepts."""
    schema = json.loads((PROJECT / "protocols" / "schema.json").read_text(encoding="utf-8"))
    text = file.read_text(encoding="utf-8")

    jsonschema.Draft202012Validator(schema).validate(YAML(typ="safe").load(text))

    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize(
    "wrong",
    [
        "tmiing: {}",
        "seed: one",
        "display: {size: [1440]}",
        "timing: {target: 2}",
        "keys: {respond: spcae}",
        "blocks: []",
    ],
)
def test_the_schema_rejects_errors_that_an_editor_can_show(wrong: str) -> None:
    schema = json.loads((PROJECT / "protocols" / "schema.json").read_text(encoding="utf-8"))
    content = YAML(typ="safe").load((PROJECT / "protocols" / "minimal.yaml").read_text(encoding="utf-8"))
    content.update(YAML(typ="safe").load(wrong))

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(content)


def test_validate_starts_without_numpy_and_psychopy(pictures: Path, tmp_path: Path) -> None:
    """These imports would take more than a second. The pictures were searched for faces before."""
    (pictures / "study.yaml").write_text(
        study("  - {name: main, kind: experiment, trials: [anger]}\n"), encoding="utf-8"
    )
    code = (
        "import sys; from experiment.commands.validate import validate; from pathlib import Path;"
        f"status = validate([Path({str(pictures / 'study.yaml')!r})]);"
        "sys.exit(status or any(name in sys.modules for name in ('numpy', 'psychopy', 'cv2', 'scipy')))"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    first, result = (
        subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        for _ in range(2)
    )

    assert first.returncode == 1
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == first.stdout


def test_preview_describes_the_study(folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(study("  - {name: main, kind: experiment, trials: [anger, fear]}\n"), encoding="utf-8")

    described, as_json = run("preview", file), run("preview", file, "--json")

    assert described.status == 0
    assert "in all: 12 s (shortest 2 s, longest 2 min 2 s), 2 trials" in described.out.replace("12.5", "12")
    (session,) = json.loads(as_json.out)
    assert session["trials"] == 2
    assert session["duration_s"]["longest"] == 122.5


def test_preview_draws_every_screen_and_prints_orders(folder: Path) -> None:
    file = folder / "study.yaml"
    text = study(
        "  - {name: main, kind: experiment, trials: [anger, fear], order: random}\n",
        more="display: {size: [640, 400]}\n",
    )
    file.write_text(text, encoding="utf-8")

    result = run("preview", file, "--out", folder / "out", "--orders", "12")

    assert result.status == 0, result.err
    assert len(result.out.splitlines()) == 12 * 2 + 1
    written = sorted(path.name for path in (folder / "out").iterdir())
    assert written[-1] == "contact_sheet.png"
    assert f"{len(written) - 1} screens in" in result.out


def test_preview_refuses_a_language_that_the_protocol_does_not_have(folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(
        study("  - {name: main, kind: experiment, trials: [anger]}\n", more="title: {en: Faces, ja: 顔}\n"),
        encoding="utf-8",
    )

    result = run("preview", file, "--out", folder / "out", "--language", "de")

    assert result.status == 1
    assert result.err == "error: study.yaml has no texts in `de`, only in en, ja\n"


def test_preview_refuses_an_unknown_language_for_a_protocol_without_translations(folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(study("  - {name: main, kind: experiment, trials: [anger]}\n"), encoding="utf-8")

    result = run("preview", file, "--out", folder / "out", "--language", "xx")

    assert result.status == 1
    assert result.err == "error: study.yaml has no texts in `xx`, only in ar, de, en, ja\n"


def test_preview_into_a_place_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(study("  - {name: main, kind: experiment, trials: [anger]}\n"), encoding="utf-8")

    result = run("preview", file, "--out", file / "out")

    assert result.status == 1
    assert "cannot be written there: a file lies where a folder is needed; choose another folder" in result.err
    assert os.linesep not in result.err.strip()
