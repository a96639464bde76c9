"""The wire contract: a stock visor and a stock command line must understand us, and we them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given

from muxbw_tui.pb import ping_pb2
from muxbw_tui.pb.muxbw_pb2 import PlannedPath, PlanRequest, RunEvent, RunRequest
from muxbw_tui.pb.ping_pb2 import CalcRoute, CalcRoutesRequest, MuxBandwidthEvent, MuxBandwidthRequest
from tests.strategies import messages

if TYPE_CHECKING:
    from google._upb._message import Descriptor as CompiledDescriptor
    from google._upb._message import FieldDescriptor as CompiledField
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

ROOT = Path(__file__).parent.parent
FIRST_OWN_FIELD = 100

# Every message of the stock contract, field by field: "name number type", a star for repeated.
STOCK_MESSAGES = {
    "RouteHop": "tp_id 1 string, from 2 string, to 3 string, tp_type 4 string",
    "PingRequest": "public_key 1 string, tries 2 int32, packet_size_kb 3 int32, local_route 4 bool,"
    " ping_timeout_ns 5 int64, setup_timeout_ns 6 int64, dmsg_server_pk 7 string, transport_id 8 string,"
    " forward_hops 9 RouteHop*, reverse_hops 10 RouteHop*",
    "PingResult": "sequence 1 int32, latency_ns 2 int64, error 3 string, is_setup 4 bool, route_hops 5 string*,"
    " route_hop_details 6 RouteHop*, dmsg_server_pk 7 string, route_calc_time_ns 8 int64",
    "BandwidthRequest": "public_key 1 string, duration_ns 2 int64, packet_size_kb 3 int32, local_route 4 bool",
    "BandwidthProgress": "bytes_sent 1 uint64, bytes_received 2 uint64, elapsed_ns 3 int64,"
    " upload_speed 4 double, download_speed 5 double, is_final 6 bool, error 7 string",
    "CalcRoutesRequest": "src_pk 1 string, dst_pk 2 string, min_hops 3 int32, max_hops 4 int32, count 5 int32,"
    " source 6 string, tpd_url 7 string, queue_cap 8 int32",
    "CalcRoute": "hops 1 CalcHop*",
    "CalcHop": "tp_id 1 string, from 2 string, to 3 string",
    "MuxBandwidthRequest": "target_pk 1 string, routes 2 int32, duration_ns 3 int64, packet_size_kb 4 int32,"
    " min_hops 5 int32, setup_timeout_ns 6 int64, probe_rtt 7 bool, probe_interval_ns 8 int64,"
    " sample_interval_ns 9 int64, local_route 10 bool, idle_baseline_duration_ns 11 int64,"
    " routing_policy 12 string, policy_app 13 string, cli_overrides 14 CliOverridesEntry*",
    "MuxBandwidthEvent": "timestamp_ns 1 int64, route_established 10 MuxRouteEstablished,"
    " sample 11 MuxBandwidthSample, rtt_probe 12 MuxRttProbe, done 13 MuxBandwidthDone,"
    " error 14 MuxBandwidthError, route_failure 15 MuxRouteFailure, leg_lifecycle 16 MuxLegLifecycle",
    "MuxRouteEstablished": "route_index 1 int32, setup_latency_ns 2 int64, hops 3 RouteHop*, failed 4 bool,"
    " setup_err 5 string",
    "MuxRouteFailure": "route_index 1 int32, error_message 2 string, bytes_sent_before_failure 3 uint64,"
    " bytes_received_before_failure 4 uint64, elapsed_ns 5 int64",
    "MuxBandwidthSample": "elapsed_ns 1 int64, bytes_sent 2 uint64, bytes_received 3 uint64,"
    " instant_send_bps 4 double, instant_recv_bps 5 double, avg_send_bps 6 double, avg_recv_bps 7 double,"
    " active_routes 8 int32, legs 9 MuxLegSample*",
    "MuxLegSample": "route_index 1 int32, intermediate_pk 2 string, transport_kind 3 string,"
    " bytes_sent 4 int64, bytes_recv 5 int64, inst_send_bps 6 double, inst_recv_bps 7 double, alive 8 bool,"
    " latency_ms 9 int32, standby 10 bool",
    "MuxRttProbe": "sequence 1 int64, latency_ns 2 int64, error 3 string, elapsed_ns 4 int64",
    "MuxBandwidthDone": "total_bytes_sent 1 uint64, total_bytes_received 2 uint64, wall_time_ns 3 int64,"
    " pump_time_ns 4 int64, avg_send_bps 5 double, avg_recv_bps 6 double, peak_send_bps 7 double,"
    " peak_recv_bps 8 double, routes_requested 9 int32, routes_established 10 int32,"
    " setup_total_ns 11 int64, probe_count 12 int32, probe_avg_ns 13 int64, probe_p50_ns 14 int64,"
    " probe_p99_ns 15 int64, probe_jitter_ns 16 int64, termination_reason 17 string,"
    " idle_probe_count 18 int32, idle_probe_avg_ns 19 int64, idle_probe_p50_ns 20 int64,"
    " idle_probe_p99_ns 21 int64, idle_probe_jitter_ns 22 int64",
    "MuxBandwidthError": "code 1 string, message 2 string",
    "MuxLegLifecycle": "event 1 string, route_index 2 int32, gate_state 3 string, intermediate_pk 4 string,"
    " transport_kind 5 string, elapsed_ns 6 int64",
}
STOCK_METHODS = {
    "StreamMuxBandwidth": ("MuxBandwidthRequest", "MuxBandwidthEvent"),
    "StreamPing": ("PingRequest", "PingResult"),
    "StreamDmsgPing": ("PingRequest", "PingResult"),
    "StreamBandwidthTest": ("BandwidthRequest", "BandwidthProgress"),
    "StreamDmsgBandwidthTest": ("BandwidthRequest", "BandwidthProgress"),
    "StreamCalcRoutes": ("CalcRoutesRequest", "CalcRoute"),
}
TYPE_NAMES = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_UINT64: "uint64",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_DOUBLE: "double",
}
SUPERSETS = [
    (MuxBandwidthEvent, RunEvent),
    (MuxBandwidthRequest, RunRequest),
    (CalcRoutesRequest, PlanRequest),
    (CalcRoute, PlannedPath),
]


def shape(field: FieldDescriptor | CompiledField) -> tuple[object, ...]:
    """Return all of a field that shows on the wire or in JSON, but for the name of its message type's package."""
    message_type = field.message_type
    entry = message_type if message_type is not None and message_type.GetOptions().map_entry else None
    return (
        field.name,
        field.number,
        field.type,
        field.is_repeated,
        field.has_presence,
        field.containing_oneof.name if field.containing_oneof is not None else None,
        None if message_type is None or entry is not None else message_type.full_name,
        None if entry is None else tuple(map(shape, entry.fields)),
    )


