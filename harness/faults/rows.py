"""Constructors for the rows of the table of faults."""

from __future__ import annotations

from harness.faults.kinds import FaultKind, Unit
from harness.faults.parameters import Parameter


def row(name: str, units: tuple[Unit, ...], effect: str, real: str, *parameters: Parameter) -> FaultKind:
    """A fault that strikes at one item; see `FaultKind` for the arguments."""
    return FaultKind(name=name, units=units, effect=effect, real=real, parameters=parameters)


def row_between(name: str, units: tuple[Unit, ...], effect: str, real: str, *parameters: Parameter) -> FaultKind:
    """A fault that strikes at one item, or between two."""
    return FaultKind(name=name, units=units, effect=effect, real=real, parameters=parameters, between=True)


def parameter(name: str, parse: object, default: object, about: str) -> Parameter:
    """A parameter of a fault; see `Parameter` for the arguments."""
    return Parameter(name=name, parse=parse, default=default, about=about)  # pyright: ignore[reportArgumentType]
