"""This server beside others on the same rows of the same PostgreSQL: `python -m bench.peers`."""
