"""A printer's replies: ``replies`` parses them, ``status`` gives their bits a meaning.

``unknown_device`` recognises from them a device that is no printer.
"""
