"""What a route's own screen says: every word from the state, nothing made up where the state has nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.tui.copying import copyables
from muxbw_tui.tui.route_facts import fact_lines
from tests.run.happenings import (
    KEYS,
    MIB,
    after,
    established,
    failure,
    hops,
    leg,
    lifecycle,
    phase,
    plan,
    restarting,
    sample,
    setup_failed,
    started,
)

if TYPE_CHECKING:
    from muxbw_tui.run.state import RunState


def restarted() -> RunState:
    """Return a run whose route 0 carried 1 MiB, died at 3 s, and carries again from 5 s on."""
    path = ("here", "osaka", "there")
    return after(
        started(),
        plan(0.1, {0: hops(*path)}),
        established(0.5, 0, path=path),
        phase(1, "pump", planned_s=30),
        sample(2, leg(0, MIB, rate_bps=8e6)),
        sample(3, leg(0, MIB)),
        failure(3, 0, MIB, "read echo: connection reset by peer"),
        restarting(4, 0, 2),
        sample(5, leg(0, MIB, alive=False)),
        established(5, 0, path=path, setup_s=0.2),
        sample(6, leg(0, MIB)),
        sample(7, leg(0, 3 * MIB, rate_bps=16e6)),
    )


def texts(state: RunState) -> list[str]:
    """Return the lines about route 0."""
    return ["".join(span.text for span in line).rstrip() for line in fact_lines(state.routes[0], state)]


def test_the_path_is_told_hop_by_hop_with_whole_keys() -> None:
    """A short key cannot be pasted anywhere."""
    lines = texts(restarted())

    for name in ("here", "osaka", "there"):
        assert any(line.split() == [name, KEYS[name]] for line in lines)
    assert sum("↓ stcpr" in line for line in lines) == 2


def test_an_attempt_that_somebody_stopped_says_when_and_of_no_dead_time() -> None:
    """It did not end when the route joined again, and it was no fault."""
    state = after(
        established(0.5, 0),
        phase(1, "pump"),
        sample(2, leg(0, MIB)),
        lifecycle(3, 0, "dropped"),
        restarting(18, 0, 2),
        established(18.1, 0),
    )
    lines = texts(state)

    first = lines[lines.index("Attempts") + 1]
    assert first.strip() == "#1  set up in 100.0 ms at +0:00 · carried 1.00 MiB · stopped at +0:02"


def test_attempts_tell_what_each_carried_and_how_it_ended() -> None:
    """Counters go on over restarts, so an attempt's own part has to be worked out."""
    lines = texts(restarted())
    first, second = lines[lines.index("Attempts") + 1 :]

    assert first.strip() == (
        "#1  set up in 100.0 ms at +0:00 · carried 1.00 MiB · ended at +0:03"
        " · then dead for 2.00 s · read echo: connection reset by peer"
    )
    assert second.strip() == "#2  set up in 200.0 ms at +0:05 · carried 2.00 MiB"


def test_both_rates_are_given_with_the_dead_time_between_them() -> None:
    """What the path can do, and what the run got of it: 3 MiB over 4 s, and over 6 s."""
    (line,) = [line for line in texts(restarted()) if line.startswith("Average")]

    assert line == "Average   6.3 Mbit/s while it carried · 4.2 Mbit/s with 2.00 s of dead time"
    assert any("3.00 MiB sent · 16.0 Mbit/s now" in line for line in texts(restarted()))


def test_time_before_the_pump_and_time_out_of_it_on_purpose_are_none_in_which_it_carried() -> None:
    """A route that came up late showed several times the rate that it had, one that was taken out for a while less."""
    late = after(
        started(),
        setup_failed(1, 0),
        phase(1, "idle_baseline"),
        phase(11, "pump"),
        established(14, 0),
        *(sample(second, leg(0, (second - 14) * MIB), began_s=11) for second in range(15, 25)),
    )
    taken_out = after(
        started(),
        established(0.5, 0),
        phase(1, "pump"),
        *(sample(second, leg(0, (second - 1) * MIB)) for second in range(2, 12)),
        lifecycle(11, 0, "dropped"),
        *(sample(second, leg(0, 10 * MIB, alive=False)) for second in range(12, 22)),
    )

    for state in (late, taken_out):
        assert any("Average   8.4 Mbit/s while it carried" in line for line in texts(state))


def test_a_route_that_nothing_is_known_of_says_so() -> None:
    """Empty headings would look like a fault of the screen."""
    lines = texts(after(started()))

    assert "  no event has named it" in lines
    assert "  none yet" in lines
    assert any(line.startswith("Carried   n/a") for line in lines)


def test_text_from_outside_stays_on_its_line() -> None:
    """An error may hold escapes, markup and line breaks."""
    state = after(established(0.5, 0), failure(3, 0, MIB, "[red]\x1b[31mbad\n\tthing" + "x" * 10_000))

    assert all(line.isprintable() for line in texts(state))
    assert any("[red] bad thing" in line for line in texts(state))


def test_what_can_be_copied_is_whole() -> None:
    """The row, the error as it came, every key, the run's id."""
    state = restarted()
    found = {item.label: item.text for item in copyables(state.routes[0], state)}

    assert found["error"] == "read echo: connection reset by peer"
    assert found["key of osaka"] == KEYS["osaka"]
    assert found["run id"] == "r-1"
    assert "here→osaka→there" in found["row"].split("\t")
