"""Liveness of the server, also when another program publishes heartbeats in its name."""

import pytest

from server.wire.messages import ServerBeat
from server.wire.station.liveness import ServerLiveness


def after(*beats: tuple[float, float]) -> ServerLiveness:
    """Return the pulse after heartbeats.

    Each has the moment of sending by the server's clock, and that of arrival by ours.
    """
    liveness = ServerLiveness()
    for sent_s, received_s in beats:
        liveness = liveness.after(
            ServerBeat(online=True, epoch="e1", up_ms=round(sent_s * 1000)), received_s, retained=False
        )
    return liveness


TRUE = [(500.0 + second, float(second)) for second in range(0, 12, 3)]


@pytest.mark.parametrize("claimed_s", [10.0**9, 600.0, 0.0])
@pytest.mark.parametrize("times", [1, 5])
def test_heartbeats_with_another_clock_do_not_make_the_true_ones_look_late(claimed_s: float, times: int) -> None:
    forged = [(claimed_s, 9.1 + 0.1 * n) for n in range(times)]
    liveness = after(*TRUE, *forged, (512.0, 12.0), (515.0, 15.0))
    assert liveness.last_heartbeat_is_proof
    assert liveness.last_proof_at_s == 15.0
    assert after(*TRUE, *forged, (512.0, 12.0), (515.0, 15.0), (518.0, 60.0)).last_proof_at_s == 15.0, (
        "one held up is no proof"
    )


def test_the_first_heartbeats_after_a_stall_set_the_level() -> None:
    liveness = after((500.0, 40.0), (503.0, 40.0), (506.0, 40.0), (540.0, 40.1), (543.0, 43.1))
    assert liveness.last_proof_at_s == 43.1


def test_a_heartbeat_directly_after_a_late_one_is_no_proof() -> None:
    held_up = (*TRUE, (512.0, 30.0), (530.0, 30.1))
    assert (after(*held_up).last_heartbeat_is_proof, after(*held_up).last_proof_at_s) == (False, 9.0)
    assert after(*held_up, (533.0, 33.0)).last_proof_at_s == 33.0


def test_a_restarted_server_is_not_measured_by_its_former_clock() -> None:
    liveness = after(*TRUE).after(ServerBeat(online=True, epoch="e2", up_ms=1000), 12.0, retained=False)
    assert (liveness.last_heartbeat_is_proof, liveness.last_proof_at_s) == (True, 12.0)
