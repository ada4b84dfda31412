"""Encrypt and read recordings with a pair of keys (age format).

The keys are those of X25519. The laptop in the laboratory has the public key only: it cannot read what it wrote. The
analysis names the file with the private key by ``--key`` or by the environment variable `KEY_VARIABLE`, which worker
processes inherit. Key files are those of ``age-keygen``: one key in a line of its own, lines with ``#`` are comments.
"""

from __future__ import annotations

import io
import os
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiment.protocol.language import public_keys
from experiment.record.errors import RecordError
from experiment.record.files import make_folder, record_errors, sync_folder, write_new

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIX = ".age"
"""Ending of the name of an encrypted file: ``key.png.age``."""
KEY_VARIABLE = "MIMICRY_KEY"
"""Environment variable with the path of the private key's file."""
_PUBLIC_PREFIX, _PRIVATE_PREFIX = "age1", "AGE-SECRET-KEY-1"
_PAUSE_S, _READS_PER_PAUSE = 1e-4, 8
"""Pause for other threads after so many reads of 8 KB."""
_HEADER = b"age-encryption.org/"


class EncryptionError(RecordError):
    """A key is missing or wrong, or an encrypted file is damaged."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that encrypts; it cannot decrypt."""

    text: str
    """``age1...``"""


def parse_public_key(text: str, *, place: str) -> PublicKey:
    """Return the public key in the text of a key file.

    Parameters
    ----------
    text : str
        The content of the file.
    place : str
        Name of the file for the message.

    Raises
    ------
    EncryptionError
        If it does not hold exactly one public key; says what it holds.
    """
    try:
        return PublicKey(public_keys.parse_public_key(text))
    except ValueError as error:
        raise EncryptionError(f"{place} {error}") from None


def read_public_key(file: Path) -> PublicKey:
    """Return the public key in a file.

    Raises
    ------
    EncryptionError
        If the file cannot be read or is not a public key.
    """
    return parse_public_key(_read_key_file(file, "public"), place=str(file))


def encrypt_bytes(content: bytes | memoryview, key: PublicKey) -> bytes:
    """Return ``content`` encrypted for a public key; other threads run meanwhile.

    Parameters
    ----------
    content : bytes
        Anything.
    key : PublicKey
        Its private key is needed to read the data.
    """
    import pyrage

    # The library holds Python's lock while it works. When it encrypted 1.3 MB in one call, a thread that wakes 60 times
    # a second was 5 to 7 ms late (median) and 18 to 60 ms late once in a hundred times. `_Pieces` releases the lock in
    # between: 0.1 ms and 7 to 12 ms, as late as next to an idle thread (3 to 18 ms).
    sink = _Sink()
    pyrage.encrypt_io(_Pieces(content), sink, [pyrage.x25519.Recipient.from_str(key.text)])
    return b"".join(sink.pieces)


def encrypt_for_own_key(content: bytes) -> bytes:
    """Return bytes encrypted for the private key that was named.

    Raises
    ------
    EncryptionError
        If no private key was named.
    """
    named = os.environ.get(KEY_VARIABLE)
    if not named:
        raise EncryptionError(
            f"results of encrypted frames are kept encrypted: name the file of the private key by --key or by the "
            f"environment variable {KEY_VARIABLE}"
        )
    return encrypt_bytes(content, PublicKey(str(_identity(Path(named)).to_public())))


class _Pieces(io.RawIOBase):
    """Bytes to read in small pieces, with pauses for other threads."""

    def __init__(self, content: bytes | memoryview) -> None:
        self._rest = memoryview(content)
        self._reads = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self._reads += 1
        if self._reads % _READS_PER_PAUSE == 0:
            time.sleep(_PAUSE_S)
        piece = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(piece) :]
        return piece.tobytes()


