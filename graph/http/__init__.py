"""The HTTP side of the API: how operations come in, and how answers, refusals and streams go out."""
