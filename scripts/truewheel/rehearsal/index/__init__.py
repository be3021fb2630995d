"""The package index on loopback that a rehearsal publishes to, with the issuer of identity tokens that it trusts.

`server.serve_index` starts everything. Nothing between an unmodified twine and this index is faked: the identity token
is signed, the index verifies it and judges its claims as PyPI does, mints an upload token, and accepts uploads only
with such a token.
"""
