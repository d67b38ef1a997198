"""Faults: what a network or a service does wrong, as rules that apply to the answers of any stage.

`harness.faults.rule.FaultRule` is one rule, `harness.faults.table.FAULTS` lists what there is, and
`harness.faults.stage.Faults` applies rules to the answers of another stage.
"""

from __future__ import annotations

from harness.faults.parsing import parse_rule, parse_rules
from harness.faults.rule import FaultRule, FaultRuleError
from harness.faults.stage import Faults

__all__ = ["FaultRule", "FaultRuleError", "Faults", "parse_rule", "parse_rules"]
