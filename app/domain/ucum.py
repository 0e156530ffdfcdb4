"""What a UCUM unit is worth: an exact factor, and the dimensions it counts.

The definitions are those of the UCUM essence table (version 2.2), read from the copy `ucumvert` installs,
without importing that package or pint: through them the first unit costs about a second, and factors are
floats (1 mL = 1.0000000000000002e-6 m3). Reading the table takes some 5 ms, once, and each factor here is an
exact fraction. Both packages stay as referees in the tests.

Three readings differ from the letter of UCUM, on the side of refusing a comparison or of what people write:
an amount of substance (`mol`) is a dimension of its own, so that moles are not counts; units on a logarithmic
or shifted scale (`Cel`, `[pH]`) compare with themselves only; and `EU` is the endotoxin unit, `[EU]`, not the
exa-enzyme unit that the grammar allows.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

UNIT_LENGTH: Final = 64
_DEFINED_LENGTH: Final = 200  # a product of two units is written by us, not by a sender
_DEEPEST: Final = 6
_LARGEST_POWER: Final = 30
_LARGEST_BITS: Final = 2048
_LONGEST_FACTOR: Final = 12

_NAMESPACE: Final = {"u": "http://unitsofmeasure.org/ucum-essence"}
_TOKEN: Final = re.compile(
    r"""(?P<power>10[*^])
      | (?P<number>[0-9]+)
      | (?P<symbol>(?:\[[!-Z^-z|~\\]{1,30}\]|[A-Za-z%'_])+)
      | (?P<mark>[./()])
      | \{(?P<annotation>[!-z|~]*)\}""",
    re.VERBOSE,
)
_EXPONENT: Final = re.compile(r"[+-]?[0-9]+")
_SYNONYMS: Final = {"EU": "[EU]"}
_BASE_BESIDES_UCUM: Final = frozenset({"mol"})


class UnknownUnit(ValueError):
    """The text is not a UCUM unit that can be read within the bounds."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A unit as factor x base units; `dimensions` holds (base unit, power), sorted, no power zero."""

    factor: Fraction
    dimensions: tuple[tuple[str, int], ...] = ()

    def times(self, other: "Meaning", sign: int = 1) -> "Meaning":
        powers = dict(self.dimensions)
        for base, power in other.dimensions:
            powers[base] = powers.get(base, 0) + sign * power
        return Meaning(
            _bounded(self.factor * other.factor**sign),
            tuple(sorted((base, power) for base, power in powers.items() if power)),
        )

    def to_the(self, exponent: int) -> "Meaning":
        return Meaning(
            _bounded(self.factor**exponent),
            tuple((base, power * exponent) for base, power in self.dimensions if exponent),
        )


ONE: Final = Meaning(Fraction(1))


def _bounded(factor: Fraction) -> Fraction:
    if max(factor.numerator.bit_length(), factor.denominator.bit_length()) > _LARGEST_BITS:
        raise UnknownUnit("the unit is too large or too small to be read")
    return factor


@dataclass(frozen=True, slots=True)
class _Atom:
    metric: bool
    value: Fraction
    unit: str | None  # None: the atom is a base of its own


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, Fraction], dict[str, _Atom]]:
    package = find_spec("ucumvert")
    if package is None or package.origin is None:  # pragma: no cover - a broken installation
        raise RuntimeError("the UCUM table is not installed")
    path = Path(package.origin).parent / "vendor" / "ucum-essence.xml"
    root = ET.parse(path).getroot()  # noqa: S314 - a file of the locked installation, not of a sender
    prefixes = {
        node.attrib["Code"]: Fraction(node.find("u:value", _NAMESPACE).attrib["value"])  # type: ignore[union-attr] # each prefix has one
        for node in root.iterfind("u:prefix", _NAMESPACE)
    }
    atoms = {
        node.attrib["Code"]: _Atom(True, Fraction(1), None)
        for node in root.iterfind("u:base-unit", _NAMESPACE)
    }
    for node in root.iterfind("u:unit", _NAMESPACE):
        atoms[node.attrib["Code"]] = _atom(node)
    return prefixes, atoms


def _atom(node: ET.Element) -> _Atom:
    metric = node.attrib["isMetric"] == "yes"
    value = node.find("u:value", _NAMESPACE)
    arbitrary = node.attrib.get("isArbitrary") == "yes"
    special = node.attrib.get("isSpecial") == "yes"
    if value is None or special or node.attrib["Code"] in _BASE_BESIDES_UCUM:
        return _Atom(metric, Fraction(1), None)
    if arbitrary and value.attrib["Unit"] == "1":
        return _Atom(metric, Fraction(1), None)
    return _Atom(metric, Fraction(value.attrib["value"]), value.attrib["Unit"])


@lru_cache(maxsize=512)
def _symbol(code: str) -> Meaning:
    code = _SYNONYMS.get(code, code)
    prefixes, atoms = _table()
    if (atom := atoms.get(code)) is not None:
        if atom.unit is None:
            return Meaning(Fraction(1), ((code, 1),))
        return Meaning(atom.value).times(_Reader(atom.unit).whole())
    for length in (2, 1):
        prefix, rest = code[:length], code[length:]
        if prefix in prefixes and rest in atoms and atoms[rest].metric:
            return Meaning(prefixes[prefix]).times(_symbol(rest))
    raise UnknownUnit("the unit is not a UCUM unit")


class _Reader:
    """Reads one unit from left to right: `a/b.c` is (a/b).c."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Meaning:
        meaning = self._term(0)
        if self.at != len(self.text):
            raise UnknownUnit("the unit is not written as UCUM asks")
        return meaning

    def _term(self, depth: int) -> Meaning:
        if depth > _DEEPEST:
            raise UnknownUnit("the unit has too many nested parentheses")
        sign = -1 if self._take("/") else 1
        meaning = ONE.times(self._component(depth), sign)
        while self.at < len(self.text) and self.text[self.at] in "./":
            sign = -1 if self.text[self.at] == "/" else 1
            self.at += 1
            meaning = meaning.times(self._component(depth), sign)
        return meaning

    def _component(self, depth: int) -> Meaning:
        token = _TOKEN.match(self.text, self.at)
        if token is None:
            raise UnknownUnit("the unit is not written as UCUM asks")
        self.at = token.end()
        kind = token.lastgroup
        if kind == "annotation":
            return ONE
        if kind == "mark":
            meaning = self._parenthesis(token["mark"], depth)
        elif kind == "number":
            meaning = self._number(token["number"])
        else:
            meaning = self._power(_symbol(token[0]))
        self._annotation()
        return meaning

    def _parenthesis(self, mark: str, depth: int) -> Meaning:
        if mark != "(":
            raise UnknownUnit("the unit is not written as UCUM asks")
        meaning = self._term(depth + 1)
        if not self._take(")"):
            raise UnknownUnit("a parenthesis of the unit is not closed")
        return meaning

    def _number(self, digits: str) -> Meaning:
        if len(digits) > _LONGEST_FACTOR or not int(digits):
            raise UnknownUnit("a factor of the unit is zero or too long")
        return Meaning(Fraction(int(digits)))

    def _power(self, meaning: Meaning) -> Meaning:
        exponent = _EXPONENT.match(self.text, self.at)
        if exponent is None:
            return meaning
        self.at = exponent.end()
        if len(exponent[0]) > _LONGEST_FACTOR or abs(int(exponent[0])) > _LARGEST_POWER:
            raise UnknownUnit("an exponent of the unit is too large")
        return meaning.to_the(int(exponent[0]))

    def _annotation(self) -> None:
        token = _TOKEN.match(self.text, self.at)
        if token is not None and token.lastgroup == "annotation":
            self.at = token.end()

    def _take(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += found
        return found


@lru_cache(maxsize=2048)
def read(unit: str) -> Meaning:
    """The meaning of a unit text of at most 200 characters; annotations in braces add nothing.

    Source: The Unified Code for Units of Measure, version 2.2, sections 2 to 4. Raises UnknownUnit.
    """
    if not unit or len(unit) > _DEFINED_LENGTH:
        raise UnknownUnit("the unit is empty or too long")
    return _Reader(unit).whole()
