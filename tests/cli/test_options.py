"""What the run flags ask for: every flag in the request, and nothing that was not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from muxbw_tui.cli.options import run_flags
from muxbw_tui.sources.embedded import EmbeddedSource
from muxbw_tui.sources.stream import GrpcSource
from tests.fakes.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

    from muxbw_tui.cli.options import RunSetting


def setting_of(*args: str) -> RunSetting:
    """Return what the flags stand for."""
    settings: list[RunSetting] = []

    @click.command()
    @run_flags
    def command(setting: RunSetting) -> None:
        settings.append(setting)

    result = CliRunner().invoke(command, args, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return settings[0]


def test_without_flags_a_short_run_on_the_embedded_network_is_meant() -> None:
    """What a newcomer gets by typing nothing."""
    setting = setting_of()

    assert isinstance(setting.open_source(), EmbeddedSource)
    assert (setting.scenario, setting.request.routes, setting.request.min_hops) == ("flaky", 4, 2)
    assert setting.request.window == 1
    assert setting.request.extensions
    assert not setting.detach


def test_with_an_address_a_run_on_a_server_is_meant() -> None:
    """There the server's own least hops count, and no scenario."""
    setting = setting_of("--connect", "127.0.0.1:3435")

    assert isinstance(setting.open_source(), GrpcSource)
    assert setting.request.min_hops == 0


def test_no_least_hops_is_what_lets_the_direct_path_in() -> None:
    """The comparison with the direct path is asked for as `-r 1 --min-hops 0`."""
    assert setting_of("--min-hops", "0").request.min_hops == 0


@pytest.mark.parametrize(
    "args",
    [("-r", "0"), ("-d", "0"), ("-s", "0"), ("--max-hops", "0"), ("--warm-up", "0"), ("-d", "999999d")],
)
def test_what_would_ask_for_a_default_or_for_nothing_is_refused(args: tuple[str, ...]) -> None:
    """0 means "the default" on the wire, and somebody who types it means something else."""
    with pytest.raises(click.BadParameter):
        setting_of(*args)


def test_a_server_decides_for_itself_how_much_it_takes() -> None:
    """One of another kind may take more than an engine of our own."""
    request = setting_of("--connect", "127.0.0.1:3435", "-r", "5000", "--window", "2000").request

    assert (request.routes, request.window) == (5000, 2000)


@pytest.mark.parametrize(
    ("text", "window", "mode"), [("16", 16, ""), ("auto", 0, "auto"), ("fill", 0, "fill"), ("1", 1, "")]
)
def test_a_window_is_a_number_or_the_way_it_grows(text: str, window: int, mode: str) -> None:
    """Two fields of the request, one flag."""
    request = setting_of("--window", text).request

    assert (request.window, request.window_mode) == (window, mode)


@pytest.mark.parametrize("text", ["0", "-1", "full", "", "1.5", "99999999999"])
def test_what_is_no_window_is_refused(text: str) -> None:
    """With what would be accepted."""
    with pytest.raises(click.BadParameter, match="write a number of blocks from 1, auto or fill"):
        setting_of("--window", text)


def test_intermediates_are_pinned_route_by_route() -> None:
    """The first --hops-via is route 0's; an empty one leaves its route to the planner."""
    request = setting_of("--hops-via", "osaka,lima", "--hops-via", "", "--hops-via", "tokyo").request

    assert [list(via.nodes) for via in request.hops_via] == [["osaka", "lima"], [], ["tokyo"]]


def test_the_other_flags_of_a_run_reach_the_request() -> None:
    """A flag that is parsed and forgotten measures something else than was asked for."""
    request = setting_of("--max-hops", "3", "--warm-up", "500ms", "--io-timeout", "7s", "--detach").request

    assert request.max_hops == 3
    assert request.warm_up_ns == 500_000_000
    assert request.io_timeout_ns == 7_000_000_000
    assert request.detached


def test_what_proves_who_we_are_is_read_from_the_files(tmp_path: Path) -> None:
    """The endpoint holds their content, so that nothing is read once a connection is under way."""
    authority = Authority("ca")
    pair = authority.sign("operator")
    cert, key = pair.write(tmp_path, "operator")
    ca, token = tmp_path / "ca.pem", tmp_path / "token"
    ca.write_bytes(authority.cert)
    token.write_text("0123456789abcdef\n")
    files = (
        "--tls-ca",
        str(ca),
        "--client-cert",
        str(cert),
        "--client-key",
        str(key),
        "--token-file",
        str(token),
    )
    endpoint = setting_of("--connect", "relay.example:3435", *files).endpoint

    assert endpoint is not None
    assert endpoint.credentials.server_ca == authority.cert
    assert (endpoint.credentials.client_cert, endpoint.credentials.client_key) == (pair.cert, pair.key)
    assert endpoint.metadata == (("authorization", "Bearer 0123456789abcdef"),)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--scenario", "healthy", "--connect", "127.0.0.1:1"), "give one of them"),
        (("--tls-ca", "ca.pem"), "--connect says which"),
        (("--connect", "x:1", "--client-cert", "c.pem"), "belong together"),
        (("--connect", "x:1", "--client-cert", "c.pem", "--client-key", "k.pem"), "--tls-ca too"),
        (("--connect", "x:1", "--tls-ca", "missing.pem"), "missing.pem: no such file"),
    ],
)
def test_flags_that_do_not_fit_together_are_refused(args: tuple[str, ...], words: str) -> None:
    """Better than a connection that fails for a reason nobody sees."""
    with pytest.raises(Exception, match=words):
        setting_of(*args)
