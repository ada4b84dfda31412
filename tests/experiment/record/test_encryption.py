"""Encryption of recordings: only the private key reads them, and every mistake with keys has its own sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from experiment.record import encryption
from experiment.record.encryption import EncryptionError

FACE = bytes(range(256)) * 3000


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A private and a public key; none is in use."""
    monkeypatch.setenv(encryption.KEY_VARIABLE, "")
    private, public = tmp_path / "private.key", tmp_path / "public.key"
    encryption.make_key_pair(private, public)
    return private, public


@pytest.mark.parametrize("content", [b"", b"x", FACE])
def test_the_private_key_reads_what_the_public_key_encrypted(
    keys: tuple[Path, Path], tmp_path: Path, content: bytes
) -> None:
    private, public = keys
    file = tmp_path / "key.png.age"
    file.write_bytes(encryption.encrypt_bytes(content, encryption.read_public_key(public)))
    encryption.use_private_key(private)
    assert encryption.read_decrypted(file) == content
    assert file.read_bytes() != content


def test_encrypted_bytes_are_an_age_file_that_the_library_itself_reads(keys: tuple[Path, Path]) -> None:
    import pyrage

    private, public = keys
    encrypted = encryption.encrypt_bytes(FACE, encryption.read_public_key(public))
    identity = pyrage.x25519.Identity.from_str(private.read_text().splitlines()[-1])
    assert encrypted.startswith(b"age-encryption.org/v1")
    assert pyrage.decrypt(encrypted, [identity]) == FACE


def test_without_a_key_nothing_is_read_and_the_message_says_how_to_name_it(
    keys: tuple[Path, Path], tmp_path: Path
) -> None:
    file = tmp_path / "key.png.age"
    file.write_bytes(encryption.encrypt_bytes(FACE, encryption.read_public_key(keys[1])))
    with pytest.raises(EncryptionError, match=r"key\.png\.age is encrypted: .*--key .*MIMICRY_KEY"):
        encryption.require_private_key([tmp_path / "not-there.age", file])


def test_another_private_key_and_a_damaged_file_are_two_messages(keys: tuple[Path, Path], tmp_path: Path) -> None:
    file, other = tmp_path / "key.png.age", tmp_path / "other.key"
    encryption.make_key_pair(other, tmp_path / "other.pub")
    file.write_bytes(encryption.encrypt_bytes(FACE, encryption.read_public_key(keys[1])))
    encryption.use_private_key(other)
    with pytest.raises(EncryptionError, match="was encrypted for another key than that of"):
        encryption.read_decrypted(file)
    encryption.use_private_key(keys[0])
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(EncryptionError, match=r"is damaged \(.*\); restore it from a copy"):
        encryption.read_decrypted(file)
    file.write_bytes(b"a picture")
    with pytest.raises(EncryptionError, match="not a file in the age format"):
        encryption.read_decrypted(file)


def test_the_two_keys_taken_for_each_other_are_named(keys: tuple[Path, Path], tmp_path: Path) -> None:
    private, public = keys
    with pytest.raises(EncryptionError, match="is a private key; name the file of the public key"):
        encryption.read_public_key(private)
    with pytest.raises(EncryptionError, match="is the public key; name the file of the private key"):
        encryption.use_private_key(public)
    with pytest.raises(EncryptionError, match=r"there is no file .*gone; name the file of the private key"):
        encryption.use_private_key(tmp_path / "gone")
    (tmp_path / "notes.txt").write_text("no key\n")
    with pytest.raises(EncryptionError, match=r"notes\.txt is not a public key in the age format"):
        encryption.read_public_key(tmp_path / "notes.txt")
    with pytest.raises(EncryptionError, match=r"notes\.txt is not a private key in the age format"):
        encryption.use_private_key(tmp_path / "notes.txt")


def test_a_key_is_never_overwritten_and_is_private(keys: tuple[Path, Path], tmp_path: Path) -> None:
    private, _ = keys
    before = private.read_bytes()
    with pytest.raises(EncryptionError, match="exists and is kept"):
        encryption.make_key_pair(private, tmp_path / "new.pub")
    assert private.read_bytes() == before
    if sys.platform != "win32":
        assert private.stat().st_mode & 0o777 == 0o600
