"""`muxbw-tui serve` as a process: what it says, whom it lets in, what it lets monitoring see."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import DEADLINE_S, PROGRAM, run_here, run_program
from tests.fakes.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def serving(*args: str, lines: int = 1) -> Iterator[list[str]]:
    """Run `serve`; yields its first lines."""
    command = [*PROGRAM, "serve", *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield [server.stdout.readline().strip() for _ in range(lines)]
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(DEADLINE_S) == 0


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Return the paths of a CA, of a pair that it signed, and of a token, by flag."""
    authority = Authority("ca")
    cert, key = authority.sign("server").write(tmp_path, "server")
    (tmp_path / "ca.pem").write_bytes(authority.cert)
    (tmp_path / "token").write_text("0123456789abcdef")
    return {
        "--tls-cert": str(cert),
        "--tls-key": str(key),
        "--tls-ca": str(tmp_path / "ca.pem"),
        "--token-file": str(tmp_path / "token"),
    }


def flags(files: dict[str, str], *names: str) -> list[str]:
    """Return flags with their files."""
    return [word for name in names for word in (name, files[name])]


def test_a_server_that_is_open_to_other_hosts_lets_in_who_has_the_token(files: dict[str, str]) -> None:
    """The whole way: files, TLS, token, a run; and without the token none."""
    asked = flags(files, "--tls-cert", "--tls-key", "--token-file")
    shown = flags(files, "--tls-ca", "--token-file")
    with serving("--scenario", "healthy", "--listen", "0.0.0.0:0", *asked) as (listening,):
        address = f"127.0.0.1:{listening.rpartition(':')[2]}"
        run = ("run", "--connect", address, "-r", "2", "-d", "300ms", "-q")
        allowed = run_program(*run, *shown)
        refused = run_program(*run, *flags(files, "--tls-ca"))

    assert allowed.returncode == 0, allowed.stderr
    assert refused.returncode == 3
    assert "asks for a token: --token-file" in refused.stderr


def test_monitoring_sees_what_went_on(files: dict[str, str]) -> None:
    """The counters are there after the run, for whoever was not there during it."""
    del files
    listen = ("--scenario", "healthy", "--listen", "127.0.0.1:0", "--metrics", "0")
    with serving(*listen, lines=2) as (listening, metrics):
        address = listening.removeprefix("listening on ")
        run_program("run", "--connect", address, "-r", "2", "--min-hops", "2", "-d", "300ms", "-q")
        url = metrics.removeprefix("metrics on ")
        assert url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:  # noqa: S310 (the line above)
            text = answer.read().decode()

    assert 'muxbw_runs_ended_total{reason="duration"} 1.0' in text
    assert "muxbw_runs 0.0" in text


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--listen", "0.0.0.0:1", "--token-file", "token"), "plaintext is spoken on loopback"),
        (("--tls-cert", "server.pem"), "--tls-cert and --tls-key belong together"),
        (("--tls-cert", "no.pem", "--tls-key", "server.key"), "--tls-cert no.pem: no such file"),
        (("--token-file", "server.key"), "--token-file server.key: a token is one line"),
        (("--client-ca", "ca.pem"), "which only TLS has"),
        (("--metrics", "unix:/tmp/x"), "write [HOST:]PORT"),
        (("--metrics", "here"), "--metrics: 'here' is no address"),
        (("--scenario", "flaky", "--network", "network.toml"), "give one of them"),
        (("--network", "network.toml"), "--network and --key belong together"),
        (("--network", "network.toml", "--key", "source.key"), "network.toml"),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_is_opened(
    files: dict[str, str], args: tuple[str, ...], words: str
) -> None:
    """One line that names the flag and the file."""
    del files
    result = run_here("serve", *args)

    assert words in " ".join(result.stderr.split())
    assert result.returncode == 2


def test_a_metrics_port_that_is_taken_is_named() -> None:
    """Two ports, two messages."""
    with serving("--listen", "127.0.0.1:0") as (listening,):
        port = listening.rpartition(":")[2]
        result = run_program("serve", "--listen", "127.0.0.1:0", "--metrics", port)

    assert result.returncode == 3
    assert f"--metrics 127.0.0.1:{port}: cannot listen there" in result.stderr


def test_a_unix_socket_is_not_taken_over_and_a_stale_one_is_replaced(runtime_directory: Path) -> None:
    """GRPC would take the socket of a running server over without a word."""
    path = runtime_directory / "engine.sock"
    with serving("--listen", f"unix:{path}"):
        second = run_program("serve", "--listen", f"unix:{path}")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as stale:
        path.unlink(missing_ok=True)
        stale.bind(str(path))
    with serving("--scenario", "healthy", "--listen", f"unix:{path}"):
        run = run_program("run", "--connect", f"unix:{path}", "-d", "200ms", "-r", "1", "-q")

    assert second.returncode == 3
    assert "another server is there" in second.stderr
    assert run.returncode == 0
