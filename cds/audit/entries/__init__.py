"""What an entry says: its body in the clear, what is sealed of it, and how both are read again and held against the leaf."""
