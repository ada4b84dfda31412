"""The page Devices: pair a telephone or tablet in the same room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from experiment.console.console import console_of
from experiment.console.forms import answers_form
from experiment.console.page import Page, Place
from experiment.console.rendering import DEVICE_NAVIGATION, render
from experiment.console.security.guard import PAIRING, with_cookie
from experiment.console.security.hosts import Listener


def show(request: Request) -> Response:
    """Show addresses, code and number of paired devices."""
    console = console_of(request)
    code = console.pairing.code
    addresses = [f"{address}{PAIRING}" for address in console.sharing.addresses]
    return render(
        request,
        "devices.html",
        page="devices",
        is_on=console.sharing.is_on,
        addresses=addresses,
        code=f"{code[:3]} {code[3:]}" if code else "",
        picture=_qr_code(f"{addresses[0]}?code={code}") if code and addresses else "",
        devices=console.keys.devices,
    )


def share(request: Request, _: Mapping[str, str]) -> Response:
    """Start to listen in the local network, with a new code."""
    console = console_of(request)
    console.sharing.start(request.app.state.make_app)
    console.pairing.new_code()
    return RedirectResponse("/devices", status_code=303)


def stop(request: Request, _: Mapping[str, str]) -> Response:
    """Stop to listen; paired devices are forgotten."""
    console = console_of(request)
    console.sharing.stop()
    console.keys.forget_devices()
    return RedirectResponse("/devices", status_code=303)


def show_pairing(request: Request) -> Response:
    """Show the form for the code, on the device."""
    return render(request, "pair.html", page="pair", code=request.query_params.get("code", ""), is_wrong=False)


def pair(request: Request, fields: Mapping[str, str]) -> Response:
    """Exchange a code for the cookie of a device."""
    console = console_of(request)
    if not console.pairing.redeem(fields.get("code", "")):
        return render(request, "pair.html", page="pair", status=403, code="", is_wrong=True)
    answer = RedirectResponse(f"/{DEVICE_NAVIGATION[0]}", status_code=303)
    return with_cookie(answer, console.keys.new_cookie("device"), cast(Listener, request.app.state.listener))


def _qr_code(address: str) -> str:
    """Return a QR code as an address that a picture can have."""
    code = segno.make(address, error="m")
    return str(code.svg_data_uri(scale=6, border=3, dark="#000000", light="#ffffff"))


DEVICES = Page(
    "devices",
    (
        Place("/devices", show),
        Place("/devices/share", answers_form(share), method="POST"),
        Place("/devices/stop", answers_form(stop), method="POST"),
        Place(PAIRING, show_pairing, for_devices=True),
        Place(PAIRING, answers_form(pair), method="POST", for_devices=True),
    ),
)
