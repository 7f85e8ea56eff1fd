"""Practise privately: the clerk's page on a hall of invented visitors."""
