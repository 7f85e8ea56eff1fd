"""The real counter station, which gives a key up sooner: a test waits for nothing else."""

from counter import app, desk

desk.RETRY_S = (0.05, 0.1, 0.2)

if __name__ == "__main__":
    raise SystemExit(app.main())
