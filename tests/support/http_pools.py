"""HTTP connections of the tests, which are closed at the end of each test."""

from typing import Any

from config.http import ConnectionPool

_POOLS: list[ConnectionPool] = []


def http_pool(**options: Any) -> ConnectionPool:
    """Return a pool that fixtures may keep, as it connects again when used."""
    return keep(ConnectionPool(**options))


def keep(pool: ConnectionPool) -> ConnectionPool:
    """Return ``pool``, whose connections are closed from now on at the end of each test."""
    _POOLS.append(pool)
    return pool


def close_connections() -> None:
    """Close the kept connections of all pools."""
    for pool in _POOLS:
        pool.clear()
