from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RouteHop(_message.Message):
    __slots__ = ("tp_id", "to", "tp_type")
    TP_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    TP_TYPE_FIELD_NUMBER: _ClassVar[int]
    tp_id: str
    to: str
    tp_type: str
    def __init__(self, tp_id: _Optional[str] = ..., to: _Optional[str] = ..., tp_type: _Optional[str] = ..., **kwargs) -> None: ...

class PingRequest(_message.Message):
    __slots__ = ("public_key", "tries", "packet_size_kb", "local_route", "ping_timeout_ns", "setup_timeout_ns", "dmsg_server_pk", "transport_id", "forward_hops", "reverse_hops")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    PACKET_SIZE_KB_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ROUTE_FIELD_NUMBER: _ClassVar[int]
    PING_TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    SETUP_TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    DMSG_SERVER_PK_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_ID_FIELD_NUMBER: _ClassVar[int]
    FORWARD_HOPS_FIELD_NUMBER: _ClassVar[int]
    REVERSE_HOPS_FIELD_NUMBER: _ClassVar[int]
    public_key: str
    tries: int
    packet_size_kb: int
    local_route: bool
    ping_timeout_ns: int
    setup_timeout_ns: int
    dmsg_server_pk: str
    transport_id: str
    forward_hops: _containers.RepeatedCompositeFieldContainer[RouteHop]
    reverse_hops: _containers.RepeatedCompositeFieldContainer[RouteHop]
    def __init__(self, public_key: _Optional[str] = ..., tries: _Optional[int] = ..., packet_size_kb: _Optional[int] = ..., local_route: bool = ..., ping_timeout_ns: _Optional[int] = ..., setup_timeout_ns: _Optional[int] = ..., dmsg_server_pk: _Optional[str] = ..., transport_id: _Optional[str] = ..., forward_hops: _Optional[_Iterable[_Union[RouteHop, _Mapping]]] = ..., reverse_hops: _Optional[_Iterable[_Union[RouteHop, _Mapping]]] = ...) -> None: ...

class PingResult(_message.Message):
    __slots__ = ("sequence", "latency_ns", "error", "is_setup", "route_hops", "route_hop_details", "dmsg_server_pk", "route_calc_time_ns")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_NS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    IS_SETUP_FIELD_NUMBER: _ClassVar[int]
    ROUTE_HOPS_FIELD_NUMBER: _ClassVar[int]
    ROUTE_HOP_DETAILS_FIELD_NUMBER: _ClassVar[int]
    DMSG_SERVER_PK_FIELD_NUMBER: _ClassVar[int]
    ROUTE_CALC_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    latency_ns: int
    error: str
    is_setup: bool
    route_hops: _containers.RepeatedScalarFieldContainer[str]
    route_hop_details: _containers.RepeatedCompositeFieldContainer[RouteHop]
    dmsg_server_pk: str
    route_calc_time_ns: int
    def __init__(self, sequence: _Optional[int] = ..., latency_ns: _Optional[int] = ..., error: _Optional[str] = ..., is_setup: bool = ..., route_hops: _Optional[_Iterable[str]] = ..., route_hop_details: _Optional[_Iterable[_Union[RouteHop, _Mapping]]] = ..., dmsg_server_pk: _Optional[str] = ..., route_calc_time_ns: _Optional[int] = ...) -> None: ...

class BandwidthRequest(_message.Message):
    __slots__ = ("public_key", "duration_ns", "packet_size_kb", "local_route")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    DURATION_NS_FIELD_NUMBER: _ClassVar[int]
    PACKET_SIZE_KB_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ROUTE_FIELD_NUMBER: _ClassVar[int]
    public_key: str
    duration_ns: int
    packet_size_kb: int
    local_route: bool
    def __init__(self, public_key: _Optional[str] = ..., duration_ns: _Optional[int] = ..., packet_size_kb: _Optional[int] = ..., local_route: bool = ...) -> None: ...

