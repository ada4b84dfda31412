"""Command-line options that several commands have."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

CAMERA_HELP = "Device number, path of a device, video file, folder of pictures, or `simulated`."

ProtocolFile = Annotated[Path, typer.Argument(metavar="PROTOCOL", help="Protocol file (YAML).")]
DataSet = Annotated[Path, typer.Option("--dataset", metavar="DIR", help="Folder of the data set.")]
Participant = Annotated[str, typer.Option("--participant", metavar="ID", help="Id of the participant, for example 01.")]
SessionLabel = Annotated[
    str | None, typer.Option("--session", metavar="LABEL", help="Label of the session: letters and digits.")
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="INTEGER", help="Random seed (default: the protocol's).")]
Language = Annotated[
    str | None,
    typer.Option("--language", metavar="TAG", help="Language of the texts, for example en (default: the protocol's)."),
]


class Accept(str, Enum):
    """Values of ``--accept``, described in `dataset_rules.ACCEPTABLE`."""

    OTHER_PROTOCOL = "other-protocol"
    EDITED_PROTOCOL = "edited-protocol"
    SESSION = "session"
    INTERVAL = "interval"
    SKIPPED_SESSION = "skipped-session"
    NUMBER = "number"
    CLOCK = "clock"


Accepted = Annotated[
    list[Accept] | None,
    typer.Option(
        "--accept",
        metavar="WORD",
        help="Begin although the data set has another protocol (other-protocol), an earlier version of it "
        "(edited-protocol), ...; docs/data-sets.md lists the words; repeatable. The record keeps them.",
    ),
]
Mimicry = Annotated[
    float | None,
    typer.Option(
        "--mimicry",
        metavar="GAIN",
        help="Strength with which simulated participants mimic faces that they only watch: 0 not at all, 1 as usual "
        "(default), at most 3.",
    ),
]
CameraSpec = Annotated[
    str | None,
    typer.Option("--camera", metavar="SPEC", help=f"{CAMERA_HELP} Default: the protocol's, or device 0."),
]
PartnerCameraSpec = Annotated[
    str | None,
    typer.Option(
        "--partner-camera", metavar="SPEC", help="Camera of the second person, as --camera (default: the protocol's)."
    ),
]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="FACTOR=LEVEL",
        help="Group of the participant, if the protocol lets the experimenter choose (`by_experimenter`); repeatable.",
    ),
]
Strata = Annotated[
    list[str] | None,
    typer.Option(
        "--stratum",
        metavar="NAME=LEVEL",
        help="Property of the participant in the protocol's `strata`, for example sex=female; repeatable.",
    ),
]
Windowed = Annotated[bool, typer.Option("--windowed", help="A window instead of the full screen.")]
