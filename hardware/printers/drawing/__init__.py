"""Encodes slips: as dots, as dots and the printer's own letters, or as letters alone."""
