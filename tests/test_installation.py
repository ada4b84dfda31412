"""``pip install .`` into a fresh environment: the command ``mimicry``, the files that ship, and the extra ``lab``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

import analysis.cli
import experiment.cli
import mimicry_lab.cli
from analysis.face.models import registry
from experiment.display import psychopy_import
from experiment.errors import DisplayError
from experiment.record import provenance
from mimicry_lab.cli import command_names
from tests.conftest import PROJECT

TARGETS = PROJECT / "protocols" / "targets"
SOURCES = ("analysis", "experiment", "mimicry_lab", "protocols", "data/README.md", "data/learned", "data/models")
LABORATORY_COMMANDS = {
    "run": f"run {PROJECT}/protocols/minimal.yaml --participant 01 --dataset data --camera simulated",
    "resume": "resume --participant 01 --dataset data",
    "check": "check --camera simulated",
    "simulate": f"simulate {PROJECT}/protocols/minimal.yaml --participants 1 --dataset data",
    "demo": "demo --out data",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """A fresh environment with the program and its base dependencies."""

    folder: Path
    wheel: Path

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run ``mimicry`` in a folder that is not the project's."""
        return self.call(self.folder / "bin" / "mimicry", *arguments)

    def call(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MIMICRY_MODELS")
        }
        environment["XDG_DATA_HOME"] = str(self.folder / "user-data")
        return subprocess.run(
            [*map(str, command)], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("needs uv (scripts/setup installs it)")
    top = tmp_path_factory.mktemp("installation")
    source, dist, folder = top / "source", top / "dist", top / "clone" / "environment"
    copy_project(source)
    python = ("--python", sys.executable)
    must_run(uv, "build", "--quiet", "--wheel", "--no-build-isolation", *python, "--out-dir", dist, source)
    wheel = next(dist.glob("*.whl"))
    must_run("git", "init", "--quiet", folder.parent)  # the environment is inside the clone of another project
    must_run(uv, "venv", "--quiet", *python, folder)
    lock = ("--constraint", PROJECT / "requirements.lock")
    must_run(uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *lock, wheel)
    yield Installation(folder, wheel)
    shutil.rmtree(folder)


def copy_project(folder: Path) -> None:
    """Copy what the wheel is built from, and add recordings and a face model that must not be in it."""
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(PROJECT / name, folder)
    for name in SOURCES:
        (folder / name).parent.mkdir(exist_ok=True)
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT / name, folder / name)
    frame = folder / "data" / "my-study" / "sourcedata" / "frame.png"
    frame.parent.mkdir(parents=True)
    frame.touch()
    (folder / "data" / "models" / "licensed.npz").touch()


