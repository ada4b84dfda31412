"""Measure a whole study of drawn people who watch moving faces.

The study is recorded by the recorder and the film writer of a session, on a clock that does not wait. Then the commands
`courses`, `figure courses`, `report` and `verify` run as processes, and `courses` is killed once and started again.

Exit status 1 if a requirement is not met.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from experiment.bench.course_study.study_protocol import CLIPS, SHORTEST_S, StudySize
from experiment.bench.course_study.study_results import Options, results
from experiment.bench.result import print_results
from experiment.bench.timing_page import present_load, results_page
from experiment.errors import ExperimentError
from experiment.lab.termination_signals import interrupt_on_termination
from experiment.record.provenance import commit, machine

HEAD = """# A whole study of moving faces

Written by `scripts/bench study --write docs/results/course-study.md`, not by hand; `scripts/bench study` measures your
machine. Drawn people watch moving faces and mimic some of them. The films are recorded by the recorder and the film
writer of a session, on a clock that does not wait; then the commands run as in a laboratory. Drawing people is slow, so
participants share drawn persons: those who share one make the same movements, in their own order of trials and with
their own noise of the camera. The program does not know this and measures each film. Times are elapsed times; the load
says how many other programs wanted a processor.
"""


def main() -> int:
    """Measure and print; return the exit status."""
    given = _arguments()
    size = StudySize(given.people, given.clips, given.seconds, given.drawn)
    load = time.strftime("%Y-%m-%d", time.gmtime()), present_load()
    try:
        with interrupt_on_termination(), tempfile.TemporaryDirectory(prefix="mimicry-study-") as temporary:
            folder = (given.keep or Path(temporary)).absolute()
            found = []
            for one in results(folder, Options(size, given.jobs, given.kill)):
                print(f"{one.what}: {one.measured}", file=sys.stderr, flush=True)
                found.append(one)
    except ExperimentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    facts = {**machine(), "load": f"{load[1]} at the start, {present_load()} at the end"}
    if given.write:
        given.write.write_text(results_page(HEAD, found, facts, measured=load[0], at=commit()), encoding="utf-8")
    return print_results(found, as_json=given.json, machine=facts, commit=commit(), size=asdict(size))


def _arguments() -> argparse.Namespace:
    usual = StudySize()
    parser = argparse.ArgumentParser(
        prog="scripts/bench study", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", metavar="N", type=int, default=usual.people, help=f"participants ({usual.people})")
    parser.add_argument("--clips", metavar="N", type=int, default=usual.clips, help=f"moving targets ({usual.clips})")
    parser.add_argument(
        "--seconds", metavar="S", type=float, default=usual.seconds, help=f"film of a trial ({usual.seconds:g} s)"
    )
    parser.add_argument(
        "--drawn", metavar="N", type=int, default=usual.drawn, help=f"drawn persons that are shared ({usual.drawn})"
    )
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="processes of `courses` (2)")
    parser.add_argument(
        "--no-kill", dest="kill", action="store_false", help="leave out the second run, which is killed and resumed"
    )
    parser.add_argument("--keep", metavar="DIR", type=Path, help="keep data set and results; use them again if present")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the results as a page of the documentation")
    given = parser.parse_args()
    if given.people < 1 or given.drawn < 1 or given.jobs < 1:
        parser.error("--people, --drawn and --jobs are 1 or more")
    if not 1 <= given.clips <= len(CLIPS):
        parser.error(f"--clips is between 1 and {len(CLIPS)}")
    if given.seconds < SHORTEST_S:
        parser.error(f"--seconds: a trial takes at least {SHORTEST_S:g} s")
    if given.write and not given.write.absolute().parent.is_dir():
        parser.error(f"the folder {given.write.absolute().parent} for the page does not exist")
    return given


if __name__ == "__main__":
    sys.exit(main())
