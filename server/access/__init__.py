"""Access: people, sessions, devices, programs and their rights to sign in.

The database ``access.db`` is separate from the journal's, because it holds secrets' hashes and names, and its rows are
changed and erased.
"""
