"""The rules of the queue: pure functions over plain values, with no database or clock."""
