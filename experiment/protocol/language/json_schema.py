"""The JSON Schema of protocol files, for editors and the reference page."""

from __future__ import annotations

from typing import Any

from experiment.protocol.language.field_types import SAME_AS
from experiment.protocol.language.schema_models import ProtocolFile


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of protocol files.

    It accepts what the loader accepts as far as JSON Schema can express it; the loader also checks frames, files and
    names.
    """
    generated = ProtocolFile.model_json_schema()
    definitions: dict[str, Any] = {name: _simplified(part) for name, part in generated.pop("$defs").items()}
    for block in ("ImitationBlock", "ViewingBlock"):
        short = definitions[block]["properties"]["trials"]["anyOf"]
        short[0] = {**definitions["TrialsSection"]["properties"][short[0][SAME_AS]]}
        short[0].pop("description")
    top = _simplified(generated)
    blocks = top["properties"]["blocks"]
    # A protocol that extends another one may change single blocks, and leave out what the other one has.
    changes = {"type": "object", "additionalProperties": {"type": "object"}}
    top["properties"]["blocks"] = {
        "anyOf": [{key: value for key, value in blocks.items() if key != "description"}, changes],
        "description": blocks["description"] + " With `extends`: {name: what changes in that block}.",
    }
    required = top.pop("required")
    top["if"] = {"required": ["extends"]}
    top["then"] = {"required": ["protocol"]}
    top["else"] = {
        "required": [key for key in required if key != "targets"],
        "anyOf": [{"required": ["targets"]}, {"required": ["target_table"]}],
        "properties": {"blocks": {"type": "array"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mimicry Lab protocol",
        **{key: value for key, value in top.items() if key != "title"},
        "$defs": definitions,
    }


def _simplified(part: Any) -> Any:
    """Remove the titles that pydantic invents, and `null`.

    An empty key is an error in a protocol.
    """
    if isinstance(part, list):
        return [_simplified(item) for item in part]
    if not isinstance(part, dict):
        return part
    result: dict[str, Any] = {}
    for key, value in part.items():
        if key == "properties":
            result[key] = {name: _simplified(content) for name, content in value.items()}
        elif key == "title" or (key == "default" and value is None) or key == "discriminator":
            continue
        elif key == "anyOf":
            options = [_simplified(option) for option in value if option != {"type": "null"}]
            if len(options) == 1:
                result = {**options[0], **result}
            else:
                result[key] = options
        else:
            result[key] = _simplified(value)
    return result
