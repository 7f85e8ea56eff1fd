"""Ids of tickets rise, also when the wall clock stands still or is set back."""

import random
import re

from server.domain.queue.ticket_ids import TicketIds

NOW_MS = 1_795_395_600_000


def test_ids_rise_and_differ_though_the_clock_stands_or_goes_back() -> None:
    clock = iter([NOW_MS] * 50 + [NOW_MS - 3_600_000] * 50 + [NOW_MS + 3_600_000] * 50)
    ids = TicketIds(lambda: next(clock), random.getrandbits)
    made = [ids.new() for _ in range(150)]
    assert made == sorted(set(made))
    assert all(re.fullmatch("t-[0-9a-f]{12}", ticket) for ticket in made)


def test_a_restart_after_the_clock_was_set_back_repeats_the_time_and_not_the_id() -> None:
    before, after = (TicketIds(lambda: NOW_MS, random.Random(seed).getrandbits) for seed in (1, 2))
    made = [before.new(), after.new()]
    assert made[0] != made[1]
    assert made[0][:10] == made[1][:10]
