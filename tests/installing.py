"""``luot-hardware`` in this process, on a clock that a busy machine does not hurry."""

import time
from types import SimpleNamespace

import pytest

from hardware.installer import app
from unhurried import mono_s


def unhurried_hardware(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run ``luot-hardware`` with these arguments, for a test of how soon a device replies. Return the exit code."""
    monkeypatch.setattr(app, "time", SimpleNamespace(monotonic=mono_s, time_ns=time.time_ns))
    return app.main([*map(str, arguments), "--language", "en"])
