"""Pings, bandwidth tests and plans over real gRPC, with the stock contract's generated client and with our own."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from muxbw_tui.network.local import local_network
from muxbw_tui.network.scenario import parse_scenario
from muxbw_tui.network.topology import find_node, hops_along, source_of
from muxbw_tui.pb.muxbw_pb2 import PlannedPath, PlanRequest, Via
from muxbw_tui.pb.ping_pb2 import BandwidthRequest, CalcRoutesRequest, PingRequest, RouteHop
from muxbw_tui.pb.ping_pb2_grpc import PingServiceStub
from muxbw_tui.server.serve import running_server
from tests.conftest import PATIENCE_S, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from muxbw_tui.network.local import LocalNetwork

MS = 1_000_000
KB = 1024

SCENARIO = """
name = "test"
source = "here"
target = "there"
[[node]]
name = "osaka"
[[node]]
name = "tokyo"
[[node]]
name = "attic"
behind = "osaka"
[[link]]
between = ["here", "osaka"]
kind = "stcpr"
delay_ms = 2
[[link]]
between = ["osaka", "there"]
kind = "sudph"
delay_ms = 3
[[link]]
between = ["here", "tokyo"]
kind = "stcpr"
delay_ms = 10
[[link]]
between = ["tokyo", "there"]
kind = "stcpr"
delay_ms = 10
[[link]]
between = ["osaka", "attic"]
"""


class Client:
    """A stock client of a server on a network in this process."""

    def __init__(self, network: LocalNetwork, channel: grpc.aio.Channel) -> None:
        self.network = network
        self.channel = channel
        self.stub = PingServiceStub(channel)
        self.target = network.topology.target

    def key(self, name: str) -> str:
        """Return the key of a node."""
        key = find_node(self.network.topology, name)
        assert key is not None
        return key

    def path(self, *nodes: str) -> list[RouteHop]:
        """Return the hops through nodes."""
        return hops_along(self.network.topology, nodes)

    async def collect(
        self, method: str, request: object
    ) -> list[Any]:  # messages of whatever the method answers
        """Call a method of the stock service and return all of its answers."""
        return [message async for message in getattr(self.stub, method)(request)]

    async def plan(self, request: PlanRequest) -> list[PlannedPath]:
        """Call StreamCalcRoutes with our own messages."""
        call: grpc.aio.UnaryStreamMultiCallable[PlanRequest, PlannedPath] = self.channel.unary_stream(
            "/rpcgrpc.PingService/StreamCalcRoutes",
            request_serializer=PlanRequest.SerializeToString,
            response_deserializer=PlannedPath.FromString,
        )
        return [path async for path in call(request)]


@contextlib.asynccontextmanager
async def client(faults: str = "") -> AsyncIterator[Client]:
    """Serve the test's network with these faults, and connect to it."""
    async with (
        asyncio.timeout(4 * PATIENCE_S),
        local_network(parse_scenario(SCENARIO + faults, file="test.toml")) as network,
        running_server(network, "127.0.0.1:0") as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        yield Client(network, channel)


async def test_a_ping_begins_with_its_set_up_and_counts_from_one() -> None:
    """The order and the numbers are the contract; the path is the cheapest, and the times are those of its links."""
    async with client() as it:
        set_up, *pings = await it.collect("StreamPing", PingRequest(public_key=it.target, tries=3))

    assert set_up.is_setup
    assert set_up.error == ""
    assert set_up.latency_ns > 0
    assert set_up.route_calc_time_ns > 0
    assert list(set_up.route_hops) == [it.key(name) for name in ("here", "osaka", "there")]
    assert [hop.tp_type for hop in set_up.route_hop_details] == ["stcpr", "sudph"]
    assert [ping.sequence for ping in pings] == [1, 2, 3]
    assert all(10 * MS <= ping.latency_ns < 5_000 * MS for ping in pings)
    assert not any(ping.is_setup or ping.error for ping in pings)


async def test_a_ping_takes_the_hops_that_it_is_given() -> None:
    """Naming the path is how an operator looks at one relay."""
    async with client() as it:
        hops = it.path("here", "tokyo", "there")
        request = PingRequest(public_key=it.target, forward_hops=hops, local_route=True, packet_size_kb=4)
        set_up, ping = await it.collect("StreamPing", request)
        relayed = {node.key: node.bytes_to_source for node in (await it.network.counters()).nodes}

    assert list(set_up.route_hop_details) == hops
    assert ping.latency_ns >= 40 * MS
    assert relayed[it.key("tokyo")] == 4 * KB


async def test_a_ping_takes_the_transport_that_it_is_given() -> None:
    """An operator who asks for one link wants no way round it; the way back may be named, if it is that way."""
    async with client() as it:
        (hop,) = it.path("here", "osaka")
        request = PingRequest(
            public_key=it.key("osaka"), transport_id=hop.tp_id, reverse_hops=it.path("osaka", "here")
        )
        set_up, ping = await it.collect("StreamPing", request)

    assert list(set_up.route_hop_details) == [hop]
    assert (ping.sequence, ping.error) == (1, "")


async def test_a_ping_over_dmsg_names_its_rendezvous() -> None:
    """A node behind NAT is reached over the rendezvous that it attends at."""
    async with client() as it:
        attic, osaka = it.key("attic"), it.key("osaka")
        request = PingRequest(public_key=attic, tries=2, dmsg_server_pk=osaka)
        set_up, *pings = await it.collect("StreamDmsgPing", request)

    assert set_up.is_setup
    assert set_up.dmsg_server_pk == osaka
    assert list(set_up.route_hops) == [it.key("here"), osaka, attic]
    assert [ping.sequence for ping in pings] == [1, 2]
    assert all(ping.latency_ns > 0 for ping in pings)


@pytest.mark.parametrize(
    ("method", "fields", "words"),
    [
        ("StreamPing", {"public_key": "nobody"}, "invalid public_key: 'nobody' is not a public key"),
        ("StreamPing", {"public_key": "here"}, "invalid public_key: the target is the source itself"),
        ("StreamPing", {"tries": -1}, "tries is -1: it must not be negative"),
        ("StreamPing", {"packet_size_kb": 9000}, "packet_size_kb is 9000: at most 8192"),
        ("StreamPing", {"transport_id": "x"}, "transport_id: no transport x leads straight to there"),
        ("StreamPing", {"dmsg_server_pk": "x"}, "dmsg_server_pk: this is a ping over routes"),
        (
            "StreamPing",
            {"forward_hops": ("osaka", "there")},
            "forward_hops: hop 1 takes no transport that leaves",
        ),
        (
            "StreamPing",
            {"forward_hops": ("here", "osaka")},
            "forward_hops: the path ends at osaka, not at there",
        ),
        (
            "StreamPing",
            {"forward_hops": ("here", "osaka", "there", "osaka")},
            "forward_hops: the path comes to osaka twice",
        ),
        (
            "StreamPing",
            {"reverse_hops": ("there", "osaka")},
            "reverse_hops: routes go back the way they came",
        ),
        (
            "StreamPing",
            {"public_key": "osaka", "transport_id": "to osaka", "reverse_hops": ("there", "osaka")},
            "reverse_hops: routes go back the way they came",
        ),
        (
            "StreamPing",
            {"public_key": "osaka", "transport_id": "to osaka", "forward_hops": ("here", "osaka")},
            "transport_id: forward_hops name the path already",
        ),
        ("StreamDmsgPing", {}, "no dmsg: no rendezvous leads to there"),
        (
            "StreamDmsgPing",
            {"public_key": "attic", "dmsg_server_pk": "x"},
            "dmsg_server_pk: attic attends at",
        ),
        ("StreamDmsgPing", {"public_key": "attic", "transport_id": "x"}, "leave hops and transport_id empty"),
        ("StreamBandwidthTest", {"public_key": "nobody"}, "invalid public_key: 'nobody' is not a public key"),
        ("StreamBandwidthTest", {"duration_ns": -1}, "duration_ns is -1: it must not be negative"),
    ],
)
async def test_what_cannot_be_carried_out_is_said_in_the_message_and_ends_cleanly(
    method: str, fields: dict[str, Any], words: str
) -> None:
    """A stock client reads the error field; it does not expect a gRPC status."""
    async with client() as it:
        values: dict[str, Any] = {
            name: it.path(*value) if name.endswith("hops") else value for name, value in fields.items()
        }
        if values.get("transport_id") == "to osaka":
            values["transport_id"] = it.path("here", "osaka")[0].tp_id
        request = BandwidthRequest(**values) if "Bandwidth" in method else PingRequest(**values)
        call = getattr(it.stub, method)(request)
        (answer,) = [message async for message in call]
        metadata = dict(await call.initial_metadata())

    assert words in answer.error
    assert await call.code() is grpc.StatusCode.OK
    assert metadata["muxbw-error-code"] in {"invalid_request", "unknown_target"}


async def test_a_set_up_that_fails_names_the_hop() -> None:
    """The one entry says that it is about the set-up, and where that ended."""
    async with client('[[fault]]\non = "setup"\nnode = "osaka"\nkind = "refuse"\n') as it:
        (answer,) = await it.collect("StreamPing", PingRequest(public_key=it.target))
        (progress,) = await it.collect("StreamBandwidthTest", BandwidthRequest(public_key=it.target))

    assert answer.is_setup
    assert answer.error.startswith("hop 1 of 2, at osaka: ")
    assert progress.is_final
    assert progress.error.startswith("hop 1 of 2, at osaka: ")


async def test_the_ping_timeout_ends_the_ping_phase_alone() -> None:
    """What was answered until then has been streamed; the error is that of the next sequence."""
    async with client() as it:
        request = PingRequest(public_key=it.target, tries=1_000_000, ping_timeout_ns=200 * MS)
        set_up, *pings, last = await it.collect("StreamPing", request)

    assert set_up.error == ""
    assert pings
    assert last.sequence == len(pings) + 1
    assert last.error == "the ping timeout of 200.0 ms is over"


async def test_a_bandwidth_test_ends_with_its_averages() -> None:
    """KB are 1,024 bytes, rates are over the measured time, and the last progress says that it is the last."""
    async with client() as it:
        request = BandwidthRequest(public_key=it.target, duration_ns=1_200 * MS, packet_size_kb=8)
        answers = await it.collect("StreamBandwidthTest", request)
        relayed = {node.key: node.bytes_to_source for node in (await it.network.counters()).nodes}
        *_, last = answers

    assert [answer.is_final for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert len(answers) >= 2
    assert last.elapsed_ns == 1_200 * MS
    assert last.bytes_sent == last.bytes_received > 0
    assert last.bytes_received <= relayed[it.key("osaka")] <= last.bytes_received + 8 * KB
    assert last.download_speed == pytest.approx(last.bytes_received / 1024 / 1.2)
    assert last.upload_speed == last.download_speed


async def test_a_bandwidth_test_over_dmsg_reaches_a_node_behind_a_rendezvous() -> None:
    """The twin measures what a route cannot be set up to."""
    async with client() as it:
        request = BandwidthRequest(public_key=it.key("attic"), duration_ns=200 * MS)
        *_, last = await it.collect("StreamDmsgBandwidthTest", request)

    assert last.is_final
    assert last.error == ""
    assert last.bytes_received > 0


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("StreamPing", PingRequest(tries=1_000_000)),
        ("StreamDmsgPing", PingRequest(public_key="attic", tries=1_000_000)),
        ("StreamBandwidthTest", BandwidthRequest(duration_ns=60_000 * MS)),
        ("StreamDmsgBandwidthTest", BandwidthRequest(public_key="attic", duration_ns=60_000 * MS)),
    ],
)
async def test_a_client_that_leaves_frees_everything(
    method: str, request_: PingRequest | BandwidthRequest
) -> None:
    """No connection stays at any node, and nothing goes on sending to a client that has gone."""
    async with client() as it:
        connections_before = it.network.connection_count
        call = getattr(it.stub, method)(request_)
        await call.read()
        await eventually(lambda: it.network.connection_count > connections_before)
        call.cancel()
        await eventually(lambda: it.network.connection_count <= connections_before)


