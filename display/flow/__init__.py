"""The hall display's decisions: pure functions of state, event and time."""
