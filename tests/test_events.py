"""Recordings are what operators keep and compare: what is written must be what a stock command line writes."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from muxbw_tui.errors import RecordingError
from muxbw_tui.events import PAYLOAD_KINDS, payload_kind
from muxbw_tui.events.envelope import from_ndjson, to_ndjson
from muxbw_tui.events.files import (
    MAX_MESSAGE_BYTES,
    DelimitedReader,
    EventReader,
    NdjsonReader,
    write_delimited,
)
from muxbw_tui.pb.muxbw_pb2 import RunEvent
from tests.recordings import FOLDERS
from tests.strategies import run_events

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EVENT = RunEvent(timestamp_ns=1_700_000_000_000_000_000)
EVENT.rtt_probe.sequence = 1


def read_all(reader: EventReader, chunks: Iterable[bytes]) -> list[RunEvent]:
    """Return every event of a file that comes in chunks."""
    events: list[RunEvent] = []
    for chunk in chunks:
        reader.receive(chunk)
        while (event := reader.next_event()) is not None:
            events.append(event)
    if (last := reader.close()) is not None:
        events.append(last)
    return events


def data_of(event: RunEvent) -> str:
    """Return the payload's JSON as it stands in the envelope."""
    found = re.search(r'"data":(.*)}$', to_ndjson(event))
    assert found is not None
    return found[1]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_stock_delimited_recording_encodes_to_the_stock_envelope_byte_for_byte(folder: Path) -> None:
    """Tools that read a stock command's output must be able to read ours."""
    events = read_all(DelimitedReader(), [(folder / "events.bin").read_bytes()])

    written = "".join(f"{to_ndjson(event)}\n" for event in events).encode()

    assert written == (folder / "events.ndjson").read_bytes()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_stock_envelope_encodes_to_the_stock_delimited_recording_byte_for_byte(folder: Path) -> None:
    """Nothing of an event may be lost on its way through text."""
    events = read_all(NdjsonReader(), [(folder / "events.ndjson").read_bytes()])

    written = b"".join(write_delimited(event) for event in events)

    assert written == (folder / "events.bin").read_bytes()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (31408416.826648194, "31408416.826648194"),
        (123.0, "123"),
        (1e16, "10000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"),
        (0.0000012, "0.0000012"),
        (1e-7, "1e-7"),
        (1.25e-9, "1.25e-9"),
        (5e-324, "5e-324"),
        (-2.5, "-2.5"),
        (-0.0, "-0"),
        (math.nan, '"NaN"'),
        (math.inf, '"Infinity"'),
        (-math.inf, '"-Infinity"'),
    ],
)
def test_doubles_are_written_as_go_writes_them(value: float, written: str) -> None:
    """Python's own JSON writes 1e-07 and 1e+16, which would break the comparison with stock files."""
    event = RunEvent()
    event.sample.instant_send_bps = value

    assert data_of(event) == f'{{"instant_send_bps":{written}}}'


def test_text_is_escaped_as_go_escapes_it() -> None:
    """An error text may hold anything; the line must stay one line and equal the stock one."""
    event = RunEvent()
    event.error.message = 'a<b>&"\\\n\t\x00\x7f \u2028é→'

    assert data_of(event) == r'{"message":"a\u003cb\u003e\u0026\"\\\n\t\u0000' + '\x7f \\u2028é→"}'


@pytest.mark.parametrize(
    ("timestamp_ns", "written"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_342_685_234_788_560, "2026-11-22T10:18:05.23478856Z"),
        (1_795_342_685_000_000_001, "2026-11-22T10:18:05.000000001Z"),
        (1_795_342_685_500_000_000, "2026-11-22T10:18:05.5Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
        (-(2**63), "1677-09-21T00:12:43.145224192Z"),
    ],
)
def test_instants_keep_nanoseconds_and_lose_trailing_zeros(timestamp_ns: int, written: str) -> None:
    """A microsecond clock would make a replay's rates differ from the run's."""
    line = to_ndjson(RunEvent(timestamp_ns=timestamp_ns))

    assert line == f'{{"ts":"{written}","type":"unknown","data":{{}}}}'
    assert from_ndjson(line).timestamp_ns == timestamp_ns


def test_an_instant_may_have_an_offset() -> None:
    """RFC 3339 allows it, and other tools rewrite recordings."""
    line = '{"ts":"2026-11-22T12:18:05.5+02:00","type":"unknown","data":{}}'

    assert from_ndjson(line).timestamp_ns == 1_795_342_685_500_000_000


@given(run_events())
def test_any_event_survives_the_envelope(event: RunEvent) -> None:
    """What is recorded must replay as what was seen, own payloads and odd values included."""
    line = to_ndjson(event)

    assert "\n" not in line
    assert from_ndjson(line).SerializeToString(deterministic=True) == event.SerializeToString(
        deterministic=True
    )


@given(run_events())
def test_any_envelope_is_json_that_names_its_payload(event: RunEvent) -> None:
    """Every line of `run --json` must parse for tools that know nothing of protobuf."""
    envelope = json.loads(to_ndjson(event))

    assert list(envelope) == ["ts", "type", "data"]
    assert envelope["type"] == payload_kind(event)
    assert isinstance(envelope["data"], dict)


