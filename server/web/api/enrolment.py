"""Endpoints of devices that are not enrolled yet, and of a device's own record.

The first four need no credentials; their limits are those of ``server.access.pending``. They exist over HTTPS only,
because the code depends on the certificate that the device saw.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import request as http_request

from server.access.device import Device, DeviceRefused
from server.access.enrolment import Enrolment, EnrolmentUnavailable
from server.access.pending import EnrolmentRequest, TooManyBeginnings, UnknownEnrolment
from server.network.names import url_host
from server.web.api.endpoint import ApiRequest, NoBody
from server.web.shared.callers import current_caller
from server.web.shared.context import AppContext
from server.web.shared.errors import Rejected
from server.wire.enrolment import EnrolmentFailed
from server.wire.messages import (
    BeginEnrolment,
    BegunEnrolment,
    DeviceKind,
    DeviceRecord,
    EnrolmentProgress,
    FinishEnrolment,
    ProblemCode,
    RevealEnrolment,
)


def begin(request: ApiRequest[BeginEnrolment]) -> BegunEnrolment:
    body = request.body
    asking = EnrolmentRequest(
        DeviceKind(body.kind), _address(), _host(), station=body.station, counters=tuple(body.counters)
    )
    with _refusals():
        begun = _enrolment(request.context).begin_station(asking, bytes.fromhex(body.commitment))
    return BegunEnrolment(id=begun.id, key=begun.key.hex(), random=begun.random.hex(), expires_s=begun.expires_s)


def reveal(request: ApiRequest[RevealEnrolment]) -> EnrolmentProgress:
    body, pending = request.body, _enrolment(request.context).pending
    with _refusals():
        pending.reveal(request.ids["id"], bytes.fromhex(body.key), bytes.fromhex(body.random))
    return _progress(request)


def progress(request: ApiRequest[NoBody]) -> EnrolmentProgress:
    return _progress(request)


def finish(request: ApiRequest[FinishEnrolment]) -> None:
    with _refusals():
        _enrolment(request.context).finish_station(request.ids["id"], request.body.receipt)


def own_device(request: ApiRequest[NoBody]) -> DeviceRecord:
    return device_of_request().record()


def device_of_request() -> Device:
    """Return the enrolled device that sent the request. Raises ``unauthenticated``."""
    device = current_caller().device
    if device is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    return device


def _progress(request: ApiRequest[NoBody] | ApiRequest[RevealEnrolment]) -> EnrolmentProgress:
    with _refusals():
        sealed = _enrolment(request.context).sealed(request.ids["id"])
    if sealed is None:
        return EnrolmentProgress(state="waiting")
    return EnrolmentProgress(state="confirmed", sealed=sealed.hex())


def _enrolment(context: AppContext) -> Enrolment:
    """Return the enrolment, which this listener has over HTTPS only."""
    if context.enrolment is None or not http_request.is_secure:
        raise Rejected(ProblemCode.NOT_FOUND)
    return context.enrolment


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except TooManyBeginnings as refused:
        raise Rejected(ProblemCode.TOO_MANY, values={"seconds": max(1, round(refused.wait_s + 0.5))}) from refused
    except (UnknownEnrolment, EnrolmentUnavailable, EnrolmentFailed, DeviceRefused) as refused:
        raise Rejected(ProblemCode.NOT_FOUND) from refused  # the station begins again


def _address() -> str:
    return http_request.remote_addr or ""


def _host() -> str:
    """Return the host of the header ``Host`` without its port; an IPv6 address in brackets."""
    return url_host(urlsplit(f"//{http_request.host}").hostname or "")
