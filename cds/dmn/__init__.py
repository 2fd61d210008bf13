"""Decision models in DMN's words: read, evaluated and explained.

Pure: no files, clock, network, FHIR or Flask. May import `cds.facts` and `cds.foundation`; the text of an author is parsed into
a closed syntax tree and is never run as Python.
"""
