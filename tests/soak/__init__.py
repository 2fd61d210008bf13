"""The long forms of the fuzz and of the memory of the service: `make soak`."""
