"""Sets properties of an XMP document and leaves every other byte as it is (pure).

Sidecars hold what photographers worked for, written by many programs, so a document is never
written anew: values are exchanged where they stand, or added to the first description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SEPARATOR = "\n"  # in no URI and in no name
_RDF_ROOT, _DESCRIPTION = f"{RDF}{_SEPARATOR}RDF", f"{RDF}{_SEPARATOR}Description"
_ATTRIBUTE = rb"""\s+([^\s=<>/]+)\s*=\s*("[^"]*"|'[^']*')"""
_START_TAG = re.compile(rb"<[^\s/>]+(?:" + _ATTRIBUTE.replace(b"(", b"(?:") + rb")*\s*/?>")

Name = tuple[str, str]
"""URI of a namespace, and the name of a property in it."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A property where it stands: its text, and the bytes that hold it."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Found:
    """What was found in a document so far."""

    values: dict[Name, _Value] = field(default_factory=dict)
    insert_at: int | None = None
    """Byte after the name of the first description."""
    prefixes: dict[str, str] = field(default_factory=dict)
    """Namespaces by prefix where the first description begins."""


def properties(document: bytes) -> dict[Name, str]:
    """Read the simple properties of an XMP document.

    Raises
    ------
    ValueError
        It is no XMP document in UTF-8, or has a document type.
    """
    return {name: value.text for name, value in _read(document).values.items()}


def with_properties(document: bytes, new: Mapping[Name, str], prefixes: Mapping[str, str]) -> bytes:
    """Give the document with the properties `new`, all its other bytes as they are.

    `prefixes` are those that new namespaces get, by URI. Raises as `properties` does.
    """
    found = _read(document)
    assert found.insert_at is not None  # noqa: S101 - else it could not be read
    there = {name: text for name, text in new.items() if name in found.values}
    edits = [
        (found.values[name].start, found.values[name].end, escape(text).encode())
        for name, text in there.items()
    ]
    added = _attributes({name: new[name] for name in new.keys() - there}, found.prefixes, prefixes)
    edits.append((found.insert_at, found.insert_at, added.encode()))
    edited = document
    for start, end, text in sorted(edits, reverse=True):
        edited = edited[:start] + text + edited[end:]
    if not new.items() <= properties(edited).items():
        raise ValueError("cannot be changed without harm")
    return edited


def _attributes(
    new: Mapping[Name, str], known: Mapping[str, str], wanted: Mapping[str, str]
) -> str:
    """Write properties as attributes, with the namespaces that are not `known`, by prefix."""
    prefixes = {uri: prefix for prefix, uri in known.items() if prefix}
    text = ""
    for uri in dict.fromkeys(uri for uri, _ in sorted(new)):
        if uri not in prefixes:
            prefixes[uri] = _free(wanted[uri], known)
            text += f' xmlns:{prefixes[uri]}="{uri}"'
    for (uri, name), value in sorted(new.items()):
        text += f' {prefixes[uri]}:{name}="{escape(value)}"'
    return text


def _free(prefix: str, taken: Iterable[str]) -> str:
    return prefix if prefix not in taken else _free(prefix + "_", taken)


def _read(document: bytes) -> _Found:
    try:
        document.decode("utf-8-sig")
        reader = _Reader(document)
        reader.parser.Parse(document, True)
    except (UnicodeDecodeError, expat.ExpatError) as error:
        raise ValueError(f"no XMP in UTF-8: {error}") from error
    if reader.found.insert_at is None:
        raise ValueError("no XMP: it has no rdf:Description")
    return reader.found


class _Reader:
    """Finds the properties of the descriptions of a document, and where they stand."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self.found = _Found()
        self._path: list[str] = []
        self._scopes: dict[str, list[str]] = {}
        self._open: tuple[Name, int] | None = None
        """A property that is an element, and where its text begins."""
        self._text = ""
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.namespace_prefixes = True
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add_text
        self.parser.StartNamespaceDeclHandler = self._declare
        self.parser.EndNamespaceDeclHandler = self._forget
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.XmlDeclHandler = _check_encoding

    def _start(self, name: str, attributes: list[str]) -> None:
        name = _without_prefix(name)
        at = self.parser.CurrentByteIndex
        tag = _START_TAG.match(self._document, at)
        if tag is None:
            raise ValueError("no XMP: a tag is malformed")
        if self._path[-1:] == [_RDF_ROOT] and name == _DESCRIPTION:
            self._describe(tag, attributes)
        is_property = self._path[-2:] == [_RDF_ROOT, _DESCRIPTION]
        # what has parts, such as a list, is no simple property
        self._open = (_split(name), tag.end()) if is_property and tag[0][-2:] != b"/>" else None
        self._text = ""
        self._path.append(name)

    def _describe(self, tag: re.Match[bytes], attributes: list[str]) -> None:
        """Note where new properties may stand, and those that are attributes."""
        if self.found.insert_at is None:
            self.found.insert_at = (
                tag.start() + len(re.split(rb"[\s/>]", tag[0][1:], maxsplit=1)[0]) + 1
            )
            self.found.prefixes = {
                prefix: uris[-1] for prefix, uris in self._scopes.items() if uris
            }
        places = {one[1].decode(): one.span(2) for one in re.finditer(_ATTRIBUTE, tag[0])}
        for full, text in zip(attributes[::2], attributes[1::2], strict=True):
            uri, local, prefix = [*full.split(_SEPARATOR), "", ""][:3]
            if span := places.get(f"{prefix}:{local}"):
                value = _Value(text, tag.start() + span[0] + 1, tag.start() + span[1] - 1)
                self.found.values.setdefault((uri, local), value)

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._open:
            name_of, start = self._open
            value = _Value(self._text, start, self.parser.CurrentByteIndex)
            self.found.values.setdefault(name_of, value)
        self._open = None

    def _add_text(self, text: str) -> None:
        self._text += text

    def _declare(self, prefix: str | None, uri: str) -> None:
        self._scopes.setdefault(prefix or "", []).append(uri)

    def _forget(self, prefix: str | None) -> None:
        self._scopes[prefix or ""].pop()


def _refuse_doctype(*_: Any) -> None:
    raise ValueError("no XMP: it has a document type")


def _check_encoding(version: str, encoding: str | None, standalone: int) -> None:
    if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
        raise ValueError(f"no XMP in UTF-8: it is said to be {encoding}")


def _without_prefix(name: str) -> str:
    return _SEPARATOR.join(name.split(_SEPARATOR)[:2])


def _split(name: str) -> Name:
    uri, _, local = name.rpartition(_SEPARATOR)
    return uri, local
