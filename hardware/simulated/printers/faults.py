"""The faults of the simulated printer, grouped by the part that fails."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import groupby


class FaultGroup(StrEnum):
    """The groups of the switches on the virtual hall's page."""

    LINK = "link"
    ANSWERS = "answers"
    PAPER = "paper"
    MECHANISM = "mechanism"
    POWER = "power"


FAULTS: Mapping[str, FaultGroup] = {
    # The cable is pulled: the connection breaks; the printer keeps power, buffer and the half-printed slip.
    "unplugged": FaultGroup.LINK,
    # Transmission is slow in both directions.
    "slow_link": FaultGroup.LINK,
    # The connection stays open, but sent bytes remain in the kernel's buffer.
    "not_reading": FaultGroup.LINK,
    # Single bits of received bytes are wrong.
    "garbled_input": FaultGroup.LINK,
    # Another device is on the port; it echoes like a modem.
    "wrong_device": FaultGroup.LINK,
    # It prints, and never replies.
    "silent": FaultGroup.ANSWERS,
    # Its firmware hangs: bytes are received, but not printed or replied to until the fault ends.
    "frozen": FaultGroup.ANSWERS,
    # Every second reply is lost.
    "answers_lost": FaultGroup.ANSWERS,
    # Each reply is some seconds late.
    "answers_late": FaultGroup.ANSWERS,
    # Replies have wrong bits and extra bytes.
    "garbled": FaultGroup.ANSWERS,
    # GS a (automatic status back) is ignored.
    "no_asb": FaultGroup.ANSWERS,
    # While offline even real-time queries are ignored, as by many printers on USB and network.
    "dle_eot_ignored_when_offline": FaultGroup.ANSWERS,
    # No paper; the fault ends with a new roll.
    "paper_out": FaultGroup.PAPER,
    # The paper ends some centimetres into the next print.
    "paper_out_mid": FaultGroup.PAPER,
    # The sensor reports that the roll is nearly used up.
    "near_end": FaultGroup.PAPER,
    "cover_open": FaultGroup.MECHANISM,
    # The cutter jams at the next cut.
    "cutter": FaultGroup.MECHANISM,
    # The print head is too hot to print.
    "hot": FaultGroup.MECHANISM,
    # An error that ends only by switching off and on; clearing the fault does that.
    "fatal": FaultGroup.MECHANISM,
    # It prints slowly.
    "slow": FaultGroup.MECHANISM,
    # It begins to print some seconds late.
    "late": FaultGroup.MECHANISM,
    # It loses power now, which returns by itself some seconds later.
    "power_cycled": FaultGroup.POWER,
}
FAULTS_BY_GROUP: Mapping[str, list[str]] = {
    str(group): list(names) for group, names in groupby(FAULTS, key=lambda fault: FAULTS[fault])
}
