"""Simulated devices, which send and receive their maker's bytes at real speed.

They use a socket or a pseudo-terminal. They are written from the makers' descriptions, never from the drivers, so that
an error in one is not repeated in the other.
"""
