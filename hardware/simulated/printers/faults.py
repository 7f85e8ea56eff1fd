"""Every fault the simulated printer can have, and where in it the fault sits."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import groupby


class Group(StrEnum):
    """The page in front groups the switches by it."""

    LINK = "link"
    ANSWERS = "answers"
    PAPER = "paper"
    MECHANISM = "mechanism"
    POWER = "power"


FAULTS: Mapping[str, Group] = {
    # The cable is pulled: the link breaks, the printer keeps its power, its buffer and half a slip.
    "unplugged": Group.LINK,
    # Bytes crawl, both ways.
    "slow_link": Group.LINK,
    # The connection stands, and what is sent stays in the kernel's memory.
    "not_reading": Group.LINK,
    # Single bits of what is sent to it arrive wrong.
    "garbled_input": Group.LINK,
    # Something else is on that port; it echoes, as a modem does.
    "wrong_device": Group.LINK,
    # It prints and answers nothing.
    "silent": Group.ANSWERS,
    # Its program hangs: bytes are taken, nothing is printed or answered until it comes to.
    "frozen": Group.ANSWERS,
    # Every second answer is lost on the way.
    "answers_lost": Group.ANSWERS,
    # Each answer comes some seconds late.
    "answers_late": Group.ANSWERS,
    # Answers arrive with wrong bits and bytes too many.
    "garbled": Group.ANSWERS,
    # GS a is not obeyed.
    "no_asb": Group.ANSWERS,
    # While offline not even real-time questions are answered, as by many on USB and network.
    "dle_eot_ignored_when_offline": Group.ANSWERS,
    "paper_out": Group.PAPER,
    # The paper ends some centimetres into what is printed next.
    "paper_out_mid": Group.PAPER,
    "near_end": Group.PAPER,
    "cover_open": Group.MECHANISM,
    # Jams at the next cut and not before.
    "cutter": Group.MECHANISM,
    "hot": Group.MECHANISM,
    # An error that only switching off and on ends; taking it back does that.
    "fatal": Group.MECHANISM,
    "slow": Group.MECHANISM,
    # It holds what it got for some seconds and prints it then.
    "late": Group.MECHANISM,
    # It loses its power now and is back by itself some seconds later.
    "power_cycled": Group.POWER,
}
GROUPS: Mapping[str, list[str]] = {
    str(group): list(names) for group, names in groupby(FAULTS, key=lambda fault: FAULTS[fault])
}
