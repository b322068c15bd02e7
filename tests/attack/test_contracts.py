"""Contracts that lead elsewhere: nothing is read but what lies in the adapter's folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from gateway.validation.xsd import XSDSchema
from tests.attack.frame import Attack, attacks
from tests.unit.carriers.test_soap import OPERATION, SCHEMAS, codec_of

if TYPE_CHECKING:
    from pathlib import Path


PLACE = 'schemaLocation="tct.xsd"'
#: What stands in the place of a schema's own location, or before the document.
AWAY = {
    "schema-from-a-network": 'schemaLocation="http://127.0.0.1:9/tct.xsd"',
    "schema-from-a-file": 'schemaLocation="file:///etc/passwd"',
    "schema-above-the-folder": 'schemaLocation="../tct.xsd"',
    "schema-by-a-long-way": 'schemaLocation="a/../../tct.xsd"',
    "schema-with-an-address-inside": 'schemaLocation="//127.0.0.1:9/tct.xsd"',
    "schema-written-in-hexadecimal": 'schemaLocation="%2e%2e/tct.xsd"',
}
WSDL, XSD = "tct.wsdl", "tct.xsd"
DOCTYPE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    inside.mkdir()
    for name in ("tct.xsd", "xmldsig-profile.xsd", "tct.wsdl"):
        shutil.copy(SCHEMAS / name, tmp_path / name)
        shutil.copy(SCHEMAS / name, inside / name)
    return inside


@pytest.mark.parametrize(
    "attack", attacks(*((Attack(4, name, WSDL),) for name in AWAY))
)
def test_a_contract_that_leads_away_is_not_read(attack: Attack, folder: Path) -> None:
    wsdl = (folder / WSDL).read_text("utf-8")
    assert PLACE in wsdl
    led_away = wsdl.replace(PLACE, AWAY[attack.technique])
    (folder / WSDL).write_text(led_away, "utf-8")
    # What is inside by its letters is not there by its name.
    with pytest.raises(
        (ValueError, FileNotFoundError), match=r"outside its folder|%2e"
    ):
        codec_of(folder / WSDL)


@pytest.mark.parametrize(
    "attack",
    attacks((Attack(4, "document-type", WSDL),), (Attack(4, "document-type", XSD),)),
)
def test_a_contract_with_a_document_type_is_not_read(
    attack: Attack, folder: Path
) -> None:
    path = folder / attack.door
    head, mark, rest = path.read_text("utf-8").partition("?>")
    path.write_text(f"{head}{mark}{DOCTYPE}{rest}", "utf-8")
    with pytest.raises(ValueError, match=r"."):
        read(folder)


def read(folder: Path) -> None:
    """Everything of a contract."""
    codec_of(folder / WSDL)
    XSDSchema(folder / XSD)


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(4, "untouched", WSDL),)))
def test_the_contract_as_it_ships_is_read(attack: Attack, folder: Path) -> None:
    assert codec_of(folder / attack.door).action(OPERATION)
