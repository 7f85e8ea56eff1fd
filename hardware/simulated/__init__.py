"""Devices below the driver: each speaks its maker's bytes on a socket or pseudo-terminal, as fast as the real one.

They are written from the makers' descriptions, never from the drivers, so that both can be wrong only separately.
"""
