"""Import directions of docs/architecture.md, and start without PsychoPy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import PROJECT


def test_import_contracts_are_kept() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_analysis_starts_without_psychopy() -> None:
    code = "import sys, analysis.cli; sys.exit('psychopy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


@pytest.mark.parametrize(
    "command", ["validate protocols/facial_mimicry.yaml", "schema", "preview --orders 1 protocols/minimal.yaml"]
)
def test_a_laboratory_command_without_a_window_ends_without_having_met_psychopy(command: str) -> None:
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
def test_the_map_names_every_room(package: str) -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split(f"`{package}/`\n")[1].split("\n## ")[0]
    rooms = [
        item.name + "/" if item.is_dir() else item.name
        for item in (PROJECT / package).iterdir()
        if item.suffix == ".py" or (item / "__init__.py").exists()
    ]
    missing = [
        room for room in rooms if f"`{room}`" not in section and room not in ("__init__.py", "__main__.py", "errors.py")
    ]
    assert missing == []
