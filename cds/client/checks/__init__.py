"""The rows of CDS Hooks that bind a service and show from outside, judged by HTTP alone: `run` gives the report.

A check yields a fault for all that is wrong, raises NotChecked where it cannot judge, and says nothing of other rows' faults.
"""

from cds.client.checks.running import Terms, run

__all__ = ["Terms", "run"]
