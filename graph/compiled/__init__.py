"""Compiled execution: a validated query becomes a plan once, and a few statements each time. What plans do not take, graphql-core does."""

from graph.compiled.execute import Answer, Compiler, Planned, Way

__all__ = ["Answer", "Compiler", "Planned", "Way"]
