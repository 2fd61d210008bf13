"""The command line `cds`, one module a command group. The only room that knows click.

Reads arguments and files, asks `cds.service` (and `cds.web` to serve), prints. Exit codes: 0 done, 1 a finding, 2 bad usage or input.
May import every room; no room imports it.
"""
