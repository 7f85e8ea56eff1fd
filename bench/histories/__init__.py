"""Databases with years of history.

The server's own commands make a model day, which is then copied day by day.
"""
