"""The door for run requests."""

from __future__ import annotations

import pytest

from muxbw_tui.engine.requests import complete_request
from muxbw_tui.errors import InvalidRequestError
from muxbw_tui.network.identity import Identity
from muxbw_tui.pb.muxbw_pb2 import RunRequest, Topology, Via

HERE, THERE, ELSEWHERE = (Identity.derive(7, name).public_key for name in ("here", "there", "elsewhere"))


@pytest.fixture
def topology() -> Topology:
    """Two nodes, one transport."""
    topology = Topology(source=HERE, target=THERE, node_names={HERE: "here", THERE: "there"})
    topology.transports.add(to=THERE)
    return topology


def test_zero_and_empty_ask_for_the_defaults(topology: Topology) -> None:
    """The contract: a stock client leaves most fields out."""
    completed = complete_request(RunRequest(), topology)

    assert completed == RunRequest(
        target_pk=THERE,
        routes=1,
        duration_ns=30_000_000_000,
        packet_size_kb=32,
        min_hops=1,
        setup_timeout_ns=30_000_000_000,
        probe_interval_ns=100_000_000,
        sample_interval_ns=1_000_000_000,
        io_timeout_ns=30_000_000_000,
        window=1,
        max_hops=5,
    )


def test_an_idle_baseline_implies_probing(topology: Topology) -> None:
    """The contract says so: there is no baseline without probes."""
    assert complete_request(RunRequest(idle_baseline_duration_ns=10**9), topology).probe_rtt


def test_a_name_stands_for_its_key(topology: Topology) -> None:
    """On an embedded network people know names."""
    assert complete_request(RunRequest(target_pk="there"), topology).target_pk == THERE


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (
            RunRequest(target_pk="not-a-public-key"),
            "invalid_request",
            "invalid target_pk: 'not-a-public-key'",
        ),
        (RunRequest(target_pk="02" + "f" * 64), "invalid_request", "is not a public key"),
        (RunRequest(target_pk=HERE), "invalid_request", "the source itself"),
        (RunRequest(target_pk=ELSEWHERE), "unknown_target", "no transport leads to it"),
        (RunRequest(routes=1025), "invalid_request", "routes is 1025: at most 1024"),
        (RunRequest(routes=-1), "invalid_request", "routes is -1: it must not be negative"),
        (RunRequest(duration_ns=8 * 86_400 * 10**9), "invalid_request", "duration_ns is 192h00m00s: at most"),
        (RunRequest(packet_size_kb=8193), "invalid_request", "packet_size_kb is 8193: at most 8192"),
        (RunRequest(routes=1024, packet_size_kb=8192), "invalid_request", "at most 1 GiB in all"),
        (RunRequest(sample_interval_ns=1), "invalid_request", "sample_interval_ns is 1 ns: at least 1.0 ms"),
        (RunRequest(io_timeout_ns=-5), "invalid_request", "io_timeout_ns is -5"),
        (RunRequest(routing_policy="best"), "unsupported", "routing_policy"),
        (RunRequest(max_hops=17), "invalid_request", "max_hops is 17: at most 16"),
        (RunRequest(min_hops=6), "invalid_request", "min_hops is 6, and max_hops 5"),
        (
            RunRequest(hops_via=[Via(nodes=["moon"])]),
            "invalid_request",
            "hops_via of route 0: no node is called 'moon'",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_refused_by_name(
    topology: Topology, request_: RunRequest, code: str, words: str
) -> None:
    """The message names the field, its value and what would be accepted; the code is for programs."""
    with pytest.raises(InvalidRequestError) as caught:
        complete_request(request_, topology)

    assert caught.value.code == code
    assert words in str(caught.value)
