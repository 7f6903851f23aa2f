"""Judge whether a connection states its options' costs per share, as documented, or per contract.

A cost that is over tenfold away from the price, and nearer to it in the other reading, is not believed. The other
reading is used only if at least three options of the connection and their median agree on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from statistics import median

from tidings.decimals import exact_quotient, ratio
from tidings.model import Holding, Valuation

_FAR = 10
_AGREEING = 3
_PER_CONTRACT = "The broker states the cost of options per contract, as their prices show."
_UNKNOWN = "The broker's cost does not fit the price, so the cost is not shown."


def judge_option_costs(holdings: Sequence[Holding]) -> tuple[Holding, ...]:
    """Correct the costs of a connection's options, or leave out those that can't be right."""
    per_contract = _is_per_contract([holding for holding in holdings if _is_comparable(holding)])
    return tuple(_judge(holding, per_contract) if _is_comparable(holding) else holding for holding in holdings)


def _is_comparable(holding: Holding) -> bool:
    has_multiplier = holding.option is not None and bool(holding.option.multiplier) and holding.option.multiplier != 1
    return has_multiplier and bool(holding.cost_basis) and bool(holding.value)


def _is_per_contract(options: Iterable[Holding]) -> bool:
    costs = [(_relative_cost(option), _multiplier(option)) for option in options]
    if sum(_is_implausible(cost, cost / multiplier) for cost, multiplier in costs) < _AGREEING:
        return False
    return _is_implausible(median(cost for cost, _ in costs), median(cost / multiplier for cost, multiplier in costs))


def _judge(holding: Holding, is_per_contract: bool) -> Holding:
    cost, multiplier = _relative_cost(holding), _multiplier(holding)
    if is_per_contract:
        if _is_implausible(cost / multiplier, cost):
            return _noted(replace(holding, cost_basis=None), "cost_unknown", _UNKNOWN)
        basis = exact_quotient(holding.cost_basis or Decimal(0), multiplier)
        return _noted(replace(holding, cost_basis=basis), "cost_per_contract", _PER_CONTRACT)
    if _is_implausible(cost, cost / multiplier):
        return _noted(replace(holding, cost_basis=None), "cost_unknown", _UNKNOWN)
    return holding


def _is_implausible(cost: Decimal, other: Decimal) -> bool:
    """Whether the cost is over tenfold away from the price, and the other reading is nearer."""
    return _factor(cost) > _FAR and _factor(other) < _factor(cost)


def _factor(relative: Decimal) -> Decimal:
    return max(relative, 1 / relative)


def _relative_cost(option: Holding) -> Decimal:
    """Return the stated cost as a multiple of the price."""
    return ratio(option.cost_basis or Decimal(0), option.value or Decimal(1))


def _multiplier(option: Holding) -> Decimal:
    return (option.option and option.option.multiplier) or Decimal(1)


def _noted(holding: Holding, reading: str, detail: str) -> Holding:
    before = holding.valuation
    if before is not None:
        return replace(holding, valuation=replace(before, detail=f"{before.detail} {detail}"))
    return replace(holding, valuation=Valuation(reading, "convention", detail))
