"""The drivers of loudspeakers."""

import os

# pygame prints a greeting when it is imported; keep it out of a program's output, such as the JSON of luot-hardware.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
