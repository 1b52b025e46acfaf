from __future__ import annotations

from typing import Any

import pytest

from planvault.adapters.engine.reference import ReferenceEngine
from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.content import InputContent, parameter_rows

ENGINE = ReferenceEngine()
BARE = InputContent.of({})
PLANNED = InputContent.of(
    {
        "parameters": parameter_rows(
            "planning",
            {
                "lt_unit": "week",
                "tolerance_abs": 0.5,
                "tolerance_rel": 0.01,
                "recon_window_days": 21,
                "default_anchor_policy": "DET_near",
                "carryover_mode": "auto",
            },
        )
    }
)


def test_without_anything_the_defaults_are_in_force() -> None:
    assert ENGINE.parameters({}, BARE) == {
        "round_mode": "int",
        "lt_unit": "day",
        "week_days": 7,
        "weeks": 4,
        "cutover_date": None,
        "recon_window_days": None,
        "anchor_policy": None,
        "blend_split_next": None,
        "blend_weight_mode": "tri",
        "apply_adjusted": False,
        "carryover": "none",
        "carryover_split": None,
        "max_adjust_ratio": None,
        "tol_abs": 1e-6,
        "tol_rel": 1e-6,
    }


def test_the_planning_parameters_of_the_input_set_come_before_defaults() -> None:
    parameters = ENGINE.parameters({}, PLANNED)

    assert parameters["lt_unit"] == "week"
    assert (parameters["tol_abs"], parameters["tol_rel"]) == (0.5, 0.01)
    assert parameters["recon_window_days"] == 21
    assert parameters["carryover"] == "auto"


def test_given_parameters_come_before_those_of_the_input_set() -> None:
    parameters = ENGINE.parameters({"lt_unit": "day", "tol_abs": 2, "recon_window_days": None}, PLANNED)

    assert parameters["lt_unit"] == "day"
    assert parameters["tol_abs"] == 2.0
    assert parameters["recon_window_days"] is None


def test_the_default_anchor_counts_only_with_a_cutover_date() -> None:
    assert ENGINE.parameters({}, PLANNED)["anchor_policy"] is None
    assert ENGINE.parameters({"cutover_date": "2025-06-15"}, PLANNED)["anchor_policy"] == "DET_near"


def test_a_given_null_anchor_overrides_the_default_one() -> None:
    given = {"cutover_date": "2025-06-15", "anchor_policy": None}

    assert ENGINE.parameters(given, PLANNED)["anchor_policy"] is None


def test_parameters_in_force_resolve_to_themselves() -> None:
    parameters = ENGINE.parameters({"cutover_date": "2025-06-15"}, PLANNED)

    assert ENGINE.parameters(parameters, PLANNED) == parameters


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("round_mode", "dec3"),
        ("lt_unit", "month"),
        ("week_days", 0),
        ("weeks", 54),
        ("weeks", True),
        ("weeks", 2.5),
        ("cutover_date", "2025-06-31"),
        ("cutover_date", "20250615"),
        ("recon_window_days", -1),
        ("blend_split_next", 1.01),
        ("blend_split_next", True),
        ("blend_weight_mode", "cubic"),
        ("apply_adjusted", 1),
        ("carryover", "all"),
        ("carryover_split", -0.1),
        ("max_adjust_ratio", float("inf")),
        ("tol_abs", -1e-9),
        ("tol_rel", float("nan")),
        ("tol_rel", "0.1"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"The parameter {name} is ") as refused:
        ENGINE.parameters({name: value}, BARE)

    assert refused.value.params == {"parameter": name}


@pytest.mark.parametrize("policy", ["AGG_far", "blend"])
def test_other_anchor_policies_can_be_reached(policy: str) -> None:
    given = {"anchor_policy": policy, "cutover_date": "2025-06-15"}

    assert ENGINE.parameters(given, BARE)["anchor_policy"] == policy


def test_an_unknown_anchor_policy_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="one of DET_near, AGG_far, blend"):
        ENGINE.parameters({"anchor_policy": "det_near", "cutover_date": "2025-06-15"}, BARE)


def test_an_adjustment_without_an_anchor_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="needs an anchor_policy"):
        ENGINE.parameters({"apply_adjusted": True, "cutover_date": "2025-06-15"}, BARE)


def test_an_anchor_without_a_cutover_date_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="needs a cutover_date"):
        ENGINE.parameters({"anchor_policy": "DET_near"}, BARE)


def test_an_unknown_parameter_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match="no parameter rounding") as refused:
        ENGINE.parameters({"rounding": "int"}, BARE)

    assert "round_mode" in str(refused.value.remedy)


def test_a_wrong_parameter_of_the_input_set_is_refused_by_its_own_name() -> None:
    inputs = InputContent.of({"parameters": parameter_rows("planning", {"tolerance_abs": "little"})})

    with pytest.raises(InvalidRequestError, match="planning parameter tolerance_abs"):
        ENGINE.parameters({}, inputs)
