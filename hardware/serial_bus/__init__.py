"""Serial ports that survive unplugging.

One thread serves each port, which all devices on it share.
"""
