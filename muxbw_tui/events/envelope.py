"""The NDJSON envelope of the wire contract: one event, or one message, as a line of JSON, out and in.

Written as a stock command line writes it, byte for byte, which protobuf's own JSON for Python does not do (doubles,
escapes); reading uses protobuf's.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from muxbw_tui.errors import RecordingError
from muxbw_tui.events import PAYLOAD_KINDS, UNKNOWN_KIND
from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.descriptor import Descriptor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)")
_INT64_MAX = 2**63 - 1
_INT64_TYPES = frozenset(
    {
        FieldDescriptor.CPPTYPE_INT64,
        FieldDescriptor.CPPTYPE_UINT64,
    }
)
# What Go's encoder escapes beyond JSON's own needs, so that its output may stand in HTML and in JavaScript.
_GO_ESCAPES = str.maketrans(
    {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"}
)


def to_ndjson(event: RunEvent) -> str:
    """Return the event's envelope: one line of JSON, without a line break."""
    kind = event.WhichOneof("payload")
    payload = "{}" if kind is None else message_json(getattr(event, kind))
    instant = _format_instant(event.timestamp_ns)
    return f'{{"ts":"{instant}","type":"{kind or UNKNOWN_KIND}","data":{payload}}}'


def from_ndjson(line: str) -> RunEvent:
    """Return the event that an envelope holds.

    Fields that this version does not know are ignored; a type that it does not know gives an event without a
    payload.

    Raises:
        RecordingError: the line is no envelope; the message says what is wrong with it, not where it stands.
    """
    try:
        envelope = json.loads(line, parse_int=_parse_int)
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"not JSON: {error}") from error
    if not isinstance(envelope, dict):
        raise RecordingError("not an event: a JSON object with ts, type and data was expected")
    kind, payload = envelope.get("type"), envelope.get("data")
    if not isinstance(kind, str) or not isinstance(payload, dict):
        raise RecordingError("not an event: type must be a string and data an object")
    event = RunEvent(timestamp_ns=_parse_instant(envelope.get("ts")))
    if kind in PAYLOAD_KINDS:
        try:
            ParseDict({kind: payload}, event, ignore_unknown_fields=True)
        except (ParseError, ValueError, TypeError, RecursionError) as error:
            raise RecordingError(f"not a {kind} event: {error}") from error
    return event


def message_json(message: Message) -> str:
    """Return a message as the stock command line writes it: protobuf JSON with proto names, no spaces."""
    members = (
        f'"{field.name}":{_field_json(field, value)}'
        for field, value in message.ListFields()  # in the order of field numbers, without defaults
    )
    return "{" + ",".join(members) + "}"


def _field_json(field: FieldDescriptor, value: object) -> str:
    """Return the value of a field that is set: a map, a list, or one value."""
    if isinstance(value, Mapping):
        value_field = cast("Descriptor", field.message_type).fields_by_name["value"]
        entries = (
            f"{_string_json(str(key))}:{_value_json(value_field, value[key])}" for key in sorted(value)
        )
        return "{" + ",".join(entries) + "}"
    if field.is_repeated:
        items = (_value_json(field, item) for item in cast("Iterable[object]", value))
        return "[" + ",".join(items) + "]"
    return _value_json(field, value)


def _value_json(field: FieldDescriptor, value: object) -> str:
    """Return one value by its type; 64-bit integers are strings, JavaScript would lose their digits."""
    if isinstance(value, Message):
        return message_json(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double_json(value)
    if isinstance(value, int):
        return f'"{value}"' if field.cpp_type in _INT64_TYPES else str(value)
    return _string_json(str(value))


def _string_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_GO_ESCAPES)


def _double_json(value: float) -> str:
    """Return a double as Go writes it: shortest digits, an exponent only below 1e-6 and from 1e21 on."""
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    digits = repr(value)
    if value == 0 or 1e-6 <= abs(value) < 1e21:  # noqa: PLR2004 - Go's bounds, named in the docstring
        return f"{Decimal(digits):f}".removesuffix(".0")
    mantissa, _, exponent = digits.partition("e")
    sign, power = exponent[0], exponent[1:].lstrip("0")
    return f"{mantissa}e{sign}{power}"


def _format_instant(timestamp_ns: int) -> str:
    """Return nanoseconds since the epoch as RFC 3339 in UTC, trailing zeros of the fraction trimmed."""
    seconds, fraction_ns = divmod(timestamp_ns, NS_PER_S)
    instant = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{fraction_ns:09}".rstrip("0").rstrip(".")
    return f"{instant}{fraction}Z"


def _parse_int(digits: str) -> int | float:
    """Return a number without a point; Go writes the double -0.0 as `-0`, whose sign an int would lose."""
    return -0.0 if digits == "-0" else int(digits)


def _parse_instant(text: object) -> int:
    """Return an RFC 3339 instant as nanoseconds since the epoch."""
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise RecordingError(f"ts is no RFC 3339 instant: {text!r:.60}")
    day, time_of_day, fraction, offset = match.groups()
    try:
        instant = datetime.fromisoformat(f"{day}T{time_of_day}{offset.upper()}")
    except ValueError as error:
        raise RecordingError(f"ts is no RFC 3339 instant: {error}") from error
    seconds = (instant - _EPOCH) // timedelta(seconds=1)
    timestamp_ns = seconds * NS_PER_S + int((fraction or "").ljust(9, "0"))
    if not -_INT64_MAX - 1 <= timestamp_ns <= _INT64_MAX:
        raise RecordingError(f"ts is beyond what nanoseconds since 1970 can say: {text}")
    return timestamp_ns
