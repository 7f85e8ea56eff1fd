"""Signing in, and the person's own account."""