class BandwidthProgress(_message.Message):
    __slots__ = ("bytes_sent", "bytes_received", "elapsed_ns", "upload_speed", "download_speed", "is_final", "error")
    BYTES_SENT_FIELD_NUMBER: _ClassVar[int]
    BYTES_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_SPEED_FIELD_NUMBER: _ClassVar[int]
    DOWNLOAD_SPEED_FIELD_NUMBER: _ClassVar[int]
    IS_FINAL_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    bytes_sent: int
    bytes_received: int
    elapsed_ns: int
    upload_speed: float
    download_speed: float
    is_final: bool
    error: str
    def __init__(self, bytes_sent: _Optional[int] = ..., bytes_received: _Optional[int] = ..., elapsed_ns: _Optional[int] = ..., upload_speed: _Optional[float] = ..., download_speed: _Optional[float] = ..., is_final: bool = ..., error: _Optional[str] = ...) -> None: ...

class CalcRoutesRequest(_message.Message):
    __slots__ = ("src_pk", "dst_pk", "min_hops", "max_hops", "count", "source", "tpd_url", "queue_cap")
    SRC_PK_FIELD_NUMBER: _ClassVar[int]
    DST_PK_FIELD_NUMBER: _ClassVar[int]
    MIN_HOPS_FIELD_NUMBER: _ClassVar[int]
    MAX_HOPS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TPD_URL_FIELD_NUMBER: _ClassVar[int]
    QUEUE_CAP_FIELD_NUMBER: _ClassVar[int]
    src_pk: str
    dst_pk: str
    min_hops: int
    max_hops: int
    count: int
    source: str
    tpd_url: str
    queue_cap: int
    def __init__(self, src_pk: _Optional[str] = ..., dst_pk: _Optional[str] = ..., min_hops: _Optional[int] = ..., max_hops: _Optional[int] = ..., count: _Optional[int] = ..., source: _Optional[str] = ..., tpd_url: _Optional[str] = ..., queue_cap: _Optional[int] = ...) -> None: ...

class CalcRoute(_message.Message):
    __slots__ = ("hops",)
    HOPS_FIELD_NUMBER: _ClassVar[int]
    hops: _containers.RepeatedCompositeFieldContainer[CalcHop]
    def __init__(self, hops: _Optional[_Iterable[_Union[CalcHop, _Mapping]]] = ...) -> None: ...

class CalcHop(_message.Message):
    __slots__ = ("tp_id", "to")
    TP_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    tp_id: str
    to: str
    def __init__(self, tp_id: _Optional[str] = ..., to: _Optional[str] = ..., **kwargs) -> None: ...

class MuxBandwidthRequest(_message.Message):
    __slots__ = ("target_pk", "routes", "duration_ns", "packet_size_kb", "min_hops", "setup_timeout_ns", "probe_rtt", "probe_interval_ns", "sample_interval_ns", "local_route", "idle_baseline_duration_ns", "routing_policy", "policy_app", "cli_overrides")
    class CliOverridesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TARGET_PK_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    DURATION_NS_FIELD_NUMBER: _ClassVar[int]
    PACKET_SIZE_KB_FIELD_NUMBER: _ClassVar[int]
    MIN_HOPS_FIELD_NUMBER: _ClassVar[int]
    SETUP_TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    PROBE_RTT_FIELD_NUMBER: _ClassVar[int]
    PROBE_INTERVAL_NS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_INTERVAL_NS_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ROUTE_FIELD_NUMBER: _ClassVar[int]
    IDLE_BASELINE_DURATION_NS_FIELD_NUMBER: _ClassVar[int]
    ROUTING_POLICY_FIELD_NUMBER: _ClassVar[int]
    POLICY_APP_FIELD_NUMBER: _ClassVar[int]
    CLI_OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    target_pk: str
    routes: int
    duration_ns: int
    packet_size_kb: int
    min_hops: int
    setup_timeout_ns: int
    probe_rtt: bool
    probe_interval_ns: int
    sample_interval_ns: int
    local_route: bool
    idle_baseline_duration_ns: int
    routing_policy: str
    policy_app: str
    cli_overrides: _containers.ScalarMap[str, str]
    def __init__(self, target_pk: _Optional[str] = ..., routes: _Optional[int] = ..., duration_ns: _Optional[int] = ..., packet_size_kb: _Optional[int] = ..., min_hops: _Optional[int] = ..., setup_timeout_ns: _Optional[int] = ..., probe_rtt: bool = ..., probe_interval_ns: _Optional[int] = ..., sample_interval_ns: _Optional[int] = ..., local_route: bool = ..., idle_baseline_duration_ns: _Optional[int] = ..., routing_policy: _Optional[str] = ..., policy_app: _Optional[str] = ..., cli_overrides: _Optional[_Mapping[str, str]] = ...) -> None: ...

