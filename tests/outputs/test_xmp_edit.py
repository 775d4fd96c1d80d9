"""XMP of any program: properties are set where they stand, and not one other byte changes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from framepick.outputs.photos.xmp_edit import RDF, properties, with_properties

XMP = "http://ns.adobe.com/xap/1.0/"
OWN = "urn:framepick:photo:1.0/"
PREFIXES = {XMP: "xmp", OWN: "framepick"}
RATING = (XMP, "Rating")

ATTRIBUTES = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about=""
    xmlns:xmp="{XMP}" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
   xmp:Rating = '2'
   crs:Exposure2012="+0.35" crs:Note="a &gt; b > c &#233;">
   <!-- by hand -->
   <crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq></crs:ToneCurve>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
ELEMENTS = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:subject><rdf:Bag><rdf:li>Möwe</rdf:li></rdf:Bag></dc:subject></rdf:Description>
<rdf:Description rdf:about="" xmlns:a="{XMP}"><a:Rating>4</a:Rating><a:Label/></rdf:Description>
</rdf:RDF></x:xmpmeta>"""
NEITHER = f'<r:RDF xmlns:r="{RDF}"><r:Description/></r:RDF>'
OTHER_PREFIX = (
    f'<r:RDF xmlns:r="{RDF}" xmlns:xmp="urn:other"><r:Description xmp:Rating="9"/></r:RDF>'
)


def test_an_attribute_is_exchanged_and_nothing_else() -> None:
    after = with_properties(ATTRIBUTES.encode(), {RATING: "5"}, PREFIXES).decode()
    assert after == ATTRIBUTES.replace("xmp:Rating = '2'", "xmp:Rating = '5'")


def test_an_element_is_exchanged_and_nothing_else() -> None:
    after = with_properties(ELEMENTS.encode(), {RATING: "1"}, PREFIXES).decode()
    assert after == ELEMENTS.replace("<a:Rating>4<", "<a:Rating>1<")


@pytest.mark.parametrize("document", [ATTRIBUTES, ELEMENTS, NEITHER, OTHER_PREFIX])
def test_new_properties_are_added_and_the_rest_stays(document: str) -> None:
    new = {RATING: "3", (XMP, "Label"): 'a "b" & <c>', (OWN, "Rating"): "3"}
    before = properties(document.encode())
    after = with_properties(document.encode(), new, PREFIXES)
    assert properties(after) == before | new
    ElementTree.fromstring(after)  # noqa: S314 - well-formed for others, too
    rest = document.replace("'2'", "").replace(">4<", "").replace("<a:Label/>", "")
    for line in rest.splitlines():
        if "Description" not in line and "Rating" not in line:
            assert line in after.decode()


def test_properties_with_parts_are_none_that_could_be_set() -> None:
    assert set(properties(ATTRIBUTES.encode())) == {
        RATING,
        (RDF, "about"),
        ("http://ns.adobe.com/camera-raw-settings/1.0/", "Exposure2012"),
        ("http://ns.adobe.com/camera-raw-settings/1.0/", "Note"),
    }


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no xml",
        b"<x/>",
        ATTRIBUTES.encode("utf-16"),
        ATTRIBUTES.encode()[:-60],
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + NEITHER.encode(),
        b'<!DOCTYPE r [<!ENTITY a "b">]>' + NEITHER.encode(),
    ],
    ids=["empty", "text", "other XML", "UTF-16", "cut off", "Latin 1", "document type"],
)
def test_what_is_no_plain_xmp_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match="no XMP"):
        with_properties(document, {RATING: "3"}, PREFIXES)
