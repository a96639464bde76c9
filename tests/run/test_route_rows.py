"""Rows without a screen: in the summary, or alone with `--table text`."""

from __future__ import annotations

from muxbw_tui.run.route_rows import route_rows
from tests.run.happenings import (
    MIB,
    after,
    asked,
    done,
    established,
    failure,
    leg,
    phase,
    sample,
    setup_failed,
)

NO_PATH = "no disjoint path is left"


def test_routes_that_never_had_a_path_share_a_row() -> None:
    """Sixty equal rows would push the four that carried out of sight."""
    state = after(
        established(0.5, 0, path=("here", "osaka", "there")),
        *(setup_failed(0.001 * index, index, NO_PATH) for index in range(1, 64)),
        phase(1, "pump"),
        sample(2, leg(0, MIB)),
        done(3, routes=64),
        state=asked(64),
    )

    rows = route_rows(state, width=100)

    assert [row.split()[0] for row in rows] == ["#", "R0", "R1-R63", "└"]
    assert rows[2].split()[1:4] == ["✗", "set-up", "failed"]
    assert rows[3].strip() == f"└ {NO_PATH}"


def test_what_differs_does_not_share_a_row() -> None:
    """A route that had a path has a story of its own; another reason is another finding."""
    state = after(
        setup_failed(0, 0, NO_PATH),
        setup_failed(0, 1, "refused"),
        established(0.5, 2, path=("here", "osaka", "there")),
        established(0.5, 3, path=("here", "osaka", "there")),
        failure(1, 2, 0, NO_PATH),
        failure(1, 3, 0, NO_PATH),
        state=asked(4),
    )

    names = [row.split()[0] for row in route_rows(state, width=100) if row.lstrip().startswith("R")]

    assert names == ["R0", "R1", "R2", "R3"]


def test_columns_are_those_asked_for_in_their_order() -> None:
    """What a script cuts out by position must stand there."""
    state = after(established(0, 0), failure(1, 0, 5, "reset"), state=asked(1))

    rows = route_rows(state, ("received", "state", "error"), width=100)

    assert rows == ["Recv  State   Last error", " 5 B  ✗ died  reset"]
