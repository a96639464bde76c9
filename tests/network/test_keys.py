"""Public keys: what counts as one."""

from __future__ import annotations

import pytest

from muxbw_tui.network.keys import is_public_key

GENERATOR_X = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"


@pytest.mark.parametrize("prefix", ["02", "03"])
def test_the_curve_s_generator_is_a_key_in_either_parity(prefix: str) -> None:
    """A real key of a real visor must be taken, in upper case too."""
    assert is_public_key(prefix + GENERATOR_X)
    assert is_public_key((prefix + GENERATOR_X).upper())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "02",
        "04" + GENERATOR_X,
        "02" + GENERATOR_X[:-1],
        "02" + GENERATOR_X + "0",
        "02" + GENERATOR_X[:-1] + "g",
        "02" + "f" * 64,  # x is beyond the field
        "02" + f"{5:064x}",  # 5³ + 7 has no square root
        " 2" + GENERATOR_X,
        "02" + GENERATOR_X + "\n",
    ],
)
def test_what_is_no_point_of_the_curve_is_no_key(text: str) -> None:
    """A mistyped target must be refused before a route is planned to it."""
    assert not is_public_key(text)
