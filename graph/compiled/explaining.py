"""A plan in words: what it reads, by which statements, and the functions that make the answer."""

from collections.abc import Iterator

from graph.compiled.code import Code
from graph.compiled.execute import Answer
from graph.compiled.outputs import Level
from loaders.sources import Source


def explained(answer: Answer) -> Iterator[str]:
    """Lines to print: the plan with its generated functions, then the statements with their values."""
    for key, code in answer.codes.items():
        yield f"# {key}"
        yield from _level(code, "  ")
    for number, (text, values) in enumerate(answer.statements, 1):
        yield f"# statement {number}, values {values!r:.300}"
        yield text
        yield ""


def _level(code: Code, indent: str) -> Iterator[str]:
    yield from _source(code.level.source, f"{indent}read ", indent)
    yield from _remembered(code.level, indent)
    for text, _ in code.written:
        yield from (f"{indent}{line}" for line in text.rstrip().splitlines())
    for child, inner in zip(code.level.children, code.children, strict=True):
        yield f"{indent}for all rows at once: {child.relation.name}"
        yield from _level(inner, indent + "  ")


def _source(source: Source, lead: str, indent: str) -> Iterator[str]:
    columns = ", ".join(f"r[{ref.index}] {ref.name}" for ref in source.refs.values() if ref.shown)
    yield f"{lead}{source.model.__name__}: {columns or 'no columns'}"
    for name, joined in source.joins.items():
        yield from _source(joined, f"{indent}  joined by {name}: ", indent + "  ")


def _remembered(level: Level, indent: str) -> Iterator[str]:
    for number, memory in enumerate(level.memories):
        yield f"{indent}m[{number}] from memory: {', '.join(sorted(model.__name__ for model in memory.models))}"
