"""A CDS client of our own, behind `cds try`: calls any CDS service, and checks which rows of the standard it keeps.

May import `cds.values` and `cds.foundation`; knows none of the rooms that answer, so that it judges our service as it judges any other.
"""
