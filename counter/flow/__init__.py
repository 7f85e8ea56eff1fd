"""The counter station's decisions: pure functions of state, event and time."""
