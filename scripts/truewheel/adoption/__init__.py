"""What another repository needs to release with truewheel: read from its own files, written once, upgraded later."""
