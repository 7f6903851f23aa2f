"""Judge whether a connection states its options' costs per share, as documented, or per contract.

A cost that is over tenfold away from the price, and nearer to it in the other reading, is not believed. The other
reading is used only if at least three options of the connection and their median agree on it.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from tidings.decimals import exact_quotient, ratio
from tidings.holdings import Holding, Valuation

_FAR = 10
_AGREEING = 3
_PER_CONTRACT = "The broker states the cost of options per contract, as their prices show."
_UNKNOWN = "The broker's cost does not fit the price, so the cost is not shown."


class _Option(NamedTuple):
    """An option whose cost can be compared with its price. `relative_cost`: the stated cost, in units of the price."""

    holding: Holding
    cost_basis: Decimal
    relative_cost: Decimal
    multiplier: Decimal


def judge_option_costs(holdings: Sequence[Holding]) -> tuple[Holding, ...]:
    """Correct the costs of a connection's options, or leave out those that can't be right."""
    options = [_comparable(holding) for holding in holdings]
    per_contract = _is_per_contract([option for option in options if option is not None])
    return tuple(
        holding if option is None else _judge(option, per_contract)
        for holding, option in zip(holdings, options, strict=True)
    )


def _comparable(holding: Holding) -> _Option | None:
    multiplier = holding.option.multiplier if holding.option else None
    if not multiplier or multiplier == 1 or not holding.cost_basis or not holding.value:
        return None
    return _Option(holding, holding.cost_basis, ratio(holding.cost_basis, holding.value), multiplier)


def _is_per_contract(options: Sequence[_Option]) -> bool:
    costs = [option.relative_cost for option in options]
    others = [option.relative_cost / option.multiplier for option in options]
    if sum(map(_is_implausible, costs, others)) < _AGREEING:
        return False
    from statistics import median  # takes 3 ms of every start, and few connections come here

    return _is_implausible(median(costs), median(others))


def _judge(option: _Option, is_per_contract: bool) -> Holding:
    holding, cost, other = option.holding, option.relative_cost, option.relative_cost / option.multiplier
    if is_per_contract:
        if _is_implausible(other, cost):
            return _noted(replace(holding, cost_basis=None), "cost_unknown", _UNKNOWN)
        basis = exact_quotient(option.cost_basis, option.multiplier)
        return _noted(replace(holding, cost_basis=basis), "cost_per_contract", _PER_CONTRACT)
    if _is_implausible(cost, other):
        return _noted(replace(holding, cost_basis=None), "cost_unknown", _UNKNOWN)
    return holding


def _is_implausible(cost: Decimal, other: Decimal) -> bool:
    """Whether the cost is over tenfold away from the price, and the other reading is nearer."""
    return _factor(cost) > _FAR and _factor(other) < _factor(cost)


def _factor(relative: Decimal) -> Decimal:
    return max(relative, 1 / relative)


def _noted(holding: Holding, reading: str, detail: str) -> Holding:
    before = holding.valuation
    if before is not None:
        return replace(holding, valuation=replace(before, detail=f"{before.detail} {detail}"))
    return replace(holding, valuation=Valuation(reading, "convention", detail))