def test_maps_are_written_in_the_order_of_their_keys() -> None:
    """A map has no order on the wire; two recordings of one run must still be equal."""
    event = RunEvent()
    event.run_started.node_names.update({"b": "osaka", "a": "", "B": "here"})

    assert data_of(event) == '{"node_names":{"B":"here","a":"","b":"osaka"}}'


def test_every_payload_of_the_contract_is_a_kind() -> None:
    """A kind that is missing here would be recorded as unknown."""
    stock = {"route_established", "sample", "rtt_probe", "done", "error", "route_failure", "leg_lifecycle"}

    assert stock < PAYLOAD_KINDS
    for kind in PAYLOAD_KINDS:
        event = RunEvent()
        getattr(event, kind).SetInParent()
        assert payload_kind(event) == kind
        assert payload_kind(from_ndjson(to_ndjson(event))) == kind


@pytest.mark.parametrize("kind", ["unknown", "from_a_newer_server", "timestamp_ns", ""])
def test_a_type_that_is_no_known_payload_gives_an_event_without_one(kind: str) -> None:
    """A recording of a newer server must replay, not fail."""
    line = json.dumps({"ts": "2026-11-22T10:18:05Z", "type": kind, "data": {"field": [1]}})

    assert payload_kind(from_ndjson(line)) == "unknown"


def test_a_payload_from_a_newer_server_is_unknown_and_writes_as_such() -> None:
    """Bytes of a payload that this version does not have must not be taken for one that it has."""
    newer = RunEvent.FromString(b"\x08\x01" + b"\xfa\x7f\x02\x08\x01")  # field 2047, a message

    assert payload_kind(newer) == "unknown"
    assert to_ndjson(newer) == '{"ts":"1970-01-01T00:00:00.000000001Z","type":"unknown","data":{}}'


def test_unknown_fields_of_a_known_payload_are_ignored() -> None:
    """A newer server adds fields; the ones that are known still count."""
    line = '{"ts":"2026-11-22T10:18:05Z","type":"restarting","data":{"attempt":2,"mood":"good"}}'

    assert from_ndjson(line).restarting.attempt == 2


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no json",
        "[]",
        "null",
        '{"ts":"2026-11-22T10:18:05Z","type":"done"}',
        '{"ts":"2026-11-22T10:18:05Z","type":7,"data":{}}',
        '{"ts":"2026-11-22T10:18:05Z","type":"done","data":null}',
        '{"ts":"yesterday","type":"done","data":{}}',
        '{"ts":"2026-13-22T10:18:05Z","type":"done","data":{}}',
        '{"ts":"9999-11-22T10:18:05Z","type":"done","data":{}}',
        '{"type":"done","data":{}}',
        '{"ts":"2026-11-22T10:18:05Z","type":"done","data":{"routes_requested":"many"}}',
        '{"ts":"2026-11-22T10:18:05Z","type":"done","data":{"routes_requested":3000000000}}',
        '{"ts":"2026-11-22T10:18:05Z","type":"error","data":{"code":"\\ud800"}}',
        "[" * 100_000,
        '{"ts":' + "9" * 10_000 + "}",
    ],
)
def test_a_line_that_is_no_event_is_a_recording_error(line: str) -> None:
    """Any other exception would reach the operator as a traceback."""
    with pytest.raises(RecordingError):
        from_ndjson(line)


@given(st.text() | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_any_text_is_an_event_or_a_recording_error(text: str) -> None:
    """A file from outside may hold anything."""
    try:
        event = from_ndjson(text)
    except RecordingError:
        return
    assert isinstance(event, RunEvent)


@given(
    st.fixed_dictionaries(
        {
            "ts": st.just("2026-11-22T10:18:05Z"),
            "type": st.sampled_from(sorted(PAYLOAD_KINDS)),
            "data": st.dictionaries(
                st.sampled_from(
                    ["route_index", "legs", "hops", "bytes_sent", "error", "node_names", "request"]
                ),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                    max_leaves=4,
                ),
            ),
        }
    ).map(json.dumps)
)
def test_any_payload_is_an_event_or_a_recording_error(line: str) -> None:
    """Values of the wrong type in the right place must not be a traceback either."""
    try:
        event = from_ndjson(line)
    except RecordingError:
        return
    assert payload_kind(event) != "unknown"


@given(st.lists(run_events(), max_size=4), st.lists(st.integers(1, 40), min_size=1))
def test_a_delimited_file_reads_the_same_however_it_is_cut(events: list[RunEvent], sizes: list[int]) -> None:
    """Chunks end wherever the disk or the network pleases."""
    written = b"".join(write_delimited(event) for event in events)

    read = read_all(DelimitedReader(), chunks_of(written, sizes))

    assert b"".join(write_delimited(event) for event in read) == written


