"""Public keys in the age format, for which recordings are encrypted."""

from __future__ import annotations

from pathlib import Path


def parse_public_key(text: str) -> str:
    """Return the public key (``age1...``) in the text of a key file.

    Lines with ``#`` are comments.

    Raises
    ------
    ValueError
        If it does not hold exactly one public key; says what it holds.
    """
    import pyrage

    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    if any(line.startswith("AGE-SECRET-KEY-") for line in lines):
        raise ValueError(
            "is a private key; name the file of the public key (age1...) and keep the private key off this computer"
        )
    if len(lines) != 1:
        raise ValueError(f"must hold one public key in one line (age1...); it has {len(lines)} lines")
    try:
        return str(pyrage.x25519.Recipient.from_str(lines[0]))
    except pyrage.RecipientError:
        raise ValueError(
            "is not a public key in the age format (age1...); make a pair of keys with `mimicry keys`"
        ) from None


def read_public_key(file: Path) -> str:
    """Return the public key in a file.

    Raises
    ------
    ValueError
        If the file cannot be read or does not hold exactly one public key.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not a public key in the age format (age1...); it is not a text") from None
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror or error})") from None
    return parse_public_key(text)
