"""Documents that have been parsed, found within the limits and validated, kept for when they come again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, OperationDefinitionNode, specified_rules, validate
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.graphql import OperationType

from graph.http.guards import Guards, parsed
from loaders.lru_cache import LruCache
from models.errors import Refused

# Bytes of documents that are kept, by an estimate: a syntax tree takes 110 to 220 for each character, as tracemalloc counts.
KEPT = 64 * 1024**2
PER_CHARACTER = 200
LEAST = 1_000
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
# Each error about a name comes with suggestions, which take a millisecond to find.
MOST_ERRORS = 20


class OperationUnnamed(CannotGetOperationTypeError):
    """A document with several operations, and nothing that says which one is meant."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(None)
        self.names = names

    def as_http_error_reason(self) -> str:
        return f"The document holds several operations; name one of them in operationName: {', '.join(self.names)}."


class Unexecutable(Exception):
    """A document that cannot be executed, and its errors, each with a code."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(*errors)
        self.errors = list(errors)


@dataclass(frozen=True, eq=False)
class CachedDocument:
    """A document that can be executed. What executions make of it once may be kept in `plans`, which lives as long."""

    text: str
    ast: DocumentNode
    plans: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def hash(self) -> str:
        """The sha256 of the text, in hexadecimal."""
        return sha256(self.text.encode(errors="surrogatepass")).hexdigest()

    @cached_property
    def operations(self) -> dict[str | None, OperationDefinitionNode]:
        found = [node for node in self.ast.definitions if isinstance(node, OperationDefinitionNode)]
        return {node.name.value if node.name else None: node for node in found}

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation that a request means. Raises CannotGetOperationTypeError when it does not say."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None and self.operations:
            raise OperationUnnamed([each for each in self.operations if each])
        operation = self.operations.get(name)
        if operation is None:
            raise CannotGetOperationTypeError(name)
        return operation

    def operation_type(self, name: str | None) -> OperationType:
        return OperationType(self.operation(name).operation.value)


class Documents:
    """The documents of a schema that were used last."""

    def __init__(self, schema: GraphQLSchema, guards: Guards | None = None, *, kept: int = KEPT) -> None:
        self._schema = schema
        self._guards = guards or Guards()
        self._documents: LruCache[str, CachedDocument] = LruCache(kept)

    def find(self, text: str) -> CachedDocument:
        """The document of a text. Raises Unexecutable; of such texts nothing is kept, or they would drive out the good ones."""
        return self._documents.get(text) or self._documents.put(text, self._made(text), LEAST + PER_CHARACTER * len(text))

    def _made(self, text: str) -> CachedDocument:
        try:
            ast = parsed(text, self._guards)
        except Refused as problem:
            raise Unexecutable(_coded(GraphQLError(problem.message, original_error=problem), problem.code)) from problem
        except GraphQLSyntaxError as problem:
            raise Unexecutable(_coded(problem, "GRAPHQL_PARSE_FAILED")) from problem
        except GraphQLError as problem:
            raise Unexecutable(_coded(problem, "GRAPHQL_VALIDATION_FAILED")) from problem
        except UnicodeError as problem:  # a lone surrogate, over which graphql-core stumbles
            raise Unexecutable(_coded(GraphQLError(f"Syntax Error: {problem}."), "GRAPHQL_PARSE_FAILED")) from problem
        if errors := validate(self._schema, ast, RULES, max_errors=MOST_ERRORS):
            raise Unexecutable(*(_coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors))
        return CachedDocument(text, ast)


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": code}
    return error
