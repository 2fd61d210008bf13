"""Every file of `examples/` through the service, against what it promises."""
