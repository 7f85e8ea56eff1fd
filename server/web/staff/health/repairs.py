"""The repairs of each fault of a device or of a part of the server.

A harmless repair is made by the programs themselves. Another is one key of the health page. The rest needs hands, and
the page says which.
"""

from collections.abc import Mapping, Sequence
from enum import Enum, auto


class Repair(Enum):
    """A way to mend a fault.

    ``ITSELF``: the programs mend it; ``RESTART``: the station's program starts again. ``NEW_ROLL``, ``TEST_SLIP``: the
    keys that a printer always has; ``SLIPS``: the list of slips above the devices, with their keys.
    ``DATE``: staff say which day it is; ``COPY``: a copy of the database is made now; ``HANDS``: the sentence beside
    it says what to do.
    """

    ITSELF = auto()
    RESTART = auto()
    NEW_ROLL = auto()
    TEST_SLIP = auto()
    SLIPS = auto()
    DATE = auto()
    COPY = auto()
    HANDS = auto()


REPAIRS: Mapping[str, Sequence[Repair]] = {
    "paper_near_end": (Repair.NEW_ROLL,),
    "paper_out": (Repair.NEW_ROLL,),
    "cover": (Repair.HANDS,),
    "cutter": (Repair.HANDS, Repair.TEST_SLIP),
    "hot": (Repair.ITSELF,),
    "fault": (Repair.HANDS, Repair.RESTART),
    "off": (Repair.HANDS, Repair.RESTART),
    "silent": (Repair.HANDS, Repair.RESTART),
    "wrong": (Repair.HANDS, Repair.RESTART),
    "key_stuck": (Repair.HANDS,),
    "no_audio": (Repair.HANDS, Repair.RESTART),
    "not_confirmed": (Repair.SLIPS,),
    "journal": (Repair.HANDS, Repair.RESTART),
    "clips": (Repair.HANDS,),
    "no_screen": (Repair.HANDS, Repair.RESTART),
    "touch_stuck": (Repair.HANDS, Repair.RESTART),
    "broker": (Repair.ITSELF,),
    "failed": (Repair.ITSELF, Repair.RESTART),
    "name_twice": (Repair.HANDS,),
    "storage": (Repair.HANDS,),
    "damaged": (Repair.HANDS,),
    "broker_users": (Repair.ITSELF, Repair.HANDS),
    "checking": (Repair.ITSELF,),
    "disk_low": (Repair.HANDS,),
    "disk_full": (Repair.HANDS,),
    "clock": (Repair.HANDS,),
    "clock_unknown": (Repair.DATE,),
    "no_copy": (Repair.COPY, Repair.HANDS),
    "old_copy": (Repair.COPY, Repair.HANDS),
}
"""The repairs of each code but those of the network."""

NETWORK_REPAIRS = (Repair.ITSELF, Repair.HANDS)
"""The server tries again by itself, and goes on once the cause is gone."""


def repairs_of(code: str) -> Sequence[Repair]:
    """Return the repairs of a fault."""
    return REPAIRS.get(code, NETWORK_REPAIRS)
