"""Facts of devices that people tried."""

from dataclasses import dataclass
from typing import ClassVar

from server.domain.facts.fact import Fact
from server.domain.facts.kinds import FactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTried(Fact):
    """A person tried a device and judged it.

    ``station``, ``device``: its names in reports. ``works``: the person's answer. ``fault``: the code of what does not
    work (``server.domain.device_trials``); None if it works.
    """

    KIND: ClassVar = FactKind.DEVICE_TRIED

    station: str
    device: str
    works: bool
    fault: str | None


FACTS: tuple[type[Fact], ...] = (DeviceTried,)
