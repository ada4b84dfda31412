"""Find every text of a protocol, and the languages it has."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel, PlainValidator

from experiment.protocol.language.schema_models import ProtocolFile
from experiment.protocol.language.texts import ANY_LANGUAGE, Translations, parse_text
from experiment.protocol.language.tree import Path_


def texts_of(part: object, path: Path_) -> Iterator[tuple[Path_, Translations]]:
    """Yield every text below a part, with its path, except ``texts``."""
    if isinstance(part, BaseModel):
        for name, field in type(part).model_fields.items():
            value, here = getattr(part, name), (*path, field.alias or name)
            if name not in _text_fields(type(part)):
                yield from texts_of(value, here)
            elif isinstance(value, list):
                yield from (((*here, index), text) for index, text in enumerate(value))
            elif name != "texts" and value is not None:
                yield here, value
        return
    children: Iterable[tuple[str | int, object]] = ()
    if isinstance(part, dict):
        children = part.items()
    elif isinstance(part, (list, tuple)):
        children = enumerate(part)
    for step, value in children:
        yield from texts_of(value, (*path, step))


def languages_of(content: ProtocolFile) -> frozenset[str]:
    """Return the languages of all texts of a protocol.

    Empty if no text names a language.
    """
    return frozenset(code for _, text in texts_of(content, ()) for code in text if code != ANY_LANGUAGE)


@cache
def _text_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of a section's fields of type `Text`, nested ones too."""
    return frozenset(name for name, field in model.model_fields.items() if _is_text(field.annotation, field.metadata))


def _is_text(annotation: Any, metadata: Iterable[Any]) -> bool:
    inner = getattr(annotation, "__metadata__", ())
    marks = (*metadata, *inner)
    return any(isinstance(mark, PlainValidator) and mark.func is parse_text for mark in marks) or any(
        _is_text(argument, inner) for argument in typing.get_args(annotation)
    )
