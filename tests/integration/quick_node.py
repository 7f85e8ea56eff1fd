"""The real node of a sign, with a shorter time until the server is lost."""

from counter.node import app
from server.wire.station import liveness

liveness.STALE_AFTER_S = 1.5
liveness.MAX_JITTER_S = 0.2

if __name__ == "__main__":
    raise SystemExit(app.main())
