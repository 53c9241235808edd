"""Calibration of the key gate: what each signal weighs, and from which score on a key is believed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from authoring.option_signals import OptionSignals
from authoring.truth_signals import TruthSignals


@dataclass(frozen=True, slots=True)
class KeyCalibration:
    """`options` and `truth` weigh the signals in the order of their fields; `truth_bias` is of no signal.

    An item whose `nearness` to the material is below `least_nearness` asks for something that the material does not
    speak of; a key with less than `least_score` is not the one that the evidence supports.
    """

    options: tuple[float, ...]
    truth: tuple[float, ...]
    truth_bias: float
    least_score: float
    least_nearness: float

    def support(self, signals: OptionSignals) -> float:
        """Of one option; only differences between the options of an item mean something."""
        return _dot(self.options, signals.values)

    def truth_of(self, signals: TruthSignals) -> float:
        """How likely a statement is true, 0 to 1."""
        return 1 / (1 + math.exp(-_dot(self.truth, signals.values) - self.truth_bias))


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


# Fitted by scripts/fit_item_keys.py; docs/decisions/0014-quiz-gates.md has the curve.
FITTED = KeyCalibration(
    options=(1.965, 1.611, 3.533, -1.486, 0.687, 1.998, 7.25),
    truth=(2.16, -0.836, 9.866, 3.816),
    truth_bias=-3.831,
    least_score=0.438,
    least_nearness=0.509,
)
