"""What may stop a release: one module per subject, and the registers in which they declare their checks.

A program imports the modules whose checks it runs; importing one fills the registers.
"""