async def test_a_stock_client_gets_stock_routes() -> None:
    """Disjoint, cheapest first, and without a field that it does not know."""
    async with client() as it:
        request = CalcRoutesRequest(dst_pk=it.target, min_hops=2)
        routes = await it.collect("StreamCalcRoutes", request)

    assert [[hop.to for hop in route.hops] for route in routes] == [
        [it.key("osaka"), it.target],
        [it.key("tokyo"), it.target],
    ]
    assert {source_of(route.hops[0]) for route in routes} == {it.key("here")}
    assert all(hop.tp_id for route in routes for hop in route.hops)
    assert {len(PlannedPath.FromString(route.SerializeToString()).node_names) for route in routes} == {0}


async def test_our_own_client_gets_names_kinds_and_costs() -> None:
    """A plan is for people too, and can be pinned."""
    async with client() as it:
        request = PlanRequest(dst_pk=it.target, extensions=True, count=2, hops_via=[Via(nodes=["tokyo"])])
        pinned, planned = await it.plan(request)

    assert [pinned.route_index, planned.route_index] == [0, 1]
    assert sorted(pinned.node_names.values()) == ["here", "there", "tokyo"]
    assert list(planned.tp_types) == ["stcpr", "sudph"]
    assert planned.cost_ns == 5 * MS + 2 * 1_000
    assert planned.exact


