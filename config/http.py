"""HTTP connections that are kept for the next request, and closed for certain."""

import urllib3


class ConnectionPool(urllib3.PoolManager):
    """A pool whose ``clear`` closes the kept connections at once.

    The end of its ``with`` block calls ``clear``. urllib3 leaves the connections to the garbage collector, so that a
    response or an error that refers to one keeps it open.
    """

    def clear(self) -> None:
        with self.pools.lock:
            pools = [self.pools[key] for key in self.pools.keys()]  # noqa: SIM118 (it has no iterator)
            super().clear()
        for pool in pools:
            pool.close()
