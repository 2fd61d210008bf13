"""Our service broken in one row at a time, by what stands between it and the socket."""
