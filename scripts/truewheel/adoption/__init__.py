"""What another repository needs to release with truewheel: worked out from its files, written once, upgraded later."""
