"""Links on this machine only: a real sshd, and a TCP proxy that counts, cuts and stalls what it passes on."""

from __future__ import annotations

import contextlib
import errno
import getpass
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import Self

import pytest
from msgspec import Struct, field

_CHUNK = 1 << 15


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Sshd:
    """A real sshd for this user only, on a port of its own; skips the test if there is no sshd."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.config, self.known = folder / "config", folder / "known"
        program = shutil.which("sshd") or next(
            (candidate for candidate in ("/usr/sbin/sshd",) if Path(candidate).exists()), None
        )
        if program is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
            pytest.skip("there is no ssh on this machine")
        self._daemon = program
        self._reading: threading.Thread | None = None

    def command(self) -> str:
        """Return the value of `core.sshCommand`; the host name of the hub is desk-hub."""
        return f"ssh -F {self.config}"

    def use_port(self, port: int) -> None:
        """Have clients come through another port."""
        self.config.write_text(
            f"Host desk-hub\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n"
            f"  HostKeyAlias desk-hub\n  IdentityFile {self.folder}/key\n"
            f"  UserKnownHostsFile {self.known}\n  StrictHostKeyChecking accept-new\n"
        )

    def __enter__(self) -> Self:
        folder = self.folder
        folder.mkdir(mode=0o700)
        for name in ("host", "key"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True, capture_output=True)
        (folder / "authorized").write_text((folder / "key.pub").read_text())
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nMaxStartups 100\n"
            f"AuthorizedKeysFile {folder}/authorized\nPidFile none\nStrictModes no\nUsePAM no\n"
            f"PasswordAuthentication no\n"
        )
        self.use_port(self.port)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        command = [self._daemon, "-D", "-e", "-f", str(folder / "sshd_config")]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        if b"listening" not in line:
            self.process.kill()
            self.__exit__()
            pytest.skip(f"sshd does not start here: {line.decode()}")
        # Its further output must not fill the pipe: sshd would wait for a reader.
        self._reading = threading.Thread(target=self.process.stderr.read, daemon=True)
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        if self._reading:
            self._reading.join()
        if self.process.stderr:
            self.process.stderr.close()


class LinkFailure(Struct):
    """A failure of the link after `left` more bytes in either direction: it is cut, or it stalls."""

    left: int
    stall: bool = False
    happened: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Passes on what comes to `port`, and counts it: `up` to the server, `down` from it."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.up, self.down = 0, 0
        self.failure: LinkFailure | None = None
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept, which only closing would not
        self._accepting.join()
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """Break every connection that is open now."""
        with self._lock:
            broken, self._open = self._open, set()
        for connection in broken:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError as error:
                if error.errno == errno.EINVAL:
                    return  # closed
                continue  # a client that was gone before it was let in
            try:
                self._connect(here, socket.create_connection(("127.0.0.1", self._server)))
            except OSError:
                here.close()

    def _connect(self, here: socket.socket, there: socket.socket) -> None:
        """Have both ends pass on what comes to either."""
        with self._lock:
            self._open |= {here, there}
        for end in (here, there):
            with contextlib.suppress(OSError):  # a client that is gone already
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, target, up in ((here, there, True), (there, here, False)):
            threading.Thread(target=self._forward, args=(source, target), kwargs={"up": up}, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, *, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                allowed = self._count(data, up=up)
                target.sendall(allowed)
                if len(allowed) < len(data):
                    self._fail()
                    return
            target.shutdown(socket.SHUT_WR)

    def _count(self, data: bytes, *, up: bool) -> bytes:
        """Count the data, and return as much of it as may pass."""
        with self._lock:
            fate = self.failure
            if fate:
                data = data[: fate.left]
                fate.left -= len(data)
            if up:
                self.up += len(data)
            else:
                self.down += len(data)
            return data

    def _fail(self) -> None:
        fate = self.failure
        if fate:
            fate.happened.set()
            if not fate.stall:
                self.cut()
