"""Which of the forms that an answer can have a client prefers."""

from loaders.lru_cache import cached_when_short

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"
PARTS = "multipart/mixed;subscriptionspec=1.0"
PAGE = "text/html"

STREAMS = (EVENTS, PARTS)


def accepted(accept: str) -> list[str]:
    """The media types of an `Accept` header, the preferred first: by `q`, then by their order."""
    ranked = [_ranked(part) for part in accept.split(",") if part.strip()]
    return [name for name, quality in sorted(ranked, key=lambda one: -one[1]) if quality > 0]


# Clients of one kind all send the same header.
@cached_when_short
def form_of(accept: str, *offers: str) -> str:
    """The offer that the client prefers; JSON when it names none of them. A wildcard never means a stream."""
    for name in accepted(accept):
        if name in offers:
            return name
        if name in ("*/*", "application/*"):
            break
    return JSON


def stream_of(accept: str) -> str | None:
    """The form of stream that the client takes, if any, however little it prefers it."""
    return next((name for name in accepted(accept) if name in STREAMS), None)


def _ranked(part: str) -> tuple[str, float]:
    name, *options = [piece.strip().lower() for piece in part.split(";")]
    values = dict(option.partition("=")[::2] for option in options)
    if name == "multipart/mixed" and values.get("subscriptionspec", "").strip('"').startswith("1.0"):
        name = PARTS
    try:
        return name, float(values.get("q", "1"))
    except ValueError:
        return name, 0.0
