"""Open drivers from the settings.

There is one module for each group of devices, so that a program loads only its own.
"""
