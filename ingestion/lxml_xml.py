"""Parses small XML files without entities, document types or the network."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

from ingestion.parsed import Damaged


@dataclass(frozen=True, slots=True)
class XmlNode:
    attributes: dict[str, str]
    text: str

    def get(self, name: str, otherwise: str) -> str:
        return self.attributes.get(name, otherwise)


@dataclass(frozen=True, slots=True)
class XmlTree:
    _root: etree._Element

    @property
    def name(self) -> str:
        """Of the outermost element, without its namespace."""
        return str(etree.QName(self._root).localname)

    def records(self, name: str) -> Iterator[dict[str, str]]:
        """The texts inside every element of that local name, by the local names of what they stand in."""
        for element in self._root.iter(f"{{*}}{name}"):
            yield {
                etree.QName(child).localname: (child.text or "").strip()
                for child in element
                if isinstance(child.tag, str)
            }

    def named(self, name: str) -> Iterator[XmlNode]:
        """Every element of that local name, whatever its namespace, in the order of the file."""
        for element in self._root.iter(f"{{*}}{name}"):
            yield XmlNode(dict(element.attrib), (element.text or "").strip())


def parse_xml(content: bytes) -> XmlTree:
    """Raises `Damaged`."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        return XmlTree(etree.fromstring(content, parser))
    except etree.XMLSyntaxError as error:
        raise Damaged("its XML is broken") from error
