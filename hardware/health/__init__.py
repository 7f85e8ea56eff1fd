"""Health of devices: hung threads, and one monitor that logs and reports every change."""
