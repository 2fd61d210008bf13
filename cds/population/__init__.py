"""Many decisions at once: tables for analysis, and how sure a share of them is.

Imports only `cds.values`, `cds.facts` and `cds.foundation`, and is the one owner of pyarrow. It knows nothing of the ledger: `cds.service` hands
it rows and columns. No clock and no settings; the only files are those that a caller names.
"""
