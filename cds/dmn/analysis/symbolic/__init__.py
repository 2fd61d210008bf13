"""What a model gives for every input at once: values with conditions, over a shared graph of conditions.

Pure. Only `solver` knows z3, and only when a question is put to it; everything else runs without. Used by `graph` and `properties`.
"""
