"""The index on loopback that a rehearsal publishes to, and the identity tokens that it asks for.

`server.serve_index` starts all of it. Between an unmodified twine and the index nothing is faked: the identity token is
signed, the index fetches the issuer's keys and judges the claims as PyPI does, mints a token of its own, and takes
uploads only with that.
"""
