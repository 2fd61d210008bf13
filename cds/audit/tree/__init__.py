"""The Merkle log: the tree of RFC 6962, its signed heads in the form of C2SP, the folder they lie in, and the proofs that are made from both."""