@given(
    st.lists(run_events(), max_size=4), st.lists(st.integers(1, 40), min_size=1), st.sampled_from(["", "\n"])
)
def test_an_ndjson_file_reads_the_same_however_it_is_cut(
    events: list[RunEvent], sizes: list[int], end: str
) -> None:
    """A last line that is whole counts, with or without its line break."""
    written = "\n".join(to_ndjson(event) for event in events) + end

    read = read_all(NdjsonReader(), chunks_of(written.encode(), sizes))

    assert [to_ndjson(event) for event in read] == [to_ndjson(event) for event in events]


def chunks_of(content: bytes, sizes: list[int]) -> list[bytes]:
    """Return the content cut into chunks of the given sizes, over and over."""
    chunks, position, turn = [], 0, 0
    while position < len(content):
        size = sizes[turn % len(sizes)]
        chunks.append(content[position : position + size])
        position, turn = position + size, turn + 1
    return chunks


@given(st.binary(), st.sampled_from([DelimitedReader, NdjsonReader]))
def test_any_bytes_leave_a_reader_in_a_defined_state(
    content: bytes, make_reader: type[DelimitedReader | NdjsonReader]
) -> None:
    """After damage a reader says the same for ever, whatever is fed to it: nothing is skipped in silence."""
    reader = make_reader()
    try:
        read_all(reader, [content])
    except RecordingError as error:
        first = str(error)
    else:
        return

    reader.receive(write_delimited(EVENT) + to_ndjson(EVENT).encode() + b"\n")
    with pytest.raises(RecordingError) as again:
        reader.next_event()
    with pytest.raises(RecordingError) as at_close:
        reader.close()

    assert str(again.value) == str(at_close.value) == first


@given(st.integers(1, len(write_delimited(EVENT)) - 1))
def test_a_message_that_is_cut_off_is_named_by_the_byte_where_it_begins(kept: int) -> None:
    """The operator must know how much of the file is good."""
    whole = write_delimited(EVENT)

    with pytest.raises(RecordingError, match=f"byte {len(whole)}: .*cut off"):
        read_all(DelimitedReader(), [whole, whole[:kept]])


def test_a_length_over_the_bound_is_damage_and_is_not_waited_for() -> None:
    """A damaged length must not make the reader collect gigabytes."""
    reader = DelimitedReader()
    reader.receive(write_delimited(EVENT) + b"\xff\xff\xff\x7f")

    assert reader.next_event() == EVENT
    with pytest.raises(RecordingError, match=rf"byte {len(write_delimited(EVENT))}: .*over the bound"):
        reader.next_event()


def test_a_length_that_never_ends_is_damage() -> None:
    """A varint has at most ten bytes."""
    reader = DelimitedReader()
    reader.receive(b"\xff" * 10)

    with pytest.raises(RecordingError, match="byte 0: a length that does not end"):
        reader.next_event()


def test_a_message_that_does_not_decode_is_named_by_its_byte() -> None:
    """Events before the damage are good and are read."""
    reader = DelimitedReader()
    reader.receive(write_delimited(EVENT) + b"\x02\xff\xff")

    assert reader.next_event() == EVENT
    with pytest.raises(RecordingError, match=f"byte {len(write_delimited(EVENT))}: .*no event"):
        reader.next_event()


def test_a_damaged_line_is_named_by_its_number_and_the_events_before_it_are_read() -> None:
    """Lines are counted as an editor counts them, empty ones too."""
    reader = NdjsonReader()
    line = to_ndjson(EVENT).encode()
    reader.receive(line + b"\n\n" + b'{"ts":\n' + line + b"\n")

    assert reader.next_event() == EVENT
    with pytest.raises(RecordingError, match="line 3: not JSON"):
        reader.next_event()


@given(st.data())
def test_a_last_line_that_is_cut_off_is_damage(data: st.DataObject) -> None:
    """A recorder that was killed leaves half a line; its run must not look whole."""
    line = to_ndjson(EVENT)
    kept = data.draw(st.integers(1, len(line) - 1))
    assume(line[:kept].strip())

    with pytest.raises(RecordingError, match="line 2: cut off"):
        read_all(NdjsonReader(), [f"{line}\n{line[:kept]}".encode()])


def test_a_line_that_is_not_utf_8_is_named() -> None:
    """Bytes in another encoding would otherwise be a traceback."""
    with pytest.raises(RecordingError, match="line 1: not UTF-8"):
        read_all(NdjsonReader(), [b'{"ts":"\xff"}\n'])


def test_windows_line_ends_and_a_byte_order_mark_are_let_through() -> None:
    """Editors leave them in files that are otherwise whole."""
    line = to_ndjson(EVENT).encode()

    assert read_all(NdjsonReader(), [b"\xef\xbb\xbf" + line + b"\r\n" + line + b"\r\n"]) == [EVENT, EVENT]


def test_a_line_without_end_is_bounded() -> None:
    """A file without line breaks must not be collected in memory whole."""
    reader = NdjsonReader()
    reader.receive(b" " * (MAX_MESSAGE_BYTES + 1))

    with pytest.raises(RecordingError, match="line 1: longer than the bound"):
        reader.next_event()
