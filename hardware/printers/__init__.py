"""Drivers of slip printers. Others import these modules; an import contract keeps the rest to this package:

========================= ==============================================================================
``escpos``                ``EscposPrinter``, the driver
``journal``               ``PrintJournal``, the slips sent and their results, on disk
``profile``               ``Profile`` and ``PrinterLimits``: abilities and time-outs of one printer
``models``                printers by their names
``transports``            ``connector`` opens a link; ``LinkError`` and its kinds
``drawing``               ``encoders``, ``paper``, ``raster``, ``lettering``, ``codepages``: a slip as bytes or dots
``encode``, ``library``   single commands
``answers``               ``replies`` parses a printer's replies, ``status`` gives their bits a meaning
========================= ==============================================================================

This file imports no module: only a machine that prints loads Pillow and python-escpos.
"""
