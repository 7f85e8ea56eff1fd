"""Draws a sent picture anew, as the small PNG of a logo.

``python -m hardware.logos`` does so in a process of its own.
"""
