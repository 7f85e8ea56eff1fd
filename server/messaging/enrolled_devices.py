"""Gives the broker a user for each enrolled device, now and after each change."""

from collections.abc import Iterable, Mapping, Sequence

from server.access.device import Device
from server.access.devices import Devices
from server.messaging.broker import RunningBroker
from server.messaging.broker_users import BrokerUser, BrokerUserKind
from server.wire.messages import DeviceKind

_KINDS: Mapping[DeviceKind, BrokerUserKind] = {
    DeviceKind.KIOSK: "kiosk",
    DeviceKind.COUNTER: "counter",
    DeviceKind.DISPLAY: "display",
    DeviceKind.NODE: "node",
}
"""The kinds of devices that use the broker; browsers do not."""


def users_of(devices: Iterable[Device]) -> Sequence[BrokerUser]:
    """Return the broker users of these devices, as far as they have one."""
    return [
        BrokerUser(device.id, _KINDS[device.kind], device.id, device.counters, device.broker_hash)
        for device in devices
        if device.kind in _KINDS and device.broker_hash is not None
    ]


def follow_devices(broker: RunningBroker, devices: Devices) -> None:
    """Give the broker the users of the enrolled devices, now and after each change."""
    devices.on_change(lambda _device: broker.set_users(users_of(devices.all())))
    broker.set_users(users_of(devices.all()))
