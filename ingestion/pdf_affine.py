"""Maps points from one coordinate system of a PDF page to another."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = xx * x + xy * y + x0 and y' = yx * x + yy * y + y0."""

    xx: float
    xy: float
    x0: float
    yx: float
    yy: float
    y0: float

    def at(self, x: float, y: float) -> Point:
        return Point(self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0)

    def then(self, outer: "Affine") -> "Affine":
        """This map followed by `outer`."""
        return Affine(
            outer.xx * self.xx + outer.xy * self.yx,
            outer.xx * self.xy + outer.xy * self.yy,
            outer.xx * self.x0 + outer.xy * self.y0 + outer.x0,
            outer.yx * self.xx + outer.yy * self.yx,
            outer.yx * self.xy + outer.yy * self.yy,
            outer.yx * self.x0 + outer.yy * self.y0 + outer.y0,
        )

    def turned(self, turn: int, width: float, height: float) -> "Affine":
        """Followed by turning the result, of the given size, back by `turn` clockwise quarter turns."""
        if turn == 1:
            return Affine(self.yx, self.yy, self.y0, -self.xx, -self.xy, width - self.x0)
        if turn == 2:
            return Affine(-self.xx, -self.xy, width - self.x0, -self.yx, -self.yy, height - self.y0)
        if turn == 3:
            return Affine(-self.yx, -self.yy, height - self.y0, self.xx, self.xy, self.x0)
        return self


IDENTITY = Affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