class MuxBandwidthEvent(_message.Message):
    __slots__ = ("timestamp_ns", "route_established", "sample", "rtt_probe", "done", "error", "route_failure", "leg_lifecycle")
    TIMESTAMP_NS_FIELD_NUMBER: _ClassVar[int]
    ROUTE_ESTABLISHED_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_FIELD_NUMBER: _ClassVar[int]
    RTT_PROBE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FAILURE_FIELD_NUMBER: _ClassVar[int]
    LEG_LIFECYCLE_FIELD_NUMBER: _ClassVar[int]
    timestamp_ns: int
    route_established: MuxRouteEstablished
    sample: MuxBandwidthSample
    rtt_probe: MuxRttProbe
    done: MuxBandwidthDone
    error: MuxBandwidthError
    route_failure: MuxRouteFailure
    leg_lifecycle: MuxLegLifecycle
    def __init__(self, timestamp_ns: _Optional[int] = ..., route_established: _Optional[_Union[MuxRouteEstablished, _Mapping]] = ..., sample: _Optional[_Union[MuxBandwidthSample, _Mapping]] = ..., rtt_probe: _Optional[_Union[MuxRttProbe, _Mapping]] = ..., done: _Optional[_Union[MuxBandwidthDone, _Mapping]] = ..., error: _Optional[_Union[MuxBandwidthError, _Mapping]] = ..., route_failure: _Optional[_Union[MuxRouteFailure, _Mapping]] = ..., leg_lifecycle: _Optional[_Union[MuxLegLifecycle, _Mapping]] = ...) -> None: ...

class MuxRouteEstablished(_message.Message):
    __slots__ = ("route_index", "setup_latency_ns", "hops", "failed", "setup_err")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    SETUP_LATENCY_NS_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    SETUP_ERR_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    setup_latency_ns: int
    hops: _containers.RepeatedCompositeFieldContainer[RouteHop]
    failed: bool
    setup_err: str
    def __init__(self, route_index: _Optional[int] = ..., setup_latency_ns: _Optional[int] = ..., hops: _Optional[_Iterable[_Union[RouteHop, _Mapping]]] = ..., failed: bool = ..., setup_err: _Optional[str] = ...) -> None: ...

class MuxBandwidthSample(_message.Message):
    __slots__ = ("elapsed_ns", "bytes_sent", "bytes_received", "instant_send_bps", "instant_recv_bps", "avg_send_bps", "avg_recv_bps", "active_routes", "legs")
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    BYTES_SENT_FIELD_NUMBER: _ClassVar[int]
    BYTES_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    INSTANT_SEND_BPS_FIELD_NUMBER: _ClassVar[int]
    INSTANT_RECV_BPS_FIELD_NUMBER: _ClassVar[int]
    AVG_SEND_BPS_FIELD_NUMBER: _ClassVar[int]
    AVG_RECV_BPS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_ROUTES_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    elapsed_ns: int
    bytes_sent: int
    bytes_received: int
    instant_send_bps: float
    instant_recv_bps: float
    avg_send_bps: float
    avg_recv_bps: float
    active_routes: int
    legs: _containers.RepeatedCompositeFieldContainer[MuxLegSample]
    def __init__(self, elapsed_ns: _Optional[int] = ..., bytes_sent: _Optional[int] = ..., bytes_received: _Optional[int] = ..., instant_send_bps: _Optional[float] = ..., instant_recv_bps: _Optional[float] = ..., avg_send_bps: _Optional[float] = ..., avg_recv_bps: _Optional[float] = ..., active_routes: _Optional[int] = ..., legs: _Optional[_Iterable[_Union[MuxLegSample, _Mapping]]] = ...) -> None: ...

