"""The control port of the simulated devices: a registry in front of their routes.

A device registers itself by being a :class:`Device`; what it can do beyond state and faults it offers as
:class:`Route` rows. The virtual hall's page and the tests are the only callers.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Protocol

from hardware.control_port import DONE, Answer, Body, ControlPort, Refused, Route, as_json, as_png, wanted

__all__ = ["DONE", "Answer", "Body", "Control", "Device", "Refused", "Route", "as_json", "as_png", "wanted"]


class Device(Protocol):
    """A simulated device as the control port sees it. All methods may be called from any thread."""

    @property
    def id(self) -> str:
        """Unique in the process: ``printer``, ``sign-c1``, ``keypad-c1``."""

    @property
    def kind(self) -> str:
        """``printer``, ``sign``, ``keypad``, ``pad`` or ``scanner``."""

    @property
    def faults(self) -> Mapping[str, bool]:
        """Every fault it can have, and whether it has it now."""

    def set_fault(self, fault: str, *, on: bool) -> None:
        """Only called with a name that is in ``faults``."""

    def state(self) -> Mapping[str, Any]:
        """What it shows beyond id, kind and faults; JSON values."""

    def routes(self) -> Sequence[Route]: ...

    def close(self) -> None: ...


class Control:
    """The port itself; serves from construction to ``close``. ``address`` is what it is bound to."""

    def __init__(self, host: str, port: int, devices: Iterable[Device], token: str = "") -> None:
        """``token`` is what every request must carry.

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
        """Any number of times."""
        self._port.close()

    def _list(self, _groups: Sequence[str], _body: Body) -> Answer:
        return as_json(
            [
                {"id": device.id, "kind": device.kind, "faults": dict(device.faults), **device.state()}
                for device in self._devices.values()
            ]
        )

    def _set_fault(self, groups: Sequence[str], body: Body) -> Answer:
        name, fault = groups
        device = self._devices.get(name)
        if device is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"no device {name!r}; known: {', '.join(self._devices)}")
        if fault not in device.faults:
            raise Refused(HTTPStatus.NOT_FOUND, f"{name} has no fault {fault!r}; known: {', '.join(device.faults)}")
        device.set_fault(fault, on=wanted(body, "on", bool))
        return DONE

    def _clear_faults(self, _groups: Sequence[str], _body: Body) -> Answer:
        for device in self._devices.values():
            for fault, on in dict(device.faults).items():
                if on:
                    device.set_fault(fault, on=False)
        return DONE
