"""The tables of the first schema, by subject, for revision 0001.

History: a change of the schema is a new revision, never a change here.
"""