class MuxRttProbe(_message.Message):
    __slots__ = ("sequence", "latency_ns", "error", "elapsed_ns")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_NS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    latency_ns: int
    error: str
    elapsed_ns: int
    def __init__(self, sequence: _Optional[int] = ..., latency_ns: _Optional[int] = ..., error: _Optional[str] = ..., elapsed_ns: _Optional[int] = ...) -> None: ...

class MuxBandwidthDone(_message.Message):
    __slots__ = ("total_bytes_sent", "total_bytes_received", "wall_time_ns", "pump_time_ns", "avg_send_bps", "avg_recv_bps", "peak_send_bps", "peak_recv_bps", "routes_requested", "routes_established", "setup_total_ns", "probe_count", "probe_avg_ns", "probe_p50_ns", "probe_p99_ns", "probe_jitter_ns", "termination_reason", "idle_probe_count", "idle_probe_avg_ns", "idle_probe_p50_ns", "idle_probe_p99_ns", "idle_probe_jitter_ns")
    TOTAL_BYTES_SENT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    PUMP_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    AVG_SEND_BPS_FIELD_NUMBER: _ClassVar[int]
    AVG_RECV_BPS_FIELD_NUMBER: _ClassVar[int]
    PEAK_SEND_BPS_FIELD_NUMBER: _ClassVar[int]
    PEAK_RECV_BPS_FIELD_NUMBER: _ClassVar[int]
    ROUTES_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    ROUTES_ESTABLISHED_FIELD_NUMBER: _ClassVar[int]
    SETUP_TOTAL_NS_FIELD_NUMBER: _ClassVar[int]
    PROBE_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROBE_AVG_NS_FIELD_NUMBER: _ClassVar[int]
    PROBE_P50_NS_FIELD_NUMBER: _ClassVar[int]
    PROBE_P99_NS_FIELD_NUMBER: _ClassVar[int]
    PROBE_JITTER_NS_FIELD_NUMBER: _ClassVar[int]
    TERMINATION_REASON_FIELD_NUMBER: _ClassVar[int]
    IDLE_PROBE_COUNT_FIELD_NUMBER: _ClassVar[int]
    IDLE_PROBE_AVG_NS_FIELD_NUMBER: _ClassVar[int]
    IDLE_PROBE_P50_NS_FIELD_NUMBER: _ClassVar[int]
    IDLE_PROBE_P99_NS_FIELD_NUMBER: _ClassVar[int]
    IDLE_PROBE_JITTER_NS_FIELD_NUMBER: _ClassVar[int]
    total_bytes_sent: int
    total_bytes_received: int
    wall_time_ns: int
    pump_time_ns: int
    avg_send_bps: float
    avg_recv_bps: float
    peak_send_bps: float
    peak_recv_bps: float
    routes_requested: int
    routes_established: int
    setup_total_ns: int
    probe_count: int
    probe_avg_ns: int
    probe_p50_ns: int
    probe_p99_ns: int
    probe_jitter_ns: int
    termination_reason: str
    idle_probe_count: int
    idle_probe_avg_ns: int
    idle_probe_p50_ns: int
    idle_probe_p99_ns: int
    idle_probe_jitter_ns: int
    def __init__(self, total_bytes_sent: _Optional[int] = ..., total_bytes_received: _Optional[int] = ..., wall_time_ns: _Optional[int] = ..., pump_time_ns: _Optional[int] = ..., avg_send_bps: _Optional[float] = ..., avg_recv_bps: _Optional[float] = ..., peak_send_bps: _Optional[float] = ..., peak_recv_bps: _Optional[float] = ..., routes_requested: _Optional[int] = ..., routes_established: _Optional[int] = ..., setup_total_ns: _Optional[int] = ..., probe_count: _Optional[int] = ..., probe_avg_ns: _Optional[int] = ..., probe_p50_ns: _Optional[int] = ..., probe_p99_ns: _Optional[int] = ..., probe_jitter_ns: _Optional[int] = ..., termination_reason: _Optional[str] = ..., idle_probe_count: _Optional[int] = ..., idle_probe_avg_ns: _Optional[int] = ..., idle_probe_p50_ns: _Optional[int] = ..., idle_probe_p99_ns: _Optional[int] = ..., idle_probe_jitter_ns: _Optional[int] = ...) -> None: ...

