"""Contrast of colours: known ratios, the nearest colour that passes, and the same on both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import contrast
from workspace.core import contrast as workspace_contrast

COLORS = st.binary(min_size=3, max_size=3).map(lambda parts: f"#{parts.hex()}")
LIGHT = ("#ffffff", "#fbfaf7")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.478),
        ("#767676", "#ffffff", 4.542),
        ("#0000ff", "#ffffff", 8.592),
        ("#ff0000", "#ffffff", 3.998),
        ("#FF0000", "#000000", 5.252),
    ],
)
def test_known_ratios(one: str, other: str, ratio: float) -> None:
    assert contrast.ratio(one, other) == pytest.approx(ratio, abs=0.001)
    assert contrast.ratio(other, one) == contrast.ratio(one, other)


@given(COLORS)
def test_the_nearest_color_passes_and_a_color_that_passes_stays(color: str) -> None:
    nearest = contrast.nearest(color, LIGHT)
    assert contrast.least(nearest, LIGHT) >= contrast.AA
    if contrast.least(color, LIGHT) >= contrast.AA:
        assert nearest == color


def test_the_nearest_color_is_one_step_past_what_fails() -> None:
    assert contrast.nearest("#777777", ("#ffffff",)) == "#767676"
    assert contrast.nearest("#222222", ("#222222",)) == "#898989"


@given(COLORS, COLORS)
def test_both_sides_agree(one: str, other: str) -> None:
    assert contrast.ratio(one, other) == workspace_contrast.ratio(one, other)
    assert contrast.nearest(one, LIGHT) == workspace_contrast.nearest(one, LIGHT)
