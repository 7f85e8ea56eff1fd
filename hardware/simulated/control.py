"""The control port of the simulated devices: state, faults and own routes of each.

Only the virtual hall's page and the tests call it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Protocol

from hardware.control_port import (
    DONE,
    BadRequest,
    Body,
    ControlPort,
    Response,
    Route,
    json_response,
    png_response,
    required_field,
)


class SimulatedDevice(Protocol):
    """A simulated device. All methods may be called from any thread.

    A *fault* is a way in which the device misbehaves while it is on, such as ``unplugged``.
    """

    @property
    def id(self) -> str:
        """Unique in the process: ``printer``, ``sign-c1``, ``keypad-c1``."""

    @property
    def kind(self) -> str:
        """``printer``, ``sign``, ``keypad``, ``pad`` or ``scanner``."""

    @property
    def faults(self) -> Mapping[str, bool]:
        """Every fault that can be simulated -> whether it is on."""

    def set_fault(self, fault: str, *, on: bool) -> None:
        """Switch a fault whose name is in ``faults``."""

    def state(self) -> Mapping[str, Any]:
        """Return the state beyond id, kind and faults; JSON values."""

    def routes(self) -> Sequence[Route]: ...

    def close(self) -> None: ...


class DeviceControl:
    """Serves from construction to ``close``; ``address`` is the bound address."""

    def __init__(self, host: str, port: int, devices: Iterable[SimulatedDevice], token: str = "") -> None:
        """Every request must carry ``token``; empty: none is required.

        Raises ``OSError`` when the port is taken and ``ValueError`` when ``host`` is not loopback.
        """
        if not ip_address(host).is_loopback:
            raise ValueError(f"{host} is not a loopback address; the control port must not leave the machine")
        self._devices = {device.id: device for device in devices}
        self._port = ControlPort(
            host,
            port,
            (
                Route("GET", "/devices", self._list),
                Route("POST", "/devices/([^/]+)/faults/([^/]+)", self._set_fault),
                Route("POST", "/faults/clear", self._clear_faults),
                *(route for device in self._devices.values() for route in device.routes()),
            ),
            token,
        )

    @property
    def address(self) -> tuple[str, int]:
        return self._port.address

    def close(self) -> None:
        """Stop serving. May be called again."""
        self._port.close()

    def _list(self, _groups: Sequence[str], _body: Body) -> Response:
        return json_response(
            [
                {"id": device.id, "kind": device.kind, "faults": dict(device.faults), **device.state()}
                for device in self._devices.values()
            ]
        )

    def _set_fault(self, groups: Sequence[str], body: Body) -> Response:
        name, fault = groups
        device = self._devices.get(name)
        if device is None:
            raise BadRequest(HTTPStatus.NOT_FOUND, f"no device {name!r}; known: {', '.join(self._devices)}")
        if fault not in device.faults:
            raise BadRequest(HTTPStatus.NOT_FOUND, f"{name} has no fault {fault!r}; known: {', '.join(device.faults)}")
        device.set_fault(fault, on=required_field(body, "on", bool))
        return DONE

    def _clear_faults(self, _groups: Sequence[str], _body: Body) -> Response:
        for device in self._devices.values():
            for fault, on in dict(device.faults).items():
                if on:
                    device.set_fault(fault, on=False)
        return DONE


def sign_routes(
    counter: str,
    state: Callable[[], Mapping[str, Any]],
    draw_front: Callable[[str, str], bytes],
    displayed_lines: Callable[[], tuple[str, str]],
) -> Sequence[Route]:
    """Return the routes of a counter's sign: its state and its picture.

    ``draw_front`` returns a PNG of the sign's front with two lines, those that ``displayed_lines`` returns.
    """
    return (
        Route("GET", f"/signs/{counter}", lambda _groups, _body: json_response(state())),
        Route("GET", rf"/signs/{counter}\.png", lambda _groups, _body: png_response(draw_front(*displayed_lines()))),
    )
