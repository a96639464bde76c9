"""What is written in flags and forms, and the request that it stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import RunRequest, Via
from muxbw_tui.run.parameters import PARAMETERS, disagreement, parse_span_ns, span_text
from muxbw_tui.units import NS_PER_S

BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
WEEK_NS = 7 * 86_400 * NS_PER_S


@given(st.integers(0, WEEK_NS))
def test_a_duration_that_was_written_is_read_as_the_same(span_ns: int) -> None:
    """A form that is confirmed without a change must ask for what was asked before."""
    assert parse_span_ns(span_text(span_ns), zero=True) == span_ns


def test_durations_are_written_as_people_write_them() -> None:
    """Nobody types nanoseconds."""
    spans_s = [30, 90, 0.1, 1.5, 7200]
    assert [span_text(round(span_s * 1e9)) for span_s in spans_s] == [
        "30s",
        "1m30s",
        "100ms",
        "1s500ms",
        "2h",
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("target", "there", RunRequest(target_pk="there")),
        ("routes", "8", RunRequest(routes=8)),
        ("duration", "1m30s", RunRequest(duration_ns=90 * NS_PER_S)),
        ("size", "64", RunRequest(packet_size_kb=64)),
        ("window", "16", RunRequest(window=16)),
        ("window", "auto", RunRequest(window_mode="auto")),
        ("min-hops", "0", RunRequest()),
        ("max-hops", "3", RunRequest(max_hops=3)),
        (
            "hops-via",
            "osaka,lima; ; tokyo",
            RunRequest(hops_via=[Via(nodes=["osaka", "lima"]), Via(), Via(nodes=["tokyo"])]),
        ),
        ("warm-up", "500ms", RunRequest(warm_up_ns=500_000_000)),
        ("idle-baseline", "0", RunRequest()),
        ("probe-rtt", "yes", RunRequest(probe_rtt=True)),
        ("io-timeout", "10s", RunRequest(io_timeout_ns=10 * NS_PER_S)),
    ],
)
def test_each_parameter_is_written_into_the_request_and_read_again(
    name: str, text: str, expected: RunRequest
) -> None:
    """One list for the form, held to the contract's fields."""
    request = RunRequest(
        window=1, window_mode="fill", hops_via=[Via(nodes=["x"])], min_hops=2, max_hops=0, warm_up_ns=1
    )
    parameter, again = BY_NAME[name], RunRequest()
    parameter.write(request, text)
    parameter.write(again, parameter.read(request))

    assert parameter.read(request) == parameter.read(expected)
    assert again == expected


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)
def test_an_empty_text_asks_for_the_default(parameter: object) -> None:
    """Whoever clears a field wants what the program would do by itself."""
    assert isinstance(parameter, type(PARAMETERS[0]))
    request = RunRequest()
    parameter.write(request, "")

    assert request == RunRequest()
    assert parameter.read(request) == ""


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("routes", "0", "whole number from 1"),
        ("routes", "4.5", "whole number from 1"),
        ("routes", str(2**31), "at most 2147483647"),
        ("routes", "9" * 5000, "at most 2147483647"),
        ("min-hops", "-1", "whole number from 0"),
        ("duration", "30", "write 30s, 1m30s or 100ms"),
        ("duration", "0", "more than 0"),
        ("warm-up", "0", "more than 0"),
        ("duration", "99999999999h", "that can be said"),
        ("window", "full", "a number of blocks from 1, auto or fill"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_what_would_be(name: str, text: str, words: str) -> None:
    """The sentence stands beside the field, and must be enough to mend it."""
    with pytest.raises(ValueError, match=words):
        BY_NAME[name].write(RunRequest(), text)


def test_parameters_that_contradict_each_other_are_named() -> None:
    """Each is fine by itself."""
    assert disagreement(RunRequest(min_hops=3, max_hops=2)) == (
        "max-hops",
        "it must be at least the 3 of min hops",
    )
    two = disagreement(RunRequest(routes=1, hops_via=[Via(nodes=["osaka"]), Via()]))
    assert two is not None
    assert two[0] == "hops-via"
    assert disagreement(RunRequest(min_hops=3, routes=2, hops_via=[Via(), Via()])) is None
