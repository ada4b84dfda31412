"""The import directions of docs/architecture.md, and commands that start without PsychoPy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import PROJECT

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

LINTER = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS: list[dict[str, object]] = LINTER["contracts"]
PACKAGES: list[str] = LINTER["root_packages"]
FORBIDDEN_IMPORTS = {
    "the two packages do not import the command mimicry": ("analysis/paths.py", "mimicry_lab.cli"),
    "experiment: imports run down this list": ("experiment/errors.py", "experiment.cli"),
    "analysis: imports run down this list": ("analysis/paths.py", "analysis.cli"),
    "analysis.face: imports run down this list": ("analysis/face/arrays.py", "analysis.face.measurement"),
    "experiment.protocol: imports run down this list": ("experiment/protocol/plan.py", "experiment.protocol.load"),
    "of experiment, analysis imports only the record (the data on disk)": ("analysis/terminal.py", "experiment.clock"),
    "of analysis, experiment imports only face measurement, paths and terminal output": (
        "experiment/clock.py",
        "analysis.tables",
    ),
    "analysis never imports PsychoPy, directly or indirectly": ("analysis/errors.py", "psychopy"),
    "only the display imports PsychoPy": ("experiment/preview.py", "psychopy"),
    "only the detector imports dlib": ("analysis/face/images.py", "dlib"),
    "only figures and the report import plotting libraries": ("analysis/progress.py", "matplotlib"),
    "protocols, screens and ports do not use OpenCV": ("experiment/ports/clock.py", "cv2"),
    "a session receives its devices and never opens one": ("experiment/session/trial.py", "experiment.display.opening"),
}
"""For every contract, a file and an import that the contract forbids there."""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def broken_contracts(folder: Path, imports: Mapping[str, str]) -> set[str]:
    """The contracts that break if the files of the packages have these imports and no others."""
    for package in PACKAGES:
        for source in (PROJECT / package).rglob("*.py"):
            file = folder / source.relative_to(PROJECT)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("", encoding="utf-8")
    for name, module in imports.items():
        with (folder / name).open("a", encoding="utf-8") as appended:
            appended.write(f"import {module}\n")
    lines = ["[importlinter]", "include_external_packages = True", *setting("root_packages", PACKAGES)]
    for number, contract in enumerate(CONTRACTS):
        lines.append(f"[importlinter:contract:{number}]")
        for key, value in contract.items():
            if key != "ignore_imports":  # the linter refuses exceptions for imports that are not there
                lines += setting(key, value)
    (folder / ".importlinter").write_text("\n".join(lines), encoding="utf-8")
    done = lint_imports(folder)
    broken = {line.removesuffix("BROKEN").strip() for line in done.stdout.splitlines() if line.endswith("BROKEN")}
    assert done.returncode == bool(broken), done.stdout + done.stderr
    return broken


def setting(key: str, value: object) -> list[str]:
    if isinstance(value, list):
        return [f"{key} =", *(f"    {one}" for one in value)]
    return [f"{key} = {value}"]


def test_the_import_contracts_hold() -> None:
    done = lint_imports(PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_import_contract_can_break(tmp_path: Path) -> None:
    assert set(FORBIDDEN_IMPORTS) == {contract["name"] for contract in CONTRACTS}
    files: dict[str, str] = {}
    for file, module in FORBIDDEN_IMPORTS.values():
        files[file] = f"{files[file]}, {module}" if file in files else module

    assert broken_contracts(tmp_path, files) == set(FORBIDDEN_IMPORTS)


def test_packages_without_imports_break_no_contract(tmp_path: Path) -> None:
    assert broken_contracts(tmp_path, {}) == set()


def test_a_module_that_no_layer_names_breaks_the_contract(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "unlisted.py").touch()

    assert broken_contracts(tmp_path, {}) == {"experiment: imports run down this list"}


def test_the_analysis_starts_without_psychopy() -> None:
    code = "import sys, analysis.cli; sys.exit('psychopy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


@pytest.mark.parametrize(
    "command", ["validate protocols/facial_mimicry.yaml", "schema", "preview --orders 1 protocols/minimal.yaml"]
)
def test_a_laboratory_command_without_a_window_does_not_import_psychopy(command: str) -> None:
    code = f"""
import sys
sys.argv = ["run_experiment.py", *{command.split()!r}]
from experiment.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
sys.exit("psychopy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("package", ["analysis", "experiment"])
def test_the_map_names_every_folder_and_module(package: str) -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split(f"`{package}/`\n")[1].split("\n## ")[0]
    places = [
        item.name + "/" if item.is_dir() else item.name
        for item in (PROJECT / package).iterdir()
        if item.suffix == ".py" or (item / "__init__.py").exists()
    ]
    missing = [
        place
        for place in places
        if f"`{place}`" not in section and place not in ("__init__.py", "__main__.py", "errors.py")
    ]
    assert missing == []
