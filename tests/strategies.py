"""Hypothesis strategies for messages of the contract, made from its descriptors, so that no field is forgotten."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import RunEvent

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

SMALL_INDEXES = st.integers(0, 5)
_SCALARS: dict[int, st.SearchStrategy[Any]] = {  # Any: the field's own type decides
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False) | st.just(math.nan),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_STRING: st.text(max_size=20),
}


@cache
def messages(descriptor: Descriptor) -> st.SearchStrategy[Any]:
    """Return a strategy for messages of one type, every field drawn at random or left out."""
    fields = {field.name: _values(field) for field in descriptor.fields if field.containing_oneof is None}
    plain = st.fixed_dictionaries({}, optional=fields)
    oneofs = [
        st.none() | st.one_of([_values(field).map(_named(field.name)) for field in oneof.fields])
        for oneof in descriptor.oneofs
    ]
    return st.tuples(plain, *oneofs).map(lambda drawn: _message(descriptor, drawn))


def run_events() -> st.SearchStrategy[RunEvent]:
    """Return a strategy for any event: every payload, or none."""
    return messages(RunEvent.DESCRIPTOR)


def _named(name: str) -> Any:  # a function from a value to the field that holds it
    return lambda value: {name: value}


def _message(descriptor: Descriptor, drawn: tuple[dict[str, object] | None, ...]) -> Message:
    message = GetMessageClass(descriptor)()
    for fields in drawn:
        for name, value in (fields or {}).items():
            field = descriptor.fields_by_name[name]
            if field.is_repeated:
                target = getattr(message, name)
                target.update(value) if isinstance(value, dict) else target.extend(value)
            elif field.message_type is not None:
                getattr(message, name).CopyFrom(value)
            else:
                setattr(message, name, value)
    return message


def _values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    message_type = field.message_type
    if message_type is not None and message_type.GetOptions().map_entry:
        entry = message_type.fields_by_name
        return st.dictionaries(_one_value(entry["key"]), _one_value(entry["value"]), max_size=3)
    return st.lists(_one_value(field), max_size=3) if field.is_repeated else _one_value(field)


def _one_value(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return messages(field.message_type)
    if field.name == "route_index":
        return SMALL_INDEXES | _SCALARS[field.cpp_type]
    return _SCALARS[field.cpp_type]
