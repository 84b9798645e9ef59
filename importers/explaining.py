"""What look-ups found, told in the words of the file: its columns and cells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from importers import columns
from importers.actions.action import Finding
from importers.faults import Fault, shown
from importers.texts import tidy


class Explanations:
    """Makes faults of the findings of an action, for the records of one file."""

    def __init__(self, header: Sequence[str], mapping: columns.Mapping, findings: Mapping[str, Finding]) -> None:
        self._header = header
        self._sources = mapping.sources
        self._findings = findings

    def fault(self, finding: str, cells: Sequence[str]) -> Fault:
        """The fault for a finding about a record."""
        found = self._findings[finding]
        words = defaultdict(lambda: "''", {field: shown(tidy(cells[index])) for field, index in self._sources.items()})
        index = self._sources.get(found.field)
        return Fault(found.code, found.sentence.format_map(words), None if index is None else self._header[index] or f"column {index + 1}")
