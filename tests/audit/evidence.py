"""A log in memory with sealed decisions in it, and what is handed out of it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.audit.entries import bodies, sealing
from cds.audit.keys import keyring
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import Row, WrappedKey
from cds.audit.tree import checkpoints, merkle, proofs
from cds.audit.tree.checkpoints import Checkpoint
from cds.audit.tree.proofs import Evidence
from cds.releases import manifests
from tests.audit import decided, trees

CONTENT = Path(__file__).parents[2] / "cds" / "content" / "low-back-pain"
AT = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
ORIGIN = checkpoints.origin_of("0b4b0a6c")
COUNT = 300
RULED = "follow-up"
"""A decision of the release, of which rules matched."""

DECISION = 123
"""The number of the entry that is proved."""


@dataclass(frozen=True)
class Log:
    """A log of `COUNT` entries, all but one of them small."""

    ring: KeyRing
    tree: trees.Kept
    rows: tuple[Row, ...]
    key: WrappedKey
    manifest: bytes

    @property
    def trusted(self) -> str:
        """The public key that signs heads, as an auditor has it."""
        return self.ring.signer.verifying.text(ORIGIN)

    @property
    def opened(self) -> bytes:
        """The facts of the decision."""
        text = sealing.plaintext(self.rows[DECISION - 1], self.key, self.ring)
        assert text
        return text

    def note(self, size: int = COUNT) -> str:
        """The signed head at a size."""
        return checkpoints.write(ORIGIN, size, merkle.root_at(self.tree, size), AT, self.ring.signer)

    def head(self, size: int = COUNT) -> Checkpoint:
        """The same, read."""
        return checkpoints.read(self.note(size))

    def evidence(self, size: int = COUNT, **changes: Any) -> Evidence:
        """All there is about the decision."""
        row = self.rows[DECISION - 1]
        proof = proofs.inclusion(self.tree, DECISION, row.body, self.head(size))
        return replace(Evidence(proof, self.ring.verifiers, row.sealed, self.opened, self.manifest, files()), **changes)

    def lines(self, *, dropped: int = 0) -> list[dict[str, Any]]:
        """An export of the whole log, of whose first rows only the leaves are left."""
        leaves = [{"seq": row.seq, "leaf": self.tree.hashes[row.seq - 1].hex()} for row in self.rows]
        whole = [leaf | {"body": row.body.decode()} | _sealed(row) for leaf, row in zip(leaves, self.rows, strict=True)]
        return leaves[:dropped] + whole[dropped:]


def files() -> dict[str, bytes]:
    """Some files of the release."""
    return {name: (CONTENT / "1.2.0" / name).read_bytes() for name in ("CHANGES.md", f"decisions/{RULED}.yaml")}


def made(folder: Path) -> Log:
    """A log whose keys are in the folder."""
    ring = keyring.open_ring(decided.place(folder))
    manifest = (CONTENT / "1.2.0" / "manifest.json").read_bytes()
    logic = replace(decided.LOGIC, digest=manifests.digest(json.loads(manifest)))
    decision, key = decided.sealed(decided.decision(logic=logic), ring, seq=DECISION)
    rows = tuple(decision if seq == DECISION else _small(seq) for seq in range(1, COUNT + 1))
    tree = trees.Kept()
    tree.add([merkle.leaf(row.body) for row in rows])
    return Log(ring, tree, rows, key, manifest)


def export(path: Path, lines: list[dict[str, Any]]) -> Path:
    """Writes an export."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return path


def heads(folder: Path, *notes: str) -> Path:
    """A folder of heads that an auditor kept."""
    folder.mkdir(exist_ok=True)
    for number, note in enumerate(notes):
        (folder / f"{number}.checkpoint").write_text(note)
    return folder


def document(path: Path, proof: Mapping[str, Any]) -> Path:
    """Writes a proof."""
    path.write_bytes(proofs.written(proof))
    return path


def _small(seq: int) -> Row:
    entry = decided.action(f"action-{seq}", action="backup")
    return bodies.row_columns(bodies.public(entry)).row(seq, bodies.encoded(bodies.public(entry)), None)


def _sealed(row: Row) -> dict[str, str]:
    return {"sealed": base64.b64encode(row.sealed).decode()} if row.sealed else {}