class _Sink(io.RawIOBase):
    """Collects what is written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self.pieces.append(bytes(piece))
        return len(piece)


# -- reading


def use_private_key(file: Path | None) -> None:
    """Use the private key in a file from now on; None keeps what is set.

    Processes that are started later use it as well.

    Raises
    ------
    EncryptionError
        If the file cannot be read or is not a private key.
    """
    if file is not None:
        _identity(file.absolute())
        os.environ[KEY_VARIABLE] = str(file.absolute())


def has_private_key() -> bool:
    """Return whether a private key was named."""
    return bool(os.environ.get(KEY_VARIABLE))


def is_encrypted(path: Path) -> bool:
    """Return whether a file is encrypted, by its name."""
    return path.suffix == SUFFIX


def clear_name(path: Path) -> Path:
    """Return the path without the ending of encrypted files."""
    return path.with_suffix("") if is_encrypted(path) else path


def require_private_key(files: Iterable[Path]) -> None:
    """Require the private key if one of some files is encrypted.

    Decrypts the first one to try the key.

    Parameters
    ----------
    files : iterable of Path
        Files that will be read; those that do not exist are passed over.

    Raises
    ------
    EncryptionError
        If one is encrypted and no key was named, or the key is not the right one.
    """
    first = next((file for file in files if is_encrypted(file) and file.is_file()), None)
    if first is not None:
        read_decrypted(first)


def read_decrypted(path: Path) -> bytes:
    """Return the content of a file, decrypted if it is encrypted.

    Raises
    ------
    OSError
        If the file cannot be read.
    EncryptionError
        If the key is missing or wrong, or the file is damaged.
    """
    content = path.read_bytes()
    return decrypt_bytes(content, place=str(path)) if is_encrypted(path) else content


def decrypt_bytes(content: bytes, *, place: str) -> bytes:
    """Return encrypted bytes in clear, by the private key that was named.

    Parameters
    ----------
    content : bytes
        An age file.
    place : str
        Name of the file for the message.

    Raises
    ------
    EncryptionError
        If the key is missing or wrong, or the content is damaged.
    """
    import pyrage

    named = os.environ.get(KEY_VARIABLE)
    if not named:
        raise EncryptionError(
            f"{place} is encrypted: name the file of the private key by --key or by the environment variable "
            f"{KEY_VARIABLE}"
        )
    if not content.startswith(_HEADER):
        raise EncryptionError(f"{place} is damaged: it is not a file in the age format; restore it from a copy")
    try:
        clear: bytes = pyrage.decrypt(content, [_identity(Path(named))])
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise EncryptionError(f"{place} was encrypted for another key than that of {named}") from None
        raise EncryptionError(f"{place} is damaged ({error}); restore it from a copy") from None
    return clear


# -- keys


def make_key_pair(private: Path, public: Path) -> PublicKey:
    """Write a new pair of keys into two new files, readable by their owner only.

    Parameters
    ----------
    private, public : Path
        The files; neither may exist.

    Raises
    ------
    EncryptionError
        If a file exists: a private key that is overwritten makes recordings unreadable for ever.
    RecordError
        If a file cannot be written.
    """
    import pyrage

    for file in (private, public):
        if file.exists():
            raise EncryptionError(f"{file} exists and is kept: recordings may depend on it; choose another name")
    identity = pyrage.x25519.Identity.generate()
    key = PublicKey(str(identity.to_public()))
    for file, text in ((private, f"# public key: {key.text}\n{identity}\n"), (public, f"{key.text}\n")):
        with record_errors("write", file, new=True):
            make_folder(file.absolute().parent)
            write_new(file, text.encode())
            sync_folder(file.absolute().parent)
    return key


@lru_cache(maxsize=4)
def _identity(file: Path) -> Any:  # the library has no types
    """Return the private key in a file, for the library."""
    import pyrage

    lines = _content_lines(_read_key_file(file, "private"))
    if len(lines) == 1 and lines[0].startswith(_PUBLIC_PREFIX):
        raise EncryptionError(f"{file} is the public key; name the file of the private key ({_PRIVATE_PREFIX}...)")
    try:
        (line,) = lines
        return pyrage.x25519.Identity.from_str(line)
    except (ValueError, pyrage.IdentityError):
        raise EncryptionError(f"{file} is not a private key in the age format ({_PRIVATE_PREFIX}...)") from None


def _read_key_file(file: Path, kind: str) -> str:
    if not file.is_file():
        raise EncryptionError(f"there is no file {file}; name the file of the {kind} key")
    with record_errors(f"read the {kind} key", file):
        content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EncryptionError(f"{file} is not a {kind} key in the age format; it is not a text") from None


def _content_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
