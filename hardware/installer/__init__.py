"""``luot-hardware``: list ports, test devices, and find out a printer's abilities."""
