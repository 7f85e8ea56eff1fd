"""The real counter station for tests.

It gives a key up sooner, and judges no key by its time: a busy machine receives keys late and several at once.
"""

from counter import app
from counter.flow import counter_devices
from hardware.keypads import codes, handlers

counter_devices.RETRY_DELAYS_S = (0.05, 0.1, 0.2)
codes.MAX_KEY_BURST_PRESSES = 1000
handlers.TOGGLE_PAUSE_S = 0.0
handlers.DIGITS_TIMEOUT_S = 600.0

if __name__ == "__main__":
    raise SystemExit(app.main())
