"""Automatic persisted queries: a client sends the hash of a document, and its text only when the hash is not known yet."""

import sys
from hashlib import sha256
from typing import Any

from graphql import GraphQLError

from graph.http.documents import Unexecutable
from graph.http.operations import Operation
from graph.http.refusals import Refusal
from loaders.lru_cache import LruCache

# Bytes of texts that are kept; one that can be executed has no more than 20,000 characters.
KEPT = 16 * 1024**2


class Persisted:
    """The documents that clients have registered, those that were used last; each process learns its own."""

    def __init__(self, *, kept: int = KEPT) -> None:
        self._texts: LruCache[str, str] = LruCache(kept)

    def text_of(self, operation: Operation) -> str:
        """The text that an operation sends or means. Raises Unexecutable, in the words of the convention, when its hash is not known."""
        if operation.document is not None and not operation.extensions:
            return operation.document
        digest = digest_of(operation.extensions)
        if operation.document is None and digest is None:
            raise Refusal(400, "`query` is missing: the document to execute.")
        if digest is None or operation.document is not None:
            check_digest(operation)
            return operation.document or ""
        text = self._texts.get(digest)
        if text is None:
            # Clients look for these very words.
            raise Unexecutable(GraphQLError("PersistedQueryNotFound", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"}))
        return text

    def keep(self, operation: Operation) -> None:
        """Remembers the text that came with a hash; to be called for texts that can be executed."""
        if not operation.extensions or operation.document is None:
            return
        digest = digest_of(operation.extensions)
        if digest is None:
            return
        self._texts.put(digest, operation.document, sys.getsizeof(operation.document))


def check_digest(operation: Operation) -> None:
    """Refuses a text whose hash is another than the request says: it would be kept under a name that is not its own."""
    digest = digest_of(operation.extensions)
    if digest is None or operation.document is None:
        return
    found = sha256(operation.document.encode(errors="surrogatepass")).hexdigest()
    if found != digest:
        raise Refusal(400, f"extensions.persistedQuery.sha256Hash is {digest[:80]!r}, but the hash of `query` is {found!r}.")


def digest_of(extensions: dict[str, Any] | None) -> str | None:
    """The hash that a request gives, if any."""
    persisted = (extensions or {}).get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or not isinstance(persisted.get("sha256Hash"), str):
        raise Refusal(400, '`extensions.persistedQuery` must be an object, as in {"version": 1, "sha256Hash": "..."}.')
    if persisted.get("version", 1) != 1:
        raise Refusal(
            400,
            f"extensions.persistedQuery.version is {persisted['version']!r:.40}; only 1 is known.",
            code="PERSISTED_QUERY_NOT_SUPPORTED",
        )
    digest: str = persisted["sha256Hash"]
    return digest.lower()
