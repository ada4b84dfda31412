"""The form of the page Begin: what it offers, and the wish that it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.paths import PROTOCOLS
from experiment.camera.device_names import camera_devices
from experiment.console.beginning import Wish
from experiment.console.console import Console
from experiment.lab.session_options import SIMULATED
from experiment.record.checks.dataset_rules import ACCEPTABLE, data_set_facts
from experiment.record.errors import RecordError

OTHER_CAMERA = "other"
"""Choice of the form: the field next to it names a video file, a folder or the path of a device."""
GROUP, STRATUM, ACCEPT = "group-", "stratum-", "accept-"
"""Beginnings of the names of fields."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of the page, as they were sent."""

    wish: Wish
    protocols: tuple[Path, ...]
    camera_choice: str
    camera_file: str


def offered_protocols(console: Console) -> tuple[Path, ...]:
    """Return the protocols that can be chosen.

    That of the command line and those of the data set; without any, those that ship.
    """
    try:
        recorded = [Path(one.protocol_file) for one in data_set_facts(console.dataset).sessions]
    except RecordError:
        recorded = []
    named = [*([] if console.protocol is None else [console.protocol]), *reversed(recorded)]
    existing = tuple(dict.fromkeys(file for file in named if file.is_file()))
    return existing or tuple(sorted(PROTOCOLS.glob("*.yaml")))


def read_form(console: Console, fields: Mapping[str, str]) -> Form:
    """Return the form that was sent; what is missing has its default.

    A protocol that is not offered is not opened: the first one is taken.

    Parameters
    ----------
    console
        The console.
    fields
        Of the query of an address, or of a form.
    """
    offered = offered_protocols(console)
    chosen = next((file for file in offered if str(file) == fields.get("protocol")), offered[0])
    choice, file = fields.get("camera", "").strip(), fields.get("camera_file", "").strip()
    wish = Wish(
        protocol=chosen,
        participant=fields.get("participant", "").strip().removeprefix("sub-"),
        session=_given(fields, "session"),
        language=_given(fields, "language"),
        camera=(file or None) if choice == OTHER_CAMERA else (choice or None),
        partner=_given(fields, "partner"),
        partner_camera=_given(fields, "partner_camera"),
        is_windowed="windowed" in fields,
        is_pilot="pilot" in fields,
        accepts_display="accept_display" in fields,
        groups=_beginning_with(GROUP, fields),
        strata=_beginning_with(STRATUM, fields),
        accept=tuple(word for word in ACCEPTABLE if f"{ACCEPT}{word}" in fields),
    )
    return Form(wish, offered, choice, file)


def camera_choices() -> list[tuple[str, str]]:
    """Return the cameras that can be chosen: value and name."""
    return [*((str(number), f"{name} ({number})") for number, name in camera_devices()), (SIMULATED, SIMULATED)]


def _given(fields: Mapping[str, str], name: str) -> str | None:
    return fields.get(name, "").strip() or None


def _beginning_with(start: str, fields: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(start): value for name, value in fields.items() if name.startswith(start) and value}
