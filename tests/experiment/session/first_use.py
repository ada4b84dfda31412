"""Run a command in the real window and print what happens in its session for the first time, as JSON.

`python -m tests.experiment.session.first_use simulate PROTOCOL ...`, with the arguments of `run_experiment.py`. An
audit hook of Python reports imports, opened files and loaded libraries; it depends on no clock.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any
from unittest.mock import patch

from experiment import cli
from experiment.display.painter import Texture
from experiment.session.runner import Session
from experiment.session.trial import TrialRunner

SLOW = ("import", "open", "compile", "exec", "ctypes.dlopen", "subprocess.Popen", "os.posix_spawn", "os.fork")


class Audit:
    """What the drawing thread did inside trials, and modules that were imported during the session."""

    def __init__(self) -> None:
        self.in_trials: list[str] = []
        self.modules: list[str] = []
        self.trials = 0
        self._trial = ""
        self._thread = threading.get_ident()

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take an audit event of Python."""
        if self._trial and event in SLOW and threading.get_ident() == self._thread:
            self.in_trials.append(f"{self._trial}: {event} {arguments[0] if arguments else ''}")

    def watch(self) -> None:
        """Wrap the session, its trials, and the textures of the window."""
        run_session, run_trial, make_texture = Session.run, TrialRunner.run, Texture.__init__

        def session(one: Session) -> Any:
            before = set(sys.modules)
            ending = run_session(one)
            self.modules += sorted(set(sys.modules) - before)
            return ending

        def trial(runner: TrialRunner, one: Any) -> int:
            self._trial, self.trials = one.id, self.trials + 1
            try:
                return run_trial(runner, one)
            finally:
                self._trial = ""

        def texture(one: Texture, *arguments: Any, **named: Any) -> None:
            if self._trial:
                self.in_trials.append(f"{self._trial}: texture {arguments[1]}")
            make_texture(one, *arguments, **named)

        for owner, name, wrapper in ((Session, "run", session), (TrialRunner, "run", trial)):
            patch.object(owner, name, wrapper).start()
        patch.object(Texture, "__init__", texture).start()
        sys.addaudithook(self.note)


def main() -> None:
    """Run the command and print the audit in the last line."""
    audit = Audit()
    audit.watch()
    try:
        cli.main()
    finally:
        print(json.dumps({"in_trials": audit.in_trials, "modules": audit.modules, "trials": audit.trials}))


if __name__ == "__main__":
    main()
