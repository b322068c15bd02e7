"""The locks hold hashes and no address, and lxml and xmlsec fit together."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import xmlsec
from lxml import etree

from tests.layout.source import ROOT

LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
ALL = tuple(sorted(ROOT.glob("requirements*.lock")))


def pinned(lock: Path) -> dict[str, str]:
    found = dict(re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(), flags=re.MULTILINE))
    assert found, f"nothing is pinned in {lock.name}"
    return found


@pytest.mark.parametrize("lock", ALL, ids=lambda lock: str(lock.name))
def test_every_pinned_version_has_a_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text())
    bare = [
        entry.split()[0]
        for entry in entries
        if not entry.startswith("#") and "--hash=sha256:" not in entry
    ]
    assert bare == []


@pytest.mark.parametrize("lock", ALL, ids=lambda lock: str(lock.name))
def test_no_lock_names_an_index_or_an_address(lock: Path) -> None:
    assert (
        re.findall(r"://|--(?:extra-)?index-url|--find-links", lock.read_text()) == []
    )


def test_the_lock_for_tests_runs_what_the_gateway_runs() -> None:
    running, testing = (pinned(lock) for lock in LOCKS)
    assert running.items() <= testing.items()


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=~!\[; ]", text)[0] for text in project["dependencies"]}
    assert names - set(pinned(LOCKS[0])) == set()


def test_the_installed_pair_of_lxml_and_xmlsec_is_the_locked_one() -> None:
    locked = pinned(LOCKS[0])
    assert (version("lxml"), version("xmlsec")) == (locked["lxml"], locked["xmlsec"])


def test_lxml_and_xmlsec_share_one_libxml2() -> None:
    assert xmlsec.get_libxml_version() == etree.LIBXML_VERSION
    assert xmlsec.get_libxml_compiled_version() == etree.LIBXML_COMPILED_VERSION


def test_a_signature_of_the_pair_holds_and_breaks_with_the_content() -> None:
    document = etree.Element("ROW", nsmap=None)
    document.text = "Nguyễn Văn Ví Dụ"
    signature = xmlsec.template.create(
        document,
        xmlsec.constants.TransformExclC14N,
        xmlsec.constants.TransformHmacSha256,
    )
    document.append(signature)
    reference = xmlsec.template.add_reference(
        signature, xmlsec.constants.TransformSha256, uri=""
    )
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    signing = xmlsec.SignatureContext()
    signing.key = xmlsec.Key.from_binary_data(
        xmlsec.constants.KeyDataHmac, b"example" * 5
    )
    signing.sign(signature)

    verifying = xmlsec.SignatureContext()
    verifying.key = signing.key
    verifying.verify(signature)
    document.text = "Trần Thị Ví Dụ"
    tampered = xmlsec.SignatureContext()
    tampered.key = signing.key
    with pytest.raises(xmlsec.Error):
        tampered.verify(signature)