async def test_routes_are_planned_from_another_node_if_asked() -> None:
    """A visor calculates routes between any two; so does this engine on the network that it knows."""
    async with client() as it:
        (route, *_) = await it.collect(
            "StreamCalcRoutes", CalcRoutesRequest(src_pk=it.key("tokyo"), dst_pk=it.key("osaka"))
        )

    assert source_of(route.hops[0]) == it.key("tokyo")
    assert route.hops[-1].to == it.key("osaka")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dst_pk": "nobody"}, "invalid dst_pk: 'nobody' is not a public key"),
        ({"dst_pk": "here"}, "dst_pk: the target is the source itself"),
        ({"count": 2000}, "count is 2000: at most 1024"),
        ({"max_hops": 17}, "max_hops is 17: at most 16"),
        ({"min_hops": 6}, "min_hops is 6, and max_hops 5"),
        ({"source": "tpd"}, "leave source and tpd_url empty"),
        ({"hops_via": [Via(nodes=["moon"])]}, "hops_via of route 0: no node is called 'moon'"),
    ],
)
async def test_a_plan_that_cannot_be_made_is_a_status(fields: dict[str, Any], words: str) -> None:
    """The message has no field for an error."""
    async with client() as it:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await it.plan(PlanRequest(**fields))

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert words in (caught.value.details() or "")
