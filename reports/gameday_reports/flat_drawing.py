"""Rewrites charts in plain coordinates, for a renderer that supports neither percentages nor nested drawings."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

#: The width of the drawing in CSS pixels: an A4 page between its margins.
WIDTH = 680.0

_ACROSS = ("x", "x1", "x2", "width", "cx")
_PATH = re.compile(r"([MLHVhZ])([^MLHVhZ]*)")


def flat(chart: str, rules: str) -> str:
    """The outermost ``<svg class="chart">`` with the style rules inside. Raises ParseError if it is not XML."""
    root = ET.fromstring(chart)  # noqa: S314 - our own template's output
    height = root.get("height", "200")
    out = ET.Element("svg", {"width": f"{WIDTH:g}", "height": height, "viewBox": f"0 0 {WIDTH:g} {height}"})
    ET.SubElement(out, "style").text = rules
    for child in root:
        _add(out, child)
    return ET.tostring(out, encoding="unicode")


def _add(parent: ET.Element, element: ET.Element) -> None:
    if element.tag in ("title", "desc"):
        return
    if element.tag != "svg":
        copy = ET.SubElement(parent, element.tag, _absolute(element))
        copy.text = element.text
        for child in element:
            _add(copy, child)
        return
    place = _absolute(element)
    group = ET.SubElement(parent, "g", {"transform": f"translate({place.get('x', '0')} {place.get('y', '0')})"})
    plane = element.get("viewBox") is not None
    for child in element:
        if plane:
            _add_scaled(group, child, float(element.get("height", "100")))
        else:
            _add(group, child)


def _absolute(element: ET.Element) -> dict[str, str]:
    attributes = dict(element.attrib)
    for name in _ACROSS:
        value = attributes.get(name, "")
        if value.endswith("%"):
            attributes[name] = f"{float(value[:-1]) * WIDTH / 100:.2f}"
    return attributes


def _add_scaled(parent: ET.Element, element: ET.Element, height: float) -> None:
    """Add a shape of the 100 by 100 plane with scaled coordinates, so that no stroke is stretched."""
    attributes = dict(element.attrib)
    for names, scale in ((("x", "width"), WIDTH / 100), (("y", "height"), height / 100)):
        for name in names:
            if name in attributes:
                attributes[name] = f"{float(attributes[name]) * scale:.2f}"
    if "d" in attributes:
        attributes["d"] = _scaled(attributes["d"], WIDTH / 100, height / 100)
    ET.SubElement(parent, element.tag, attributes)


def _scaled(path: str, across: float, down: float) -> str:
    """A scaled path, of the commands that our charts use: M, L, H, V, h and Z."""
    parts = []
    for command, arguments in _PATH.findall(path):
        numbers = [float(number) for number in arguments.split()]
        scales = {"V": (down,), "H": (across,), "h": (across,)}.get(command, (across, down))
        moved = (number * scales[place % len(scales)] for place, number in enumerate(numbers))
        parts.append(command + " ".join(f"{number:.2f}" for number in moved))
    return "".join(parts)