def must_run(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.slow
def test_the_wheel_has_three_packages_and_no_recordings(installation: Installation) -> None:
    names = zipfile.ZipFile(installation.wheel).namelist()

    packages = {name.split("/")[0] for name in names}
    assert {name for name in packages if not name.endswith(".dist-info")} == {"analysis", "experiment", "mimicry_lab"}
    assert [name for name in names if "my-study" in name or "licensed" in name] == []


@pytest.mark.slow
def test_the_base_installation_takes_less_than_a_gigabyte_and_has_no_psychopy(installation: Installation) -> None:
    size = sum(file.stat().st_size for file in installation.folder.rglob("*") if file.is_file())
    probe = "from importlib.util import find_spec; print(find_spec('psychopy'))"

    assert size < 1e9
    assert installation.call(installation.folder / "bin" / "python", "-c", probe).stdout == "None\n"


@pytest.mark.slow
def test_the_installed_command_lists_every_command(installation: Installation) -> None:
    done = installation.run("--help")

    assert done.returncode == 0, done.stderr
    listed = {line.split()[0] for line in done.stdout.split("Commands:")[1].splitlines() if line.strip()}
    assert listed >= command_names(experiment.cli.app) | command_names(analysis.cli.app)
    assert installation.run("--version").stdout == "mimicry-lab 0.1.0\n"


@pytest.mark.slow
def test_protocols_are_checked_and_previewed_without_the_laboratory(installation: Installation) -> None:
    protocol = PROJECT / "protocols" / "minimal.yaml"

    checked = installation.run("validate", protocol)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.splitlines()[-1] == f"{protocol}: no errors, no warnings"
    assert installation.run("schema").stdout == (PROJECT / "protocols" / "schema.json").read_text(encoding="utf-8")
    assert installation.run("preview", protocol, "--out", "screens").returncode == 0
    assert (installation.folder / "screens" / "contact_sheet.png").exists()


@pytest.mark.slow
def test_two_pictures_are_scored_without_the_laboratory(installation: Installation) -> None:
    done = installation.run("score", TARGETS / "anger.png", TARGETS / "anger.png", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["score"] == pytest.approx(1, abs=1e-6)


@pytest.mark.slow
def test_the_shipped_model_is_found_and_an_imported_one_goes_to_the_data_of_the_user(
    installation: Installation,
) -> None:
    shipped = json.loads(installation.run("models", "--json").stdout)
    file = Path(shipped[0]["file"])
    imported = installation.run("models", "import", "npz", file, "--name", "mine")

    assert [one["name"] for one in shipped] == ["makehuman"]
    assert file.is_relative_to(installation.folder)
    assert imported.returncode == 0, imported.stderr
    assert (installation.folder / "user-data" / "mimicry-lab" / "models" / "mine.npz").exists()
    assert "\nmine\n" in installation.run("models").stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", LABORATORY_COMMANDS)
def test_a_laboratory_command_names_the_extra_to_install(installation: Installation, command: str) -> None:
    done = installation.run(*LABORATORY_COMMANDS[command].split())

    assert done.returncode == 1
    assert done.stderr == 'error: sessions need PsychoPy, which is not installed: pip install "mimicry-lab[lab]"\n'
    assert done.stdout == {"run": "participant 01: starting\n", "resume": "participant 01: resuming\n"}.get(command, "")
    assert not (installation.folder / "data").exists()


@pytest.mark.slow
def test_an_installation_does_not_take_the_commit_of_another_project(installation: Installation) -> None:
    probe = "from experiment.record.provenance import commit, versions; print(commit(), versions()['mimicry-lab'])"
    clone = installation.folder.parent
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    must_run("git", "-C", clone, *author, "commit", "--quiet", "--allow-empty", "--message", "Another project")

    done = installation.call(installation.folder / "bin" / "python", "-c", probe)

    assert done.stdout == "unknown 0.1.0\n", done.stderr


def test_the_two_command_lines_share_no_name() -> None:
    assert command_names(experiment.cli.app) & command_names(analysis.cli.app) == set()


def test_mimicry_has_every_command_of_both_command_lines() -> None:
    both = command_names(experiment.cli.app) | command_names(analysis.cli.app)

    assert command_names(mimicry_lab.cli.app) == both
    assert {"run", "tables", "models"} <= both


@pytest.mark.parametrize(("command", "threads"), [("tables", "1"), ("validate", None)])
def test_only_analysis_commands_limit_the_threads(
    command: str, threads: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "8")  # so that the values of the test run are restored
        monkeypatch.delenv(name)

    CliRunner().invoke(mimicry_lab.cli.app, [command, "nothing"])

    assert os.environ.get("OMP_NUM_THREADS") == threads


def test_the_command_line_starts_without_numpy() -> None:
    code = "import sys, mimicry_lab.cli; sys.exit('numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


@pytest.mark.parametrize("command", ["run protocol.yaml --camera simulated", "resume"])
def test_a_missing_display_is_reported_before_slow_packages_are_imported(command: str) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['run_experiment.py', *{command.split()!r}, '--participant', '01', '--dataset', 'none']\n"
        "from experiment.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    sys.exit(10 * stop.code + ('numpy' in sys.modules))\n"
    )
    without = {name: value for name, value in os.environ.items() if name != "DISPLAY"}

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=without, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.count("\n")) == (10, 1)
    assert done.stderr.startswith("error: no display")


def test_without_psychopy_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psychopy_import, "find_spec", lambda _: None)

    with pytest.raises(DisplayError, match=r'pip install "mimicry-lab\[lab\]"'):
        psychopy_import.load_psychopy()


def test_a_checkout_keeps_imported_models_in_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MIMICRY_MODELS", raising=False)
    assert registry.folders() == [PROJECT / "data" / "models"]

    monkeypatch.setattr(registry, "IS_CHECKOUT", False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert registry.folders() == [tmp_path / "mimicry-lab" / "models", PROJECT / "data" / "models"]


def test_a_folder_without_a_clone_of_its_own_has_no_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    must_run("git", "init", "--quiet", tmp_path)
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    must_run("git", "-C", tmp_path, *author, "commit", "--quiet", "--allow-empty", "--message", "Another project")
    (tmp_path / "inside").mkdir()
    monkeypatch.setattr(provenance, "PROJECT", tmp_path / "inside")

    assert provenance.commit.__wrapped__() == "unknown"
    monkeypatch.setattr(provenance, "PROJECT", tmp_path)
    assert len(provenance.commit.__wrapped__()) == 40
