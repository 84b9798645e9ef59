"""What a new database starts with: reference data, and clients to try things out with."""
