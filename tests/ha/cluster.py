"""Three machines with PostgreSQL, Patroni and etcd on loopback, as ``deploy`` has them.

Their configuration is what ships in ``deploy/postgresql``, with other addresses,
folders and passwords, and without TLS and watchdog. Whatever a machine runs can be
killed, stopped and started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from gateway.wiring.free_ports import free_port
from gateway.wiring.stage import ROOT
from tests.ha.programs import PATRONI, Program, account_of_servers, wait
from tests.postgres import program

if TYPE_CHECKING:
    from collections.abc import Callable

SHIPPED = ROOT / "deploy" / "postgresql"
#: Of each machine's network, as shipped, and one of loopback that stands for it.
SHIPPED_NETWORK, OWN_NETWORK = "203.0.113.2", "127.0.74.2"
PASSWORDS = {"1": "owner-1", "2": "copier-2", "3": "rewinder-3"}
USER, PASSWORD = "gateway", "p@ss-4"
#: By the way that leads there; the pool knows the shipped name.
DATABASES = {
    "libpq": "lienthong_1",
    "haproxy": "lienthong_2",
    "pgbouncer": "lienthong",
}
#: What the sample is for, and no process on loopback has.
_APART = re.compile(r"(?m)^    ssl.*\n|^watchdog:\n(?:  .*\n)+")
SHARED = "    dynamic_shared_memory_type: mmap"
START_S = 90.0
#: Waits for the end of its input, which comes with ours, then ends what servers run.
GUARD = (
    'cat >/dev/null; for data in "$@"; do'
    ' pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && kill -INT "$pid"; done; :'
)


@dataclass(frozen=True, slots=True)
class Ports:
    """The same on every machine."""

    server: int
    patroni: int
    etcd: int
    peers: int


class Machine:
    """One of the three: etcd, Patroni, and the server that Patroni starts."""

    def __init__(self, cluster: Cluster, number: int) -> None:
        self.name = f"csdl-{number}"
        self.host = f"{OWN_NETWORK}{number}"
        self._cluster = cluster
        self.folder = cluster.folder / self.name
        self.data = self.folder / "data"
        self._etcd = Program(f"{self.name}-etcd", cluster.folder, cluster.account)
        self._patroni = Program(f"{self.name}-patroni", cluster.folder, cluster.account)

    # ------------------------------------------------------------ begin and end

    def prepare(self, changed: Callable[[str], str]) -> None:
        """Write its configuration; ``changed`` makes another cluster of the sample."""
        self.folder.mkdir()
        shutil.chown(self.folder, *self._cluster.ids)
        own = self._cluster.localised(
            (SHIPPED / "patroni.yml").read_text("utf-8"), self.name, self.host
        )
        own = _APART.sub("", own).replace("hostssl", "host")
        own = re.sub(r"(?m)^(  data_dir:) .*", rf"\1 {self.data}", own)
        own = re.sub(r"(?m)^(  pgpass:) .*", rf"\1 {self.folder}/pgpass", own)
        own = re.sub(
            r"(?m)^(  bin_dir:) .*",
            rf"\1 {Path(program('postgres')).resolve().parent}",
            own,
        )
        own = own.replace("/var/run/postgresql", str(self.folder))
        # What a killed server leaves in memory goes with the folder.
        own = re.sub(r"(?m)^  parameters:$", "\\g<0>\n" + SHARED, own)
        for number, password in PASSWORDS.items():
            own = own.replace(f"DOI-MAT-KHAU-{number}", password)
        self.configuration.write_text(changed(own), "utf-8")

    @property
    def configuration(self) -> Path:
        """Patroni's."""
        return self.folder / "patroni.yml"

    def start_etcd(self) -> None:
        """Start who votes."""
        told = self._cluster.localised(
            (SHIPPED / "etcd.env").read_text("utf-8"), self.name, self.host
        )
        lines = (line for line in told.splitlines() if line and line[0] != "#")
        environment = dict(line.split("=", 1) for line in lines)
        environment["ETCD_DATA_DIR"] = str(self.folder / "etcd")
        self._etcd.start(["etcd"], environment)

    def start_patroni(self) -> None:
        """Start who starts the server."""
        self._patroni.start([str(PATRONI / "patroni"), str(self.configuration)], {})

    def start(self) -> None:
        """What ended, again, as on a machine that was switched on."""
        if not self._etcd.runs:
            self.start_etcd()
        if not self._patroni.runs:
            self.start_patroni()

    # ----------------------------------------------------------------- what is done

    def postmaster(self) -> int | None:
        """The process of its server, if there is one."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text("utf-8").split()[0])
            os.kill(pid, 0)
            return pid
        return None

    def kill_server(self) -> None:
        """The server and all its sessions, with -9."""
        pid = self.postmaster()
        if pid is None:
            return
        whole = [*_children(pid), pid]
        for one in whole:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)

    def kill(self) -> None:
        """Everything on it with -9, as a power cut does."""
        self._patroni.signal(signal.SIGKILL)
        self.kill_server()
        self._etcd.signal(signal.SIGKILL)
        self._patroni.ended()
        self._etcd.ended()

    def stop_patroni(self) -> None:
        """It stands still; the server goes on by itself."""
        self._patroni.signal(signal.SIGSTOP)

    def continue_patroni(self) -> None:
        """It wakes up."""
        self._patroni.signal(signal.SIGCONT)

    def receivers(self) -> list[int]:
        """Processes that take in what the leader writes."""
        pid = self.postmaster()
        return [
            one
            for one in (_children(pid) if pid else [])
            if b"walreceiver" in Path(f"/proc/{one}/cmdline").read_bytes()
        ]

    def asked(self, what: str) -> tuple[int, dict[str, Any]]:
        """What its Patroni says; status 0: nothing."""
        url = f"http://{self.host}:{self._cluster.ports.patroni}/{what}"
        try:
            with urllib.request.urlopen(url, timeout=1.0) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, {}
        except (OSError, ValueError):
            return 0, {}

    @property
    def leads(self) -> bool:
        """Whether its Patroni says so."""
        return self.asked("primary")[0] == 200

    def words(self) -> str:
        """The end of its logs."""
        return self._patroni.words() + self._etcd.words()


class Cluster:
    """The three of them, and what stands before them."""

    def __init__(self, folder: Path) -> None:
        """``folder``: empty, enterable by whoever servers run as."""
        self.folder = folder
        self.account = account_of_servers()
        self.ids = (self.account.pw_uid, self.account.pw_gid)
        shutil.chown(folder, *self.ids)
        self.ports = Ports(*(free_port() for _ in range(4)))
        self.machines = [Machine(self, number) for number in (1, 2, 3)]
        self.proxy_port, self.pool_port = free_port(), free_port()
        self._guard: subprocess.Popen[bytes] | None = None
        self._proxy = Program("haproxy", folder, self.account)
        self._pool = Program("pgbouncer", folder, self.account)

    def localised(self, sample: str, name: str, host: str) -> str:
        """A shipped file of the first machine, as the named one has it here."""
        own = re.sub(r"(?m)^(name: |ETCD_NAME=)csdl-1$", rf"\g<1>{name}", sample)
        # Where a line has one address it is the machine's own.
        lines = []
        for line in own.splitlines():
            if line.count(SHIPPED_NETWORK) == 1:
                line = line.replace(f"{SHIPPED_NETWORK}1", host)  # noqa: PLW2901
            lines.append(line.replace("203.0.113.0/27", "127.0.0.0/8"))
        own = "\n".join(lines).replace(SHIPPED_NETWORK, OWN_NETWORK) + "\n"
        for shipped, port in (
            *((5432, self.ports.server), (8008, self.ports.patroni)),
            *((2379, self.ports.etcd), (2380, self.ports.peers)),
        ):
            own = own.replace(f":{shipped}", f":{port}")
        return own

    # ------------------------------------------------------------ begin and end

    def begin(self, changed: Callable[[str], str] = str) -> None:
        """Bring up a leader with two standbys, and the database."""
        # Programs end with us; a server has no parent that would.
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "sh", *(str(one.data) for one in self.machines)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        for one in self.machines:
            one.prepare(changed)
            one.start_etcd()
        wait(self._votes, START_S, self.words)
        self.machines[0].start_patroni()
        wait(lambda: self.machines[0].leads, START_S, self.words)
        for one in self.machines[1:]:
            one.start_patroni()
        self.whole()
        with self.owner() as owner:
            owner.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'".encode())
            for name in DATABASES.values():
                owner.execute(f"CREATE DATABASE {name} OWNER {USER}".encode())

    def checked(self) -> str:
        """What ``patroni --validate-config`` finds in the sample; nothing: all is well."""
        done = subprocess.run(
            [
                *(str(PATRONI / "patroni"), "--validate-config"),
                str(self.machines[0].configuration),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        found = (done.stdout + done.stderr).splitlines()
        # It is asked before anything runs and after: what listens is its own.
        return "\n".join(one for one in found if one and "already in use" not in one)

    def begin_proxy(self) -> None:
        """HAProxy before them, as shipped."""
        own = (SHIPPED / "haproxy.cfg").read_text("utf-8")
        own = own.replace(SHIPPED_NETWORK, OWN_NETWORK)
        own = own.replace("127.0.0.1:5000", f"127.0.0.1:{self.proxy_port}")
        own = own.replace(":5432", f":{self.ports.server}")
        own = own.replace("port 8008", f"port {self.ports.patroni}")
        path = self.folder / "haproxy.cfg"
        path.write_text(own, "utf-8")
        checked = ["haproxy", "-c", "-q", "-f", str(path)]
        subprocess.run(checked, check=True, capture_output=True)
        self._proxy.start(["haproxy", "-db", "-f", str(path)], {})

    def end_proxy(self) -> None:
        """Kill it, with all that goes through it."""
        self._proxy.kill()

    def end_pool(self) -> None:
        """Kill it, with all that goes through it."""
        self._pool.kill()

    def begin_pool(self, mode: str = "transaction") -> None:
        """PgBouncer before HAProxy, as shipped; ``mode``: what a connection serves."""
        own = (SHIPPED / "pgbouncer.ini").read_text("utf-8")
        own = own.replace("port=5000", f"port={self.proxy_port}")
        own = own.replace("listen_port = 6432", f"listen_port = {self.pool_port}")
        own = own.replace("pool_mode = transaction", f"pool_mode = {mode}")
        users = self.folder / "userlist.txt"
        users.write_text(f'"{USER}" "{PASSWORD}"\n', "utf-8")
        own = own.replace("/etc/pgbouncer/userlist.txt", str(users))
        own = own.replace("host=csdl.tinh.example", "host=127.0.0.1")
        own = own.replace("sslmode = verify-full", "sslmode = disable")
        own = own.replace("server_tls_ca_file", ";server_tls_ca_file")
        own = re.sub(r"(?m)^unix_socket_dir = .*", "unix_socket_dir =", own)
        path = self.folder / "pgbouncer.ini"
        path.write_text(own, "utf-8")
        self._pool.start(["pgbouncer", str(path)], {})

    def end(self) -> None:
        """Kill all of it."""
        self._pool.kill()
        self._proxy.kill()
        for one in self.machines:
            one.continue_patroni()
            one.kill()
        if self._guard is not None:
            self._guard.communicate()

    # -------------------------------------------------------------------- questions

    def _votes(self) -> bool:
        url = f"http://{self.machines[0].host}:{self.ports.etcd}/health"
        try:
            with urllib.request.urlopen(url, timeout=1.0) as answer:
                return b'"true"' in answer.read()
        except OSError:
            return False

    def leader(self) -> Machine | None:
        """Who may be written, if anybody."""
        return next((one for one in self.machines if one.leads), None)

    def led(self) -> Machine:
        """Who may be written; waits for one."""
        wait(lambda: self.leader() is not None, START_S, self.words)
        found = self.leader()
        return found if found is not None else self.led()

    def whole(self) -> None:
        """Wait for a leader and two standbys that follow, one of them synchronously."""

        def is_whole() -> bool:
            leader = self.leader()
            if leader is None:
                return False
            told = leader.asked("patroni")[1].get("replication", ())
            follow = [one for one in told if one["state"] == "streaming"]
            if len(follow) < 2 or self._is_asynchronous:
                return len(follow) == 2
            # The server waits for a standby before etcd knows that it may be promoted.
            named = [one.asked("synchronous")[0] == 200 for one in self.machines]
            return any(named) and any(one["sync_state"] == "sync" for one in follow)

        wait(is_whole, START_S, self.words)

    @property
    def _is_asynchronous(self) -> bool:
        written = self.machines[0].configuration.read_text("utf-8")
        return "synchronous_mode: false" in written

    def words(self) -> str:
        """The end of every log, for whoever looks into what went wrong."""
        return "\n".join(one.words() for one in self.machines)

    # ------------------------------------------------------------------ connections

    def parameters(self, way: str) -> dict[str, Any]:
        """How the gateway reaches the leader, and a database of that way's own.

        ``libpq`` tries the machines itself, ``haproxy`` knows who leads; by
        ``pgbouncer`` a pool stands before that, which the rest goes past.
        """
        hosts = ",".join(one.host for one in self.machines)
        known: dict[str, Any] = {"host": hosts, "port": self.ports.server}
        if way == "haproxy":
            known = {"host": "127.0.0.1", "port": self.proxy_port}
        if way == "pgbouncer":
            known |= {"pool_host": "127.0.0.1", "pool_port": self.pool_port}
        return {**known, "dbname": DATABASES[way], "user": USER, "password": PASSWORD}

    def owner(self) -> psycopg.Connection[Any]:
        """A session of the server's owner at the leader."""
        return psycopg.connect(
            host=",".join(one.host for one in self.machines),
            port=self.ports.server,
            dbname="postgres",
            user="postgres",
            password=PASSWORDS["1"],
            target_session_attrs="read-write",
            connect_timeout=3,
            autocommit=True,
        )

    def switch_over(self) -> None:
        """Hand over to a standby that has everything, as before an upgrade."""
        command = [
            *(str(PATRONI / "patronictl"), "-c", str(self.led().configuration)),
            *("switchover", "--force", "lienthong"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Successfully switched over" in done.stdout, done.stdout + done.stderr


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        task = Path(f"/proc/{pid}/task/{pid}/children")
        return [int(one) for one in task.read_text("utf-8").split()]
    return []
