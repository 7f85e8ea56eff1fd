"""Sends the hall's facts to the web-hooks' receivers, in threads of its own.

``sender`` takes facts from the journal and queues them, ``hook_worker`` sends those of one web-hook, ``post`` is one
try, ``signature`` signs it.
"""