class MuxBandwidthError(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class MuxRouteFailure(_message.Message):
    __slots__ = ("route_index", "error_message", "bytes_sent_before_failure", "bytes_received_before_failure", "elapsed_ns")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    BYTES_SENT_BEFORE_FAILURE_FIELD_NUMBER: _ClassVar[int]
    BYTES_RECEIVED_BEFORE_FAILURE_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    error_message: str
    bytes_sent_before_failure: int
    bytes_received_before_failure: int
    elapsed_ns: int
    def __init__(self, route_index: _Optional[int] = ..., error_message: _Optional[str] = ..., bytes_sent_before_failure: _Optional[int] = ..., bytes_received_before_failure: _Optional[int] = ..., elapsed_ns: _Optional[int] = ...) -> None: ...

class MuxLegLifecycle(_message.Message):
    __slots__ = ("event", "route_index", "gate_state", "intermediate_pk", "transport_kind", "elapsed_ns")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    GATE_STATE_FIELD_NUMBER: _ClassVar[int]
    INTERMEDIATE_PK_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_KIND_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    event: str
    route_index: int
    gate_state: str
    intermediate_pk: str
    transport_kind: str
    elapsed_ns: int
    def __init__(self, event: _Optional[str] = ..., route_index: _Optional[int] = ..., gate_state: _Optional[str] = ..., intermediate_pk: _Optional[str] = ..., transport_kind: _Optional[str] = ..., elapsed_ns: _Optional[int] = ...) -> None: ...

class MuxLegSample(_message.Message):
    __slots__ = ("route_index", "intermediate_pk", "transport_kind", "bytes_sent", "bytes_recv", "inst_send_bps", "inst_recv_bps", "alive", "latency_ms", "standby")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    INTERMEDIATE_PK_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_KIND_FIELD_NUMBER: _ClassVar[int]
    BYTES_SENT_FIELD_NUMBER: _ClassVar[int]
    BYTES_RECV_FIELD_NUMBER: _ClassVar[int]
    INST_SEND_BPS_FIELD_NUMBER: _ClassVar[int]
    INST_RECV_BPS_FIELD_NUMBER: _ClassVar[int]
    ALIVE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    STANDBY_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    intermediate_pk: str
    transport_kind: str
    bytes_sent: int
    bytes_recv: int
    inst_send_bps: float
    inst_recv_bps: float
    alive: bool
    latency_ms: int
    standby: bool
    def __init__(self, route_index: _Optional[int] = ..., intermediate_pk: _Optional[str] = ..., transport_kind: _Optional[str] = ..., bytes_sent: _Optional[int] = ..., bytes_recv: _Optional[int] = ..., inst_send_bps: _Optional[float] = ..., inst_recv_bps: _Optional[float] = ..., alive: bool = ..., latency_ms: _Optional[int] = ..., standby: bool = ...) -> None: ...
