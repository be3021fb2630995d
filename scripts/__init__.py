"""The release machinery: one module per nox session, and what they share."""
