"""What tests of several readers share: pages of the web, taken apart in confined children."""

from collections.abc import Iterator

import pytest

from ingestion.limited_parsing import ParsingServer
from ingestion.web_page import ConfinedWebPages, WebPages


@pytest.fixture(scope="session")
def web_pages() -> Iterator[WebPages]:
    with ParsingServer() as parsing:
        yield ConfinedWebPages(parsing)
