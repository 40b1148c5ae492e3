"""The SVG that matplotlib writes, made fit to stand inside a page: no style of its own, colours by class, few bytes.

The page's content-security policy allows no style attribute, and its colours follow the reader's theme: so every ink is
drawn in a colour that means nothing, and becomes the class `f-INK` (filled) or `s-INK` (stroked) here.
"""

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from mailbot.core.visible import visible

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
HALO = "halo"
"""The id of what is drawn with an edge in the colour of the paper, to be read over lines and bars."""
_KEPT = ("stroke-width", "stroke-dasharray", "text-anchor", "stroke-linecap")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)px")
_NUMBER = re.compile(r"-?\d+\.\d+")
_UPRIGHT = re.compile(r"rotate\(-?0(?:\.0*)?[ ,][^)]*\)")
_PLAIN = {"stroke-width": "1", "stroke-dasharray": "none"}

ElementTree.register_namespace("", _SVG)


def fit_in(text: str, inks: Mapping[str, str], attributes: Mapping[str, str], title: str, description: str) -> str:
    """The drawing as an `svg` element with these attributes; `inks` tells which colour (#rrggbb) is which ink."""
    root = ElementTree.fromstring(text)
    for parent in root.iter():
        for child in [c for c in parent if c.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")]:
            parent.remove(child)
    for element in root.iter():
        _restyle(element, inks)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"viewBox": _NUMBER.sub(_short, box), "role": "img", **attributes})
    named = f"{attributes['id']}-t", f"{attributes['id']}-d"
    root.set("aria-labelledby", " ".join(named))
    for place, (tag, words, name) in enumerate((("title", title, named[0]), ("desc", description, named[1]))):
        told = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": name})
        told.text = visible(words, None)
        root.insert(place, told)
    _flatten(root)
    return ElementTree.tostring(root, encoding="unicode")


def _restyle(element: ElementTree.Element, inks: Mapping[str, str]) -> None:
    """Declarations become classes and attributes."""
    classes = []
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in ("fill", "stroke") and value in inks:
            classes.append(f"{name[0]}-{inks[value]}")
        elif name in ("fill", "stroke") or (name in _KEPT and _PLAIN.get(name) != value):
            element.set(name, value)
        elif name in ("font", "font-size") and (size := _SIZE.search(value)):
            element.set("font-size", size[1])
    if classes:
        element.set("class", " ".join(classes))
    element.attrib.pop("clip-path", None)
    if target := element.attrib.pop(_HREF, ""):
        element.set("href", target)
    for name in ("d", "x", "y", "transform", "stroke-width"):
        if drawn := element.get(name):
            element.set(name, _NUMBER.sub(_short, " ".join(drawn.split())))
    if _UPRIGHT.fullmatch(element.get("transform", "")):
        element.attrib.pop("transform")


def _flatten(element: ElementTree.Element) -> None:
    """Groups without a meaning of their own are taken out, and the white space between elements."""
    children: list[ElementTree.Element] = []
    for child in element:
        _flatten(child)
        child.tail = None
        grouping = child.tag in (f"{{{_SVG}}}g", f"{{{_SVG}}}defs") and not (set(child.attrib) - {"id"})
        if child.tag == f"{{{_SVG}}}defs":
            grouping = not len(child)
        if child.get("id") == HALO:
            for inner in child:
                inner.set("class", f"{inner.get('class', '')} halo".strip())
        children += list(child) if grouping else [child]
    if not (element.text or "").strip():
        element.text = None
    element[:] = children


def _short(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")
