"""Make the sound files of spoken texts with espeak-ng, before the sessions."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiment.errors import ProtocolError
from experiment.protocol.language.sound_files import sound_facts
from experiment.protocol.language.speech import Speech, missing_speech, speeches_of, spoken_pages
from experiment.protocol.load import Protocol

PROGRAM = "espeak-ng"
LIST = "speech.csv"
"""Table in the same folder: what each of them says."""


@dataclass(frozen=True, slots=True)
class SpeechFiles:
    """What was done."""

    made: tuple[Path, ...]
    kept: int
    """Number of files that were there."""


def make_speech(protocol: Protocol, *, voices: Sequence[str], speed: int, again: bool) -> SpeechFiles:
    """Make the files of all spoken texts of a protocol.

    Parameters
    ----------
    protocol
        A checked protocol.
    voices
        Voices of languages, ``LANGUAGE=VOICE``; the default is the voice named as the language.
    speed
        Words a minute.
    again
        Whether files that are there are replaced.

    Raises
    ------
    ProtocolError
        If no text is spoken, or espeak-ng is missing or refuses a voice.
    """
    content = protocol.content
    pages = (page for _, page in spoken_pages(content))
    said = list(dict.fromkeys(one for page in pages for one in speeches_of(page, default=content.language)))
    if not said:
        raise ProtocolError(f"{protocol.file.name} says nothing: no page has the key `say`")
    chosen = _voices(voices)
    wanted = [one for one in said if again or not one.file(protocol.file).is_file()]
    for one in wanted:
        _make(one, one.file(protocol.file), voice=chosen.get(one.language, one.language.lower()), speed=speed)
    _write_list(said, protocol.file)
    return SpeechFiles(tuple(one.file(protocol.file) for one in wanted), len(said) - len(wanted))


def require_speech(protocol: Protocol) -> None:
    """Refuse a session whose spoken texts have no files.

    Raises
    ------
    ProtocolError
        If one is missing.
    """
    missing = missing_speech(protocol.content, protocol.file)
    if missing:
        count = "1 spoken text has" if len(missing) == 1 else f"{len(missing)} spoken texts have"
        raise ProtocolError(
            f"{count} no sound file yet; run `mimicry speak {protocol.file.name}` first, or try the session silently "
            "with --pilot"
        )


def _voices(voices: Sequence[str]) -> Mapping[str, str]:
    pairs = [one.partition("=") for one in voices]
    wrong = next((one for one, pair in zip(voices, pairs, strict=True) if not (pair[0] and pair[2])), None)
    if wrong is not None:
        raise ProtocolError(f"--voice {wrong}: write LANGUAGE=VOICE, such as en=en-gb")
    return {language: voice for language, _, voice in pairs}


def _make(speech: Speech, file: Path, *, voice: str, speed: int) -> None:
    if shutil.which(PROGRAM) is None:
        raise ProtocolError(
            f"{PROGRAM} is not installed; install it (Debian: apt-get install {PROGRAM}), or save recordings under the "
            "names that `validate` gives"
        )
    file.parent.mkdir(exist_ok=True)
    part = file.with_suffix(".part.wav")
    command = [PROGRAM, "-v", voice, "-s", str(speed), "-w", str(part), "--stdin"]
    done = subprocess.run(command, input=speech.text.encode(), capture_output=True, check=False)
    if done.returncode or not part.is_file():
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ProtocolError(
            f"{PROGRAM} cannot say the text in `{speech.language}` with the voice {voice}"
            f"{f' ({reason[-1]})' if reason else ''}; choose another one with --voice {speech.language}=VOICE"
        )
    sound_facts(part)
    part.replace(file)


def _write_list(said: Sequence[Speech], protocol: Path) -> None:
    with (said[0].file(protocol).parent / LIST).open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines, lineterminator="\n")
        table.writerow(["file", "language", "text"])
        table.writerows([one.file(protocol).name, one.language, one.text] for one in said)
