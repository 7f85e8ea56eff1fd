"""Set a machine up from the stick by a few questions.

It calls ``packaging/install``. It needs only Debian's Python, like ``onsite``. ``cai-dat`` checks every
file of the stick and then starts it.
"""