def written_out(descriptor: Descriptor | CompiledDescriptor) -> str:
    """Return a message's fields in the notation of `STOCK_MESSAGES`."""
    fields = []
    for field in descriptor.fields:
        kind = field.message_type.name if field.message_type is not None else TYPE_NAMES[field.type]
        fields.append(f"{field.name} {field.number} {kind}{'*' if field.is_repeated else ''}")
    return ", ".join(fields)


def test_every_stock_message_has_exactly_the_contract_fields() -> None:
    """A wrong number or type reads as another field on the other side, without any error."""
    ours = {name: written_out(message) for name, message in ping_pb2.DESCRIPTOR.message_types_by_name.items()}

    assert ours == STOCK_MESSAGES


def test_the_stock_service_has_the_contract_name_methods_and_streams() -> None:
    """The full method name is what a stock client puts on the wire."""
    service = ping_pb2.DESCRIPTOR.services_by_name["PingService"]

    assert service.full_name == "rpcgrpc.PingService"
    assert {
        method.name: (method.input_type.name, method.output_type.name) for method in service.methods
    } == STOCK_METHODS
    assert all(method.server_streaming and not method.client_streaming for method in service.methods)


def test_overrides_are_a_map_of_strings_to_strings() -> None:
    """A map is a repeated entry on the wire; its two fields are the contract's too."""
    entry = MuxBandwidthRequest.DESCRIPTOR.fields_by_name["cli_overrides"].message_type

    assert entry is not None
    assert entry.GetOptions().map_entry
    assert written_out(entry) == "key 1 string, value 2 string"


