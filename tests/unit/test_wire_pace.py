"""Whether the server lives, when somebody else publishes heartbeats in its name."""

import pytest

from server.wire.messages import ServerBeat
from server.wire.pace import Pulse


def after(*beats: tuple[float, float]) -> Pulse:
    """The pulse after heartbeats: when each was sent by the server's clock, and when it came by ours."""
    pulse = Pulse()
    for sent_s, came_s in beats:
        pulse = pulse.after(ServerBeat(online=True, epoch="e1", up_ms=round(sent_s * 1000)), came_s, kept=False)
    return pulse


TRUE = [(500.0 + second, float(second)) for second in range(0, 12, 3)]


@pytest.mark.parametrize("claimed_s", [10.0**9, 600.0, 0.0])
@pytest.mark.parametrize("times", [1, 5])
def test_heartbeats_with_another_clock_do_not_make_the_true_ones_look_late(claimed_s: float, times: int) -> None:
    forged = [(claimed_s, 9.1 + 0.1 * n) for n in range(times)]
    pulse = after(*TRUE, *forged, (512.0, 12.0), (515.0, 15.0))
    assert pulse.proof
    assert pulse.at_s == 15.0
    assert after(*TRUE, *forged, (512.0, 12.0), (515.0, 15.0), (518.0, 60.0)).at_s == 15.0, "one held up is no proof"


def test_the_first_heartbeats_after_a_stall_set_the_level() -> None:
    pulse = after((500.0, 40.0), (503.0, 40.0), (506.0, 40.0), (540.0, 40.1), (543.0, 43.1))
    assert pulse.at_s == 43.1


def test_a_heartbeat_in_the_wake_of_one_that_was_held_up_is_no_proof() -> None:
    held_up = (*TRUE, (512.0, 30.0), (530.0, 30.1))
    assert (after(*held_up).proof, after(*held_up).at_s) == (False, 9.0)
    assert after(*held_up, (533.0, 33.0)).at_s == 33.0


def test_a_server_that_started_anew_is_not_measured_by_its_former_clock() -> None:
    pulse = after(*TRUE).after(ServerBeat(online=True, epoch="e2", up_ms=1000), 12.0, kept=False)
    assert (pulse.proof, pulse.at_s) == (True, 12.0)
