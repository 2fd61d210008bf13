"""How the newest head in the folder and the log stand to each other, asked at each look at the ledger: a head of other records is said at once."""

from contextlib import suppress
from pathlib import Path

from cds.audit.faults import LedgerDamaged, translated
from cds.audit.rows import Reading, Store, TreeState
from cds.audit.tree import merkle
from cds.audit.tree.checkpoints import BadCheckpoint, Checkpoint
from cds.audit.tree.heads import Newest
from cds.foundation.errors import LedgerUnavailable

SHORTER = "The ledger has fewer records than the newest signed head in its folder says. Run `cds audit verify`."
OTHER = "The newest signed head in the folder is not of these records: another ledger signs there, or this one was rewritten. Run `cds audit verify`."


class Standing:
    """Reads the newest head of a log, which other processes write too, and compares it with the tree at that size, by its inner nodes."""

    def __init__(self, folder: Path) -> None:
        self._newest = Newest(folder)

    def look(self, store: Store) -> tuple[TreeState, Checkpoint | None, str]:
        """The tree, the newest head, and what does not fit, else nothing. Raises LedgerUnavailable, and LedgerDamaged for a tree that is none.

        The head is read first: what it is of was in the store by then.
        """
        head = self._head()
        with store.reading() as reading:
            state = reading.state()
            return state, head, _differing(reading, state, head) if head else ""

    def trouble(self, store: Store) -> str:
        """What does not fit; nothing where the store cannot be asked."""
        try:
            return self.look(store)[2]
        except LedgerDamaged as error:
            return error.text
        except LedgerUnavailable:
            return ""

    def _head(self) -> Checkpoint | None:
        with translated(), suppress(BadCheckpoint):
            return self._newest.head()
        return None


def _differing(reading: Reading, state: TreeState, head: Checkpoint) -> str:
    if head.size > state.size:
        return SHORTER
    try:
        root = merkle.root(state) if head.size == state.size else merkle.root_at(reading, head.size)
    except LedgerDamaged as error:
        return error.text
    return "" if root == head.root else OTHER
