"""Setting a machine up, and keeping it so: what the program beside this folder, ``install``, does.

Plain Python 3.11 and nothing else, since it runs before anything of ours is installed.
"""
