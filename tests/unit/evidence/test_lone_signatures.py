"""The lone script's own Ed25519 says what a well-kept library says."""

from __future__ import annotations

import ast
import sys

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence_making import ALONE, SCRIPT
from tests.syntax import tree_of

#: RFC 8032, 7.1: secret key, public key, message, signature.
VECTORS = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
            "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
            "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
)
#: The order of the group: a number with it added signs the same, and must not.
ORDER = 2**252 + 27742317777372353535851937790883648493


def lone(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        return bool(ALONE.is_signed(public, message, signature))
    except ValueError:
        return False


def library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("vector", VECTORS)
def test_the_standards_samples_hold(vector: tuple[str, str, str, str]) -> None:
    _, public, message, signature = map(bytes.fromhex, vector)
    assert lone(public, message, signature)
    assert not lone(public, message + b"!", signature)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=80),
    place=st.integers(0, 95),
    bits=st.integers(0, 255),
)
def test_both_say_the_same_of_any_signature(
    seed: bytes, message: bytes, place: int, bits: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    whole = bytearray(key.public_key().public_bytes_raw() + key.sign(message))
    whole[place] ^= bits
    public, signature = bytes(whole[:32]), bytes(whole[32:])
    assert lone(public, message, signature) == library(public, message, signature)
    assert lone(public, message, signature) is (bits == 0)


def test_a_signature_has_one_form() -> None:
    _, public, message, signature = map(bytes.fromhex, VECTORS[1])
    number = int.from_bytes(signature[32:], "little") + ORDER
    other = signature[:32] + number.to_bytes(32, "little")
    for form in (other, signature + b"\0", signature[:-1], b""):
        assert not lone(public, message, form)


def test_the_script_is_200_lines_that_need_python_alone() -> None:
    text = SCRIPT.read_text("utf-8")
    assert len(text.splitlines()) <= 200
    tree = tree_of(text, feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {"hashlib", "json"} <= imported
    assert imported <= sys.stdlib_module_names
