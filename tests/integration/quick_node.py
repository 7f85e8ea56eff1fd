"""The real node of a sign, which takes the server for gone sooner: a test waits for nothing else."""

from counter.node import app
from server.wire import pace

pace.STALE_S = 1.5
pace.UNEVEN_S = 0.2

if __name__ == "__main__":
    raise SystemExit(app.main())
