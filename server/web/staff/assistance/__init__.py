"""Pages of staff alarms, colleagues who are sent, and messages."""
