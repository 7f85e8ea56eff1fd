"""The session with one printer. Outside this folder only :class:`session.PrinterSession` is used.

Its parts: ``link`` opens and reopens, ``connection`` writes, asks and dispatches replies, ``handshake`` follows each
(re)connect, ``reply_matcher`` matches replies to slips, ``transmission`` sends one slip, ``late_results`` reports slips
that are proved or dropped later, ``buffer_clear`` drops held slips, ``health_cache`` keeps the last known health.
"""
