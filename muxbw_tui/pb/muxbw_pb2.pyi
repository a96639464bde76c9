from muxbw_tui.pb import ping_pb2 as _ping_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunRequest(_message.Message):
    __slots__ = ("target_pk", "routes", "duration_ns", "packet_size_kb", "min_hops", "setup_timeout_ns", "probe_rtt", "probe_interval_ns", "sample_interval_ns", "local_route", "idle_baseline_duration_ns", "routing_policy", "policy_app", "cli_overrides", "extensions", "io_timeout_ns", "linger_ns", "keep_open_ns", "window", "window_mode", "warm_up_ns", "max_hops", "hops_via", "detached")
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
    EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    IO_TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    LINGER_NS_FIELD_NUMBER: _ClassVar[int]
    KEEP_OPEN_NS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MODE_FIELD_NUMBER: _ClassVar[int]
    WARM_UP_NS_FIELD_NUMBER: _ClassVar[int]
    MAX_HOPS_FIELD_NUMBER: _ClassVar[int]
    HOPS_VIA_FIELD_NUMBER: _ClassVar[int]
    DETACHED_FIELD_NUMBER: _ClassVar[int]
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
    extensions: bool
    io_timeout_ns: int
    linger_ns: int
    keep_open_ns: int
    window: int
    window_mode: str
    warm_up_ns: int
    max_hops: int
    hops_via: _containers.RepeatedCompositeFieldContainer[Via]
    detached: bool
    def __init__(self, target_pk: _Optional[str] = ..., routes: _Optional[int] = ..., duration_ns: _Optional[int] = ..., packet_size_kb: _Optional[int] = ..., min_hops: _Optional[int] = ..., setup_timeout_ns: _Optional[int] = ..., probe_rtt: bool = ..., probe_interval_ns: _Optional[int] = ..., sample_interval_ns: _Optional[int] = ..., local_route: bool = ..., idle_baseline_duration_ns: _Optional[int] = ..., routing_policy: _Optional[str] = ..., policy_app: _Optional[str] = ..., cli_overrides: _Optional[_Mapping[str, str]] = ..., extensions: bool = ..., io_timeout_ns: _Optional[int] = ..., linger_ns: _Optional[int] = ..., keep_open_ns: _Optional[int] = ..., window: _Optional[int] = ..., window_mode: _Optional[str] = ..., warm_up_ns: _Optional[int] = ..., max_hops: _Optional[int] = ..., hops_via: _Optional[_Iterable[_Union[Via, _Mapping]]] = ..., detached: bool = ...) -> None: ...

