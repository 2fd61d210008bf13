"""What every release must hold: invariants, texts and agreement with the notes."""
