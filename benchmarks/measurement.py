"""One thing measured on both sides, and its line in the printed table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """`starter` None: there is nothing to compare with. `target` says in words what Groundwork's number must reach.

    `lower_is_better` decides which way the ratio is taken: it always says how many times better Groundwork is.
    """

    name: str
    unit: str
    groundwork: float
    starter: float | None = None
    target: str = ""
    lower_is_better: bool = True

    @property
    def ratio(self) -> float | None:
        if self.starter is None or not self.groundwork or not self.starter:
            return None
        return self.starter / self.groundwork if self.lower_is_better else self.groundwork / self.starter


HEADER = f"{'':<58}{'Groundwork':>12}{'starter':>12}{'ratio':>9}   target"


def line(measured: Measurement) -> str:
    ratio = "" if measured.ratio is None else f"{measured.ratio:.1f} x"
    starter = "" if measured.starter is None else _number(measured.starter)
    return (
        f"{measured.name + ', ' + measured.unit:<58}{_number(measured.groundwork):>12}{starter:>12}{ratio:>9}"
        f"   {measured.target}"
    ).rstrip()


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
