"""The alerts of the manager's page, each with the one step that helps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from server.domain.office import OfficeDefinition
from server.domain.office_roster import usual_clerk
from server.domain.permissions import Action
from server.views.manager import CounterNow, ManagerNow, ServiceNow
from server.web.shared.device_names import name_of_station
from server.web.shared.formatting import Formatter
from server.web.staff.health.rows import DeviceRow
from server.web.staff.manager.missing_people import MissingPerson, missing_people
from server.wire.messages import CounterStateName, from_time

MAX_DEVICES_NAMED = 3
"""When more devices are faulty, one alert counts them."""
BROKER_CARD, DEVICE_CARDS, SLIPS = "at--broker", "h-devices", "h-slips"
"""Places of the page of devices."""
LONG_STOP_MS = 60 * 60_000
"""A stop without an end is an alert after this time."""


@dataclass(frozen=True, slots=True)
class Step:
    """The key of an alert, which sends a form or opens a page.

    ``fields``: those of the form; None: it opens the page. ``action``: the permission that the key needs.
    """

    text: str
    url: str
    action: Action
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A sentence with the step that helps; ``step`` None: there is none to offer. ``icon`` goes with it."""

    text: str
    step: Step | None = None
    icon: str = "warning"


@dataclass(frozen=True, slots=True)
class HallAlerts:
    """The hall from which the alerts are made.

    ``devices``: all rows of the list of devices. ``unconfirmed_slips``: the numbers of slips that may not have been
    printed. ``health_url``: the page of devices. ``now_ms``: UTC.
    """

    hall: ManagerNow
    office: OfficeDefinition
    formatter: Formatter
    devices: Sequence[DeviceRow]
    is_broker_connected: bool
    unconfirmed_slips: Sequence[str]
    health_url: str
    now_ms: int

    def all(self) -> list[Alert]:
        """Return all alerts, the most urgent first."""
        return [
            *self._of_help_calls(),
            *self._of_lines(),
            *self._of_missing_people(),
            *self._of_pauses(),
            *self._of_stops(),
            *self._of_slips(),
            *self._of_devices(),
        ]

    def _of_help_calls(self) -> Iterator[Alert]:
        words = self.formatter.words
        for call in self.hall.help_calls:
            text = words(
                "clerk",
                "{kiosk}: công dân cần hỗ trợ, lúc {time}",
                kiosk=name_of_station(call.station, words=words),
                time=self.formatter.time(call.at_ms),
            )
            url = url_for("hall_actions.take_help", help_id=call.id)
            yield Alert(text, Step(words("clerk", "Tôi đến ngay"), url, Action.TAKE_HELP, {}), "bell")

    def _of_lines(self) -> Iterator[Alert]:
        """Yield the lines that no open counter serves, then those over the target."""
        words = self.formatter.words
        for service in sorted(self.hall.services, key=lambda row: (self._is_served(row), -(row.longest_wait_ms or 0))):
            target_ms = self.office.target_of(service.service.id) * 60_000
            name, waiting = words.pick(service.service.name), service.waiting
            if waiting and not service.open_counters:
                text = words(
                    "manager",
                    "Lĩnh vực {service}: {n} người đang chờ, chưa có quầy nào mở",
                    service=name,
                    n=waiting,
                )
                yield Alert(text, self._open_counter_of(service) or self._lend(service))
            elif waiting and not self._is_served(service):
                text = words(
                    "manager",
                    "Lĩnh vực {service}: {n} người đang chờ, cán bộ ở các quầy đang mở không phục vụ lĩnh vực này",
                    service=name,
                    n=waiting,
                )
                yield Alert(text, self._open_counter_of(service) or self._lend(service))
            elif service.longest_wait_ms is not None and service.longest_wait_ms > target_ms:
                text = words(
                    "manager",
                    "Lĩnh vực {service}: {n} người đang chờ, lâu nhất {minutes} phút",
                    service=name,
                    n=waiting,
                    minutes=service.longest_wait_ms // 60_000,
                )
                yield Alert(text, self._lend(service) or self._open_counter_of(service))

    def _is_served(self, service: ServiceNow) -> bool:
        """Return whether an open counter serves it with the person there."""
        clerks = {counter.counter.id: counter.counter.clerk for counter in self.hall.counters}
        return any(
            service.service.id in self.office.serves(counter, clerks.get(counter)) for counter in service.open_counters
        )

    def _of_missing_people(self) -> Iterator[Alert]:
        """Yield the counters without the person whom the roster puts there."""
        words = self.formatter.words
        for missing in missing_people(self.hall, self.office, self.now_ms):
            label, name = missing.counter.counter.label, self.office.clerks[missing.clerk].name
            values = {"label": label, "name": name, "time": self.formatter.time(missing.since_ms)}
            if missing.elsewhere is not None:
                place = self.office.counters[missing.elsewhere].label
                text = words(
                    "manager",
                    "Quầy {label}: theo lịch {name} ngồi từ {time}, nhưng đang ở Quầy {place}",
                    place=place,
                    **values,
                )
                yield Alert(text, self._message(missing.elsewhere, label), "away")
            elif missing.is_there:
                text = words("manager", "Quầy {label}: {name} đã đến nhưng quầy chưa mở từ {time}", **values)
                yield Alert(text, self._open(missing.counter), "door")
            else:
                text = words("manager", "Quầy {label}: theo lịch {name} ngồi từ {time}, nay chưa có mặt", **values)
                yield Alert(text, self._send(missing), "away")

    def _message(self, counter: str, label: str) -> Step:
        """Return the key that asks a person to come to the roster's counter."""
        words = self.formatter.words
        text = words("manager", "Nhắn Quầy {label}", label=self.office.counters[counter].label)
        message = words("manager", "Theo lịch, mời Ông/Bà sang Quầy {label}.", label=label)
        fields = {"to": counter, "typed": message}
        return Step(text, url_for("assistance.send_message"), Action.MESSAGE_COUNTERS, fields)

    def _send(self, missing: MissingPerson) -> Step | None:
        """Return the key that opens a counter with a free colleague."""
        if missing.substitute is None:
            return None
        name, counter = self.office.clerks[missing.substitute].name, missing.counter.counter
        text = self.formatter.words("manager", "Mở Quầy {label} với {name}", label=counter.label, name=name)
        url = url_for("hall_actions.direct_counter", counter=counter.id)
        return Step(text, url, Action.DIRECT_COUNTERS, {"state": "open", "clerk": missing.substitute})

    def _of_pauses(self) -> Iterator[Alert]:
        words = self.formatter.words
        for counter in self._counters(CounterStateName.PAUSED):
            until = counter.counter.until
            if until is not None and from_time(until) <= self.now_ms:
                text = words(
                    "manager",
                    "Quầy {label} hẹn phục vụ lại lúc {time}, nay vẫn tạm dừng",
                    label=counter.counter.label,
                    time=self.formatter.time(from_time(until)),
                )
                yield Alert(text, self._open(counter), "pause")

    def _of_stops(self) -> Iterator[Alert]:
        """Yield the services that were stopped long ago without an end."""
        words = self.formatter.words
        for service in self.hall.services:
            at_ms = service.stopped_at_ms
            if at_ms is None or service.service.until is not None or self.now_ms - at_ms < LONG_STOP_MS:
                continue
            text = words(
                "manager",
                "Lĩnh vực {service} ngừng cấp số từ {time}, không hẹn giờ cấp lại",
                service=words.pick(service.service.name),
                time=self.formatter.time(at_ms),
            )
            url = url_for("hall_actions.change_issuing", service=service.service.id)
            yield Alert(text, Step(words("day", "Cấp số trở lại"), url, Action.RESUME_ISSUING, {"on": "1"}))

    def _of_slips(self) -> Iterator[Alert]:
        words = self.formatter.words
        if self.unconfirmed_slips:
            text = words("staff", "Phiếu chưa rõ đã in: {numbers}", numbers=", ".join(self.unconfirmed_slips))
            yield Alert(
                text, Step(words("health", "Cần làm"), f"{self.health_url}#{SLIPS}", Action.SEE_HEALTH), "print"
            )

    def _of_devices(self) -> Iterator[Alert]:
        words = self.formatter.words
        if not self.is_broker_connected:
            name, state = words("device", "Kênh truyền tin (MQTT)"), words("device", "Mất kết nối thiết bị")
            yield Alert(f"{name}: {state}", self._see_device(BROKER_CARD), "broken")
        faulty = [device for device in self.devices if device.faulty]
        if len(faulty) > MAX_DEVICES_NAMED:
            text = words("health", "{a}/{b} thiết bị cần kiểm tra", a=len(faulty), b=len(self.devices))
            yield Alert(text, self._see_device(DEVICE_CARDS))
            return
        for device in faulty:
            yield Alert(f"{device.label}: {device.state_text}", self._see_device(device.anchor), device.icon)

    # --- steps ---

    def _see_device(self, anchor: str) -> Step:
        """Return the key to a card of the page of devices, which has its repair."""
        text = self.formatter.words("manager", "Xem thiết bị")
        return Step(text, f"{self.health_url}#{anchor}", Action.SEE_HEALTH)

    def _counters(self, *states: CounterStateName) -> list[CounterNow]:
        return [counter for counter in self.hall.counters if counter.counter.state in states]

    def _open_counter_of(self, service: ServiceNow) -> Step | None:
        """Return the key that opens a counter of the service.

        None without one whose clerk is free.
        """
        at_counters = {counter.counter.clerk for counter in self.hall.counters}
        for counter in self._counters(CounterStateName.PAUSED, CounterStateName.CLOSED):
            message = counter.counter
            clerk = message.clerk or usual_clerk(self.office, message.id, self.now_ms)
            is_free = clerk is not None and (message.clerk is not None or clerk not in at_counters)
            if is_free and service.service.id in self.office.serves(message.id, clerk):
                return self._open(counter)
        return None

    def _open(self, counter: CounterNow) -> Step:
        text = self.formatter.words("manager", "Mở quầy {label}", label=counter.counter.label)
        url = url_for("hall_actions.direct_counter", counter=counter.counter.id)
        return Step(text, url, Action.DIRECT_COUNTERS, {"state": "open"})

    def _lend(self, service: ServiceNow) -> Step | None:
        """Return the key that lends the service to the counter with the shortest line.

        None without an open counter whose clerk may serve it.
        """
        waiting = {row.service.id: row.waiting for row in self.hall.services}
        lines: list[tuple[int, CounterNow]] = []
        for counter in self._counters(CounterStateName.OPEN):
            person = self.office.clerks.get(counter.counter.clerk or "")
            served = self.office.serves(counter.counter.id, counter.counter.clerk)
            is_on_list = person is None or person.may_serve(service.service.id)
            if service.service.id not in served and is_on_list:
                lines.append((sum(waiting.get(other, 0) for other in served), counter))
        if not lines:
            return None
        _, counter = min(lines, key=lambda pair: pair[0])
        text = self.formatter.words("manager", "Giao thêm cho quầy {label} hôm nay", label=counter.counter.label)
        url = url_for("hall_actions.change_services", counter=counter.counter.id)
        return Step(text, url, Action.LEND_SERVICES, {"do": "lend", "service": service.service.id})
