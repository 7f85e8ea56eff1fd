"""Common parts of all stations: events, effects, newest picture, liveness of the server."""
