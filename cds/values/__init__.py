"""The frozen types that rooms exchange: releases, assessments, cards, proposals, audit records.

Values only: no behaviour beyond reading them. May import `cds.dmn`, `cds.facts` and `cds.foundation`.
"""