class Via(_message.Message):
    __slots__ = ("nodes",)
    NODES_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class RunEvent(_message.Message):
    __slots__ = ("timestamp_ns", "route_established", "sample", "rtt_probe", "done", "error", "route_failure", "leg_lifecycle", "phase", "restarting", "gap", "limits", "run_started", "plan", "probe_path", "route_probe", "paused", "probe_tally")
    TIMESTAMP_NS_FIELD_NUMBER: _ClassVar[int]
    ROUTE_ESTABLISHED_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_FIELD_NUMBER: _ClassVar[int]
    RTT_PROBE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FAILURE_FIELD_NUMBER: _ClassVar[int]
    LEG_LIFECYCLE_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    RESTARTING_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    RUN_STARTED_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    PROBE_PATH_FIELD_NUMBER: _ClassVar[int]
    ROUTE_PROBE_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    PROBE_TALLY_FIELD_NUMBER: _ClassVar[int]
    timestamp_ns: int
    route_established: _ping_pb2.MuxRouteEstablished
    sample: _ping_pb2.MuxBandwidthSample
    rtt_probe: _ping_pb2.MuxRttProbe
    done: _ping_pb2.MuxBandwidthDone
    error: _ping_pb2.MuxBandwidthError
    route_failure: _ping_pb2.MuxRouteFailure
    leg_lifecycle: _ping_pb2.MuxLegLifecycle
    phase: Phase
    restarting: Restarting
    gap: Gap
    limits: Limits
    run_started: RunStarted
    plan: Plan
    probe_path: ProbePath
    route_probe: RouteProbe
    paused: Paused
    probe_tally: ProbeTally
    def __init__(self, timestamp_ns: _Optional[int] = ..., route_established: _Optional[_Union[_ping_pb2.MuxRouteEstablished, _Mapping]] = ..., sample: _Optional[_Union[_ping_pb2.MuxBandwidthSample, _Mapping]] = ..., rtt_probe: _Optional[_Union[_ping_pb2.MuxRttProbe, _Mapping]] = ..., done: _Optional[_Union[_ping_pb2.MuxBandwidthDone, _Mapping]] = ..., error: _Optional[_Union[_ping_pb2.MuxBandwidthError, _Mapping]] = ..., route_failure: _Optional[_Union[_ping_pb2.MuxRouteFailure, _Mapping]] = ..., leg_lifecycle: _Optional[_Union[_ping_pb2.MuxLegLifecycle, _Mapping]] = ..., phase: _Optional[_Union[Phase, _Mapping]] = ..., restarting: _Optional[_Union[Restarting, _Mapping]] = ..., gap: _Optional[_Union[Gap, _Mapping]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., run_started: _Optional[_Union[RunStarted, _Mapping]] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ..., probe_path: _Optional[_Union[ProbePath, _Mapping]] = ..., route_probe: _Optional[_Union[RouteProbe, _Mapping]] = ..., paused: _Optional[_Union[Paused, _Mapping]] = ..., probe_tally: _Optional[_Union[ProbeTally, _Mapping]] = ...) -> None: ...

class Phase(_message.Message):
    __slots__ = ("name", "elapsed_ns", "planned_ns", "lasted_ns")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    PLANNED_NS_FIELD_NUMBER: _ClassVar[int]
    LASTED_NS_FIELD_NUMBER: _ClassVar[int]
    name: str
    elapsed_ns: int
    planned_ns: int
    lasted_ns: int
    def __init__(self, name: _Optional[str] = ..., elapsed_ns: _Optional[int] = ..., planned_ns: _Optional[int] = ..., lasted_ns: _Optional[int] = ...) -> None: ...

class Restarting(_message.Message):
    __slots__ = ("route_index", "attempt", "elapsed_ns", "dead_time_ns")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    DEAD_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    attempt: int
    elapsed_ns: int
    dead_time_ns: int
    def __init__(self, route_index: _Optional[int] = ..., attempt: _Optional[int] = ..., elapsed_ns: _Optional[int] = ..., dead_time_ns: _Optional[int] = ...) -> None: ...

class Gap(_message.Message):
    __slots__ = ("samples_merged", "probes_merged", "probes_lost", "route_probes_merged")
    SAMPLES_MERGED_FIELD_NUMBER: _ClassVar[int]
    PROBES_MERGED_FIELD_NUMBER: _ClassVar[int]
    PROBES_LOST_FIELD_NUMBER: _ClassVar[int]
    ROUTE_PROBES_MERGED_FIELD_NUMBER: _ClassVar[int]
    samples_merged: int
    probes_merged: int
    probes_lost: int
    route_probes_merged: int
    def __init__(self, samples_merged: _Optional[int] = ..., probes_merged: _Optional[int] = ..., probes_lost: _Optional[int] = ..., route_probes_merged: _Optional[int] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("kind", "detail", "route_index", "window")
    KIND_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    kind: str
    detail: str
    route_index: int
    window: int
    def __init__(self, kind: _Optional[str] = ..., detail: _Optional[str] = ..., route_index: _Optional[int] = ..., window: _Optional[int] = ...) -> None: ...

class RouteProbe(_message.Message):
    __slots__ = ("route_index", "sequence", "latency_ns", "elapsed_ns")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_NS_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    sequence: int
    latency_ns: int
    elapsed_ns: int
    def __init__(self, route_index: _Optional[int] = ..., sequence: _Optional[int] = ..., latency_ns: _Optional[int] = ..., elapsed_ns: _Optional[int] = ...) -> None: ...

class ProbeTally(_message.Message):
    __slots__ = ("phase", "due", "sent", "answered", "late", "lost", "cut_off", "timeout_ns")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    phase: str
    due: int
    sent: int
    answered: int
    late: int
    lost: int
    cut_off: int
    timeout_ns: int
    def __init__(self, phase: _Optional[str] = ..., due: _Optional[int] = ..., sent: _Optional[int] = ..., answered: _Optional[int] = ..., late: _Optional[int] = ..., lost: _Optional[int] = ..., cut_off: _Optional[int] = ..., timeout_ns: _Optional[int] = ...) -> None: ...

class Paused(_message.Message):
    __slots__ = ("paused", "elapsed_ns")
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    paused: bool
    elapsed_ns: int
    def __init__(self, paused: bool = ..., elapsed_ns: _Optional[int] = ...) -> None: ...

class RunStarted(_message.Message):
    __slots__ = ("run_id", "scenario", "node_names", "request")
    class NodeNamesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    NODE_NAMES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    scenario: str
    node_names: _containers.ScalarMap[str, str]
    request: RunRequest
    def __init__(self, run_id: _Optional[str] = ..., scenario: _Optional[str] = ..., node_names: _Optional[_Mapping[str, str]] = ..., request: _Optional[_Union[RunRequest, _Mapping]] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("routes",)
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    routes: _containers.RepeatedCompositeFieldContainer[PlannedRoute]
    def __init__(self, routes: _Optional[_Iterable[_Union[PlannedRoute, _Mapping]]] = ...) -> None: ...

class PlannedRoute(_message.Message):
    __slots__ = ("route_index", "hops")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    hops: _containers.RepeatedCompositeFieldContainer[_ping_pb2.RouteHop]
    def __init__(self, route_index: _Optional[int] = ..., hops: _Optional[_Iterable[_Union[_ping_pb2.RouteHop, _Mapping]]] = ...) -> None: ...

class ProbePath(_message.Message):
    __slots__ = ("connection_index", "along_route", "hops")
    CONNECTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    ALONG_ROUTE_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    connection_index: int
    along_route: int
    hops: _containers.RepeatedCompositeFieldContainer[_ping_pb2.RouteHop]
    def __init__(self, connection_index: _Optional[int] = ..., along_route: _Optional[int] = ..., hops: _Optional[_Iterable[_Union[_ping_pb2.RouteHop, _Mapping]]] = ...) -> None: ...

class PlanRequest(_message.Message):
    __slots__ = ("src_pk", "dst_pk", "min_hops", "max_hops", "count", "source", "tpd_url", "queue_cap", "extensions", "hops_via")
    SRC_PK_FIELD_NUMBER: _ClassVar[int]
    DST_PK_FIELD_NUMBER: _ClassVar[int]
    MIN_HOPS_FIELD_NUMBER: _ClassVar[int]
    MAX_HOPS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TPD_URL_FIELD_NUMBER: _ClassVar[int]
    QUEUE_CAP_FIELD_NUMBER: _ClassVar[int]
    EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    HOPS_VIA_FIELD_NUMBER: _ClassVar[int]
    src_pk: str
    dst_pk: str
    min_hops: int
    max_hops: int
    count: int
    source: str
    tpd_url: str
    queue_cap: int
    extensions: bool
    hops_via: _containers.RepeatedCompositeFieldContainer[Via]
    def __init__(self, src_pk: _Optional[str] = ..., dst_pk: _Optional[str] = ..., min_hops: _Optional[int] = ..., max_hops: _Optional[int] = ..., count: _Optional[int] = ..., source: _Optional[str] = ..., tpd_url: _Optional[str] = ..., queue_cap: _Optional[int] = ..., extensions: bool = ..., hops_via: _Optional[_Iterable[_Union[Via, _Mapping]]] = ...) -> None: ...

class PlannedPath(_message.Message):
    __slots__ = ("hops", "route_index", "tp_types", "cost_ns", "node_names", "exact")
    class NodeNamesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HOPS_FIELD_NUMBER: _ClassVar[int]
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    TP_TYPES_FIELD_NUMBER: _ClassVar[int]
    COST_NS_FIELD_NUMBER: _ClassVar[int]
    NODE_NAMES_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    hops: _containers.RepeatedCompositeFieldContainer[_ping_pb2.CalcHop]
    route_index: int
    tp_types: _containers.RepeatedScalarFieldContainer[str]
    cost_ns: int
    node_names: _containers.ScalarMap[str, str]
    exact: bool
    def __init__(self, hops: _Optional[_Iterable[_Union[_ping_pb2.CalcHop, _Mapping]]] = ..., route_index: _Optional[int] = ..., tp_types: _Optional[_Iterable[str]] = ..., cost_ns: _Optional[int] = ..., node_names: _Optional[_Mapping[str, str]] = ..., exact: bool = ...) -> None: ...

class StopRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class StopRunReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RestartRoutesRequest(_message.Message):
    __slots__ = ("run_id", "route_indexes", "prefer_new")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_INDEXES_FIELD_NUMBER: _ClassVar[int]
    PREFER_NEW_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    route_indexes: _containers.RepeatedScalarFieldContainer[int]
    prefer_new: bool
    def __init__(self, run_id: _Optional[str] = ..., route_indexes: _Optional[_Iterable[int]] = ..., prefer_new: bool = ...) -> None: ...

class RestartRoutesReply(_message.Message):
    __slots__ = ("restarting", "not_restarted")
    RESTARTING_FIELD_NUMBER: _ClassVar[int]
    NOT_RESTARTED_FIELD_NUMBER: _ClassVar[int]
    restarting: _containers.RepeatedScalarFieldContainer[int]
    not_restarted: _containers.RepeatedCompositeFieldContainer[NotRestarted]
    def __init__(self, restarting: _Optional[_Iterable[int]] = ..., not_restarted: _Optional[_Iterable[_Union[NotRestarted, _Mapping]]] = ...) -> None: ...

class NotRestarted(_message.Message):
    __slots__ = ("route_index", "reason")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    reason: str
    def __init__(self, route_index: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class StopRoutesRequest(_message.Message):
    __slots__ = ("run_id", "route_indexes")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_INDEXES_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    route_indexes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, run_id: _Optional[str] = ..., route_indexes: _Optional[_Iterable[int]] = ...) -> None: ...

class StopRoutesReply(_message.Message):
    __slots__ = ("stopped", "not_stopped")
    STOPPED_FIELD_NUMBER: _ClassVar[int]
    NOT_STOPPED_FIELD_NUMBER: _ClassVar[int]
    stopped: _containers.RepeatedScalarFieldContainer[int]
    not_stopped: _containers.RepeatedCompositeFieldContainer[NotStopped]
    def __init__(self, stopped: _Optional[_Iterable[int]] = ..., not_stopped: _Optional[_Iterable[_Union[NotStopped, _Mapping]]] = ...) -> None: ...

class NotStopped(_message.Message):
    __slots__ = ("route_index", "reason")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    reason: str
    def __init__(self, route_index: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class PauseRunRequest(_message.Message):
    __slots__ = ("run_id", "paused")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    paused: bool
    def __init__(self, run_id: _Optional[str] = ..., paused: bool = ...) -> None: ...

class PauseRunReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DetachRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class DetachRunReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRunsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRunsReply(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[RunSummary]
    def __init__(self, runs: _Optional[_Iterable[_Union[RunSummary, _Mapping]]] = ...) -> None: ...

class RunSummary(_message.Message):
    __slots__ = ("run_id", "request", "started_ns", "phase", "active_routes", "watchers")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    STARTED_NS_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_ROUTES_FIELD_NUMBER: _ClassVar[int]
    WATCHERS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    request: RunRequest
    started_ns: int
    phase: str
    active_routes: int
    watchers: int
    def __init__(self, run_id: _Optional[str] = ..., request: _Optional[_Union[RunRequest, _Mapping]] = ..., started_ns: _Optional[int] = ..., phase: _Optional[str] = ..., active_routes: _Optional[int] = ..., watchers: _Optional[int] = ...) -> None: ...

class WatchRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class Challenge(_message.Message):
    __slots__ = ("version", "key", "nonce")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    version: int
    key: str
    nonce: bytes
    def __init__(self, version: _Optional[int] = ..., key: _Optional[str] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class SignedRequest(_message.Message):
    __slots__ = ("request", "signature")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    request: bytes
    signature: bytes
    def __init__(self, request: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class NodeRequest(_message.Message):
    __slots__ = ("caller", "node", "challenge", "nonce", "set_up", "attend", "join")
    CALLER_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    SET_UP_FIELD_NUMBER: _ClassVar[int]
    ATTEND_FIELD_NUMBER: _ClassVar[int]
    JOIN_FIELD_NUMBER: _ClassVar[int]
    caller: str
    node: str
    challenge: bytes
    nonce: bytes
    set_up: SetUp
    attend: Attend
    join: Join
    def __init__(self, caller: _Optional[str] = ..., node: _Optional[str] = ..., challenge: _Optional[bytes] = ..., nonce: _Optional[bytes] = ..., set_up: _Optional[_Union[SetUp, _Mapping]] = ..., attend: _Optional[_Union[Attend, _Mapping]] = ..., join: _Optional[_Union[Join, _Mapping]] = ...) -> None: ...

class SetUp(_message.Message):
    __slots__ = ("run_id", "route_index", "hops", "timeout_ns")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    route_index: int
    hops: _containers.RepeatedCompositeFieldContainer[_ping_pb2.RouteHop]
    timeout_ns: int
    def __init__(self, run_id: _Optional[str] = ..., route_index: _Optional[int] = ..., hops: _Optional[_Iterable[_Union[_ping_pb2.RouteHop, _Mapping]]] = ..., timeout_ns: _Optional[int] = ...) -> None: ...

class Attend(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Call(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    def __init__(self, token: _Optional[bytes] = ...) -> None: ...

class Join(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    def __init__(self, token: _Optional[bytes] = ...) -> None: ...

class SetUpAnswer(_message.Message):
    __slots__ = ("ok", "error", "failed_at", "signature", "challenge")
    OK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    FAILED_AT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    ok: bool
    error: str
    failed_at: str
    signature: bytes
    challenge: Challenge
    def __init__(self, ok: bool = ..., error: _Optional[str] = ..., failed_at: _Optional[str] = ..., signature: _Optional[bytes] = ..., challenge: _Optional[_Union[Challenge, _Mapping]] = ...) -> None: ...

class NetworkCommand(_message.Message):
    __slots__ = ("id", "pump_starts", "run_ended", "counters_wanted")
    ID_FIELD_NUMBER: _ClassVar[int]
    PUMP_STARTS_FIELD_NUMBER: _ClassVar[int]
    RUN_ENDED_FIELD_NUMBER: _ClassVar[int]
    COUNTERS_WANTED_FIELD_NUMBER: _ClassVar[int]
    id: int
    pump_starts: PumpStarts
    run_ended: RunEnded
    counters_wanted: CountersWanted
    def __init__(self, id: _Optional[int] = ..., pump_starts: _Optional[_Union[PumpStarts, _Mapping]] = ..., run_ended: _Optional[_Union[RunEnded, _Mapping]] = ..., counters_wanted: _Optional[_Union[CountersWanted, _Mapping]] = ...) -> None: ...

class NetworkReply(_message.Message):
    __slots__ = ("id", "error", "topology", "pump_faults", "counters")
    ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    TOPOLOGY_FIELD_NUMBER: _ClassVar[int]
    PUMP_FAULTS_FIELD_NUMBER: _ClassVar[int]
    COUNTERS_FIELD_NUMBER: _ClassVar[int]
    id: int
    error: str
    topology: Topology
    pump_faults: PumpFaults
    counters: Counters
    def __init__(self, id: _Optional[int] = ..., error: _Optional[str] = ..., topology: _Optional[_Union[Topology, _Mapping]] = ..., pump_faults: _Optional[_Union[PumpFaults, _Mapping]] = ..., counters: _Optional[_Union[Counters, _Mapping]] = ...) -> None: ...

class Topology(_message.Message):
    __slots__ = ("scenario", "source", "target", "node_names", "transports")
    class NodeNamesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    NODE_NAMES_FIELD_NUMBER: _ClassVar[int]
    TRANSPORTS_FIELD_NUMBER: _ClassVar[int]
    scenario: str
    source: str
    target: str
    node_names: _containers.ScalarMap[str, str]
    transports: _containers.RepeatedCompositeFieldContainer[Transport]
    def __init__(self, scenario: _Optional[str] = ..., source: _Optional[str] = ..., target: _Optional[str] = ..., node_names: _Optional[_Mapping[str, str]] = ..., transports: _Optional[_Iterable[_Union[Transport, _Mapping]]] = ...) -> None: ...

class Transport(_message.Message):
    __slots__ = ("tp_id", "to", "kind", "address", "delay_ns")
    TP_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DELAY_NS_FIELD_NUMBER: _ClassVar[int]
    tp_id: str
    to: str
    kind: str
    address: str
    delay_ns: int
    def __init__(self, tp_id: _Optional[str] = ..., to: _Optional[str] = ..., kind: _Optional[str] = ..., address: _Optional[str] = ..., delay_ns: _Optional[int] = ..., **kwargs) -> None: ...

class PumpStarts(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class PumpFaults(_message.Message):
    __slots__ = ("no_entry",)
    NO_ENTRY_FIELD_NUMBER: _ClassVar[int]
    no_entry: _containers.RepeatedCompositeFieldContainer[NoEntry]
    def __init__(self, no_entry: _Optional[_Iterable[_Union[NoEntry, _Mapping]]] = ...) -> None: ...

class NoEntry(_message.Message):
    __slots__ = ("route_index", "for_ns")
    ROUTE_INDEX_FIELD_NUMBER: _ClassVar[int]
    FOR_NS_FIELD_NUMBER: _ClassVar[int]
    route_index: int
    for_ns: int
    def __init__(self, route_index: _Optional[int] = ..., for_ns: _Optional[int] = ...) -> None: ...

class RunEnded(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class CountersWanted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Counters(_message.Message):
    __slots__ = ("nodes", "links")
    NODES_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[NodeCounter]
    links: _containers.RepeatedCompositeFieldContainer[LinkCounter]
    def __init__(self, nodes: _Optional[_Iterable[_Union[NodeCounter, _Mapping]]] = ..., links: _Optional[_Iterable[_Union[LinkCounter, _Mapping]]] = ...) -> None: ...

class NodeCounter(_message.Message):
    __slots__ = ("key", "bytes_to_target", "bytes_to_source")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BYTES_TO_TARGET_FIELD_NUMBER: _ClassVar[int]
    BYTES_TO_SOURCE_FIELD_NUMBER: _ClassVar[int]
    key: str
    bytes_to_target: int
    bytes_to_source: int
    def __init__(self, key: _Optional[str] = ..., bytes_to_target: _Optional[int] = ..., bytes_to_source: _Optional[int] = ...) -> None: ...

class LinkCounter(_message.Message):
    __slots__ = ("tp_id", "to", "bytes")
    TP_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    tp_id: str
    to: str
    bytes: int
    def __init__(self, tp_id: _Optional[str] = ..., to: _Optional[str] = ..., bytes: _Optional[int] = ..., **kwargs) -> None: ...
