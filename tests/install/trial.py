"""Run by the installed release itself, where nothing else is: one dossier to its end."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
PROGRAM = "/usr/local/bin/lienthong"
EXAMPLES = Path("/opt/lienthong/current/share/examples/dossiers")
TRIAL = Path("/tmp/thu")
KEYS = Path("/var/lib/lienthong/keys")
SETTINGS = Path("/etc/lienthong/gateway.toml")


def told(*words: str, **more: str) -> str:
    """What a command says; it must not fail."""
    done = subprocess.run(
        [PROGRAM, *words],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def started(ready: str, *words: str) -> subprocess.Popen[str]:
    """A process, once it has said that it is ready."""
    errors = Path(f"/tmp/{words[0]}.log")
    with errors.open("w") as log:
        process = subprocess.Popen(
            [PROGRAM, *words],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    for line in process.stdout or ():
        if ready in line:
            return process
    sys.exit(f"{words} ended: {process.wait()}\n{errors.read_text('utf-8')}")


def stopped(process: subprocess.Popen[str]) -> None:
    """It ends by itself when it is told to, and without an error."""
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=30)
    if code:
        sys.exit(f"{process.args!r} ended with {code}")


def no_network() -> None:
    """Nobody outside can be reached."""
    try:
        socket.create_connection(("198.51.100.1", 443), timeout=2)
    except OSError:
        return
    sys.exit("there is a network: this trial would prove nothing")


def against_mocks() -> None:
    """A dossier of the examples passes its agencies by the virtual clock."""
    mock = Path("/tmp/thu.toml")
    mock.write_text(f'profile = "mock"\nrun_dir = "{TRIAL}"\n')
    clock = ("--clock", "virtual", "--run-dir", str(TRIAL))
    mocks = started("Ctrl-C", "mock", "run", *clock, "--settings", str(mock))
    gateway = started("gateway ready", "serve", "--settings", f"{TRIAL}/gateway.toml")
    at = {"LIENTHONG_RUN_DIR": str(TRIAL)}
    example = EXAMPLES / "01-chuyen-nhuong-thuong"
    number = json.loads((example / "dossier.json").read_text("utf-8"))["number"]
    told("dossier", "submit", str(example), **at)
    told("clock", "advance", "+40d", **at)
    shown = json.loads(told("dossier", "show", number, "--json", **at))
    sys.stdout.write(f"dossier {number} {shown['portal_text']}\n")
    stopped(gateway)
    stopped(mocks)


def issued(name: str) -> None:
    """A key and a certificate as an authority gives them to an office."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"VI DU {name}")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    for path, content in (
        (KEYS / f"{name}.key.pem", key.private_bytes(PEM, form, plain)),
        (KEYS / f"{name}.cert.pem", certificate.public_bytes(PEM)),
    ):
        path.touch(mode=0o600)
        path.write_bytes(content)


def in_production() -> None:
    """The first start of a real gateway: keys, configuration, administrator."""
    for one in (TRIAL / "keys").iterdir():
        if one.name.endswith(".cert.pem"):
            issued(one.name.removesuffix(".cert.pem"))
        elif one.name == "secrets.json" or one.name.endswith(".key.pem"):
            (KEYS / one.name).touch(mode=0o600)
    # As the agencies' own: the same names, other secrets.
    names = json.loads((TRIAL / "keys" / "secrets.json").read_text("utf-8"))
    made = json.dumps({name: secrets.token_urlsafe(32) for name in names})
    (KEYS / "secrets.json").write_text(made, "utf-8")
    for one in (TRIAL / "keys").glob("*.key.pem"):
        if not (KEYS / one.name).stat().st_size:
            (KEYS / one.name).write_bytes(one.read_bytes())
    known = tomllib.loads((TRIAL / "gateway.toml").read_text())["addresses"]
    addresses = "".join(
        f'{json.dumps(name)} = "https://{name.replace(".", "-")}.example"\n'
        for name in known
    )
    SETTINGS.write_text(SETTINGS.read_text("utf-8") + addresses, "utf-8")
    where = ("--settings", str(SETTINGS))
    told("key", "master", *where)
    told("key", "new", "H00.01", *where)
    said = told("init", *where, "--account", "quan-tri.a")
    token = next(line.strip() for line in said.splitlines() if line.startswith("  "))
    gateway = started("gateway ready", "serve", *where)
    health = told("health", LIENTHONG_TOKEN=token).strip().splitlines()[0]
    sys.stdout.write(f"production: {health}\n")
    stopped(gateway)
    told("access", "new", "mot-cua-mau", "--role", "one_stop", *where)


no_network()
against_mocks()
in_production()
