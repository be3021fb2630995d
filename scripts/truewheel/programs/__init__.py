"""One module per program: `truewheel NAME`, which is `nox -s NAME`."""
