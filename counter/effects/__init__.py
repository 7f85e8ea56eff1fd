"""Open the counter station's devices, and carry out the effects of ``counter.flow``."""
