"""XML documents as text."""

from __future__ import annotations

from xml.etree import ElementTree

Element = ElementTree.Element


def element(tag: str, *children: Element, text: str | None = None, **attributes: str) -> Element:
    """An element with its children, or with text."""
    made = Element(tag, attributes)
    made.text = text
    made.extend(children)
    return made


def document(root: Element) -> str:
    """The whole document of a root, indented, with its type declaration."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {root.tag}>\n{body}\n'
