"""The base class of the store's errors; ``server.domain.errors`` lists all errors."""


class StoreError(Exception):
    """The database did not carry out a command, or a journal is wrong."""