@pytest.mark.parametrize(("stock", "own"), SUPERSETS, ids=lambda message: message.__name__)
def test_our_message_has_every_stock_field_as_it_is(stock: type[Message], own: type[Message]) -> None:
    """The superset is what lets one message be both; one field that differs is lost in silence."""
    ours = {field.number: shape(field) for field in own.DESCRIPTOR.fields}

    for field in stock.DESCRIPTOR.fields:
        assert ours[field.number] == shape(field)


@pytest.mark.parametrize(("stock", "own"), SUPERSETS, ids=lambda message: message.__name__)
def test_our_own_fields_begin_at_a_hundred(stock: type[Message], own: type[Message]) -> None:
    """A lower number would collide with one that the stock contract takes next."""
    stock_numbers = {field.number for field in stock.DESCRIPTOR.fields}
    own_numbers = {field.number for field in own.DESCRIPTOR.fields} - stock_numbers

    assert own_numbers
    assert min(own_numbers) >= FIRST_OWN_FIELD


@given(messages(MuxBandwidthEvent.DESCRIPTOR))
def test_a_stock_event_is_a_run_event_with_the_same_bytes(event: MuxBandwidthEvent) -> None:
    """Watching a stock visor needs no conversion."""
    wire = event.SerializeToString(deterministic=True)

    ours = RunEvent.FromString(wire)

    assert ours.WhichOneof("payload") == event.WhichOneof("payload")
    assert ours.SerializeToString(deterministic=True) == wire


@given(messages(RunEvent.DESCRIPTOR))
def test_a_run_event_passes_through_a_stock_client_unharmed(event: RunEvent) -> None:
    """A stock client reads what it knows; own payloads are unknown fields there, kept and ignored."""
    wire = event.SerializeToString(deterministic=True)

    stock = MuxBandwidthEvent.FromString(wire)

    kind = event.WhichOneof("payload")
    known = kind in MuxBandwidthEvent.DESCRIPTOR.fields_by_name
    assert stock.timestamp_ns == event.timestamp_ns
    assert stock.WhichOneof("payload") == (kind if known else None)
    assert RunEvent.FromString(stock.SerializeToString()).SerializeToString(deterministic=True) == wire


@given(messages(MuxBandwidthRequest.DESCRIPTOR))
def test_a_stock_request_is_a_run_request_without_extensions(request_: MuxBandwidthRequest) -> None:
    """A stock command line drives our server, and gets no payload that it does not know."""
    wire = request_.SerializeToString(deterministic=True)

    ours = RunRequest.FromString(wire)

    assert not ours.extensions
    assert ours.SerializeToString(deterministic=True) == wire


@given(messages(RunRequest.DESCRIPTOR))
def test_a_run_request_is_a_stock_request_with_the_same_values(request_: RunRequest) -> None:
    """A stock visor serves our request as far as it knows its fields."""
    stock = MuxBandwidthRequest.FromString(request_.SerializeToString())

    for field in MuxBandwidthRequest.DESCRIPTOR.fields:
        assert getattr(stock, field.name) == getattr(request_, field.name)


def test_the_committed_stubs_are_those_that_the_proto_files_give(tmp_path: Path) -> None:
    """Stubs of another version of the files would speak another contract than the one in the repository."""
    protos = sorted(path.relative_to(ROOT / "proto").as_posix() for path in (ROOT / "proto").rglob("*.proto"))
    protoc = [sys.executable, "-m", "grpc_tools.protoc", "-I", "proto"]

    for outputs in ([f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"], [f"--grpc_python_out={tmp_path}"]):
        subprocess.run([*protoc, *outputs, *protos], cwd=ROOT, check=True, timeout=50)

    generated = {path.name: path.read_bytes() for path in tmp_path.rglob("*_pb2*.py*")}
    committed = {path.name: path.read_bytes() for path in (ROOT / "muxbw_tui" / "pb").glob("*_pb2*.py*")}
    assert generated == committed
