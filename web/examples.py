"""The prepared operations that the explorer opens with, one file each in web/tabs."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "tabs"


@dataclass(frozen=True)
class Tab:
    """A prepared operation; `variables` is JSON text, empty when it takes none."""

    title: str
    query: str
    variables: str


def tabs() -> list[Tab]:
    """The prepared operations, in the order of their file names."""
    return [_tab(path) for path in sorted(FOLDER.glob("*.graphql"))]


def tabs_json() -> str:
    """The prepared operations as the page's scripts read them."""
    return json.dumps([asdict(tab) for tab in tabs()])


def _tab(path: Path) -> Tab:
    query = path.read_text(encoding="utf-8")
    variables = path.with_suffix(".json")
    return Tab(
        title=query.partition("\n")[0].removeprefix("# "),
        query=query,
        variables=variables.read_text(encoding="utf-8") if variables.exists() else "",
    )
