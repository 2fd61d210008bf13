"""Whatever is sent: no fault of ours, no echo, an answer of the documented shape. In short here, at length by `make soak`."""
