"""Prove the set-up in a container with a real systemd."""
