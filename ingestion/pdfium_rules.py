"""Reads the ruling lines and rectangles of a PDF page, and whether it shows pictures."""

import ctypes
from dataclasses import dataclass

import pypdfium2.raw as pdfium

from ingestion.pdf_page import Rule

_MAX_THICKNESS = 3.0
_MIN_LENGTH = 5.0
_MAX_OBJECTS = 20_000
_MAX_RULES = 4_000
_MAX_SEGMENTS_OF_A_PATH = 1_000
_MAX_DEPTH = 4
# In square points: two by three inches may hold a table or a diagram, less is a logo or an icon.
_LARGE_IMAGE = 144.0 * 216.0
_WHITE = (255, 255, 255)
# A scan is an image; text turned into outlines is many paths. A few paths are decoration.
_PATHS_THAT_SHOW_SOMETHING = 20


@dataclass(frozen=True, slots=True)
class Edge:
    """In the page's user space."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Drawing:
    edges: tuple[Edge, ...]
    shows_pictures: bool
    large_images: int

    def rules(self, xx: float, xy: float, x0: float, yx: float, yy: float, y0: float) -> tuple[Rule, ...]:
        """The edges after an affine map made of quarter turns, so that straight stays straight."""
        rules = []
        for edge in self.edges:
            left, right = xx * edge.x0 + xy * edge.y0 + x0, xx * edge.x1 + xy * edge.y1 + x0
            top, bottom = yx * edge.x0 + yy * edge.y0 + y0, yx * edge.x1 + yy * edge.y1 + y0
            rules.append(Rule(min(left, right), min(top, bottom), max(left, right), max(top, bottom)))
        return tuple(rules)


def read_drawing(page: pdfium.FPDF_PAGE) -> Drawing:
    reader = _Reader()
    reader.read_page(page)
    return Drawing(tuple(reader.edges), reader.images > 0 or reader.paths > _PATHS_THAT_SHOW_SOMETHING, reader.large_images)


class _Reader:
    def __init__(self) -> None:
        self.edges: list[Edge] = []
        self.images = 0
        self.large_images = 0
        self.paths = 0
        self._seen = 0
        self._bounds = tuple(ctypes.c_float() for _ in range(4))
        self._channels = tuple(ctypes.c_uint() for _ in range(4))

    def read_page(self, page: pdfium.FPDF_PAGE) -> None:
        kind_of, get = pdfium.FPDFPageObj_GetType, pdfium.FPDFPage_GetObject
        for index in range(min(pdfium.FPDFPage_CountObjects(page), _MAX_OBJECTS)):
            shape = get(page, index)
            kind = kind_of(shape)
            if kind != pdfium.FPDF_PAGEOBJ_TEXT:
                self._read(shape, kind, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0)

    def _read(self, shape: pdfium.FPDF_PAGEOBJECT, kind: int, outer: tuple[float, ...], depth: int) -> None:
        self._seen += 1
        if self._seen > _MAX_OBJECTS:
            return
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
            self.images += 1
            left, bottom, right, top = self._bounds
            if pdfium.FPDFPageObj_GetBounds(shape, left, bottom, right, top):
                x0, y0 = _mapped(outer, left.value, bottom.value)
                x1, y1 = _mapped(outer, right.value, top.value)
                self.large_images += abs((x1 - x0) * (y1 - y0)) >= _LARGE_IMAGE
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            self._read_path(shape, outer)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = _combined(_matrix(shape), outer)
            for index in range(pdfium.FPDFFormObj_CountObjects(shape)):
                child = pdfium.FPDFFormObj_GetObject(shape, index)
                child_kind = pdfium.FPDFPageObj_GetType(child)
                if child_kind != pdfium.FPDF_PAGEOBJ_TEXT:
                    self._read(child, child_kind, inner, depth + 1)

    def _read_path(self, path: pdfium.FPDF_PAGEOBJECT, outer: tuple[float, ...]) -> None:
        fill_mode, stroked = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(path, ctypes.byref(fill_mode), ctypes.byref(stroked))
        filled = fill_mode.value != 0 and self._is_visible(path)
        if not filled and not stroked.value:
            return
        self.paths += 1
        if len(self.edges) > _MAX_RULES:
            return
        segments = pdfium.FPDFPath_CountSegments(path)
        if segments <= 5:
            left, bottom, right, top = self._bounds
            if pdfium.FPDFPageObj_GetBounds(path, left, bottom, right, top):
                self._add_area(*_mapped(outer, left.value, bottom.value), *_mapped(outer, right.value, top.value))
        elif segments <= _MAX_SEGMENTS_OF_A_PATH:
            self._add_segments(path, segments, _combined(_matrix(path), outer), filled)

    def _is_visible(self, path: pdfium.FPDF_PAGEOBJECT) -> bool:
        """White is what a page shows anyway: such rectangles are backgrounds, not cells."""
        red, green, blue, alpha = self._channels
        if not pdfium.FPDFPageObj_GetFillColor(path, red, green, blue, alpha):
            return True
        return alpha.value > 0 and (red.value, green.value, blue.value) != _WHITE

    def _add_area(self, x0: float, y0: float, x1: float, y1: float) -> None:
        left, right, bottom, top = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        width, height = right - left, top - bottom
        if height <= _MAX_THICKNESS:
            if width >= _MIN_LENGTH:
                middle = (top + bottom) / 2
                self.edges.append(Edge(left, middle, right, middle))
        elif width <= _MAX_THICKNESS:
            if height >= _MIN_LENGTH:
                middle = (left + right) / 2
                self.edges.append(Edge(middle, bottom, middle, top))
        elif width >= _MIN_LENGTH and height >= _MIN_LENGTH:
            self.edges.append(Edge(left, bottom, right, bottom))
            self.edges.append(Edge(left, top, right, top))
            self.edges.append(Edge(left, bottom, left, top))
            self.edges.append(Edge(right, bottom, right, top))

    def _add_segments(
        self, path: pdfium.FPDF_PAGEOBJECT, count: int, matrix: tuple[float, ...], filled: bool
    ) -> None:
        """The straight lines of a path that draws many at once. A filled subpath is taken by its extent."""
        x, y = ctypes.c_float(), ctypes.c_float()
        points: list[tuple[float, float]] = []
        curved = False
        for index in range(count + 1):
            segment = pdfium.FPDFPath_GetPathSegment(path, index) if index < count else None
            kind = pdfium.FPDFPathSegment_GetType(segment) if segment else pdfium.FPDF_SEGMENT_MOVETO
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                if not curved and len(points) > 1:
                    self._add_subpath(points, filled)
                points, curved = [], False
            curved = curved or kind == pdfium.FPDF_SEGMENT_BEZIERTO
            if segment and pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
                points.append(_mapped(matrix, x.value, y.value))
                if pdfium.FPDFPathSegment_GetClose(segment):
                    points.append(points[0])

    def _add_subpath(self, points: list[tuple[float, float]], filled: bool) -> None:
        if filled:
            xs, ys = [point[0] for point in points], [point[1] for point in points]
            self._add_area(min(xs), min(ys), max(xs), max(ys))
            return
        for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
            if abs(x0 - x1) <= _MAX_THICKNESS or abs(y0 - y1) <= _MAX_THICKNESS:
                self._add_area(x0, y0, x1, y1)


def _matrix(shape: pdfium.FPDF_PAGEOBJECT) -> tuple[float, ...]:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(shape, ctypes.byref(matrix))
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _combined(first: tuple[float, ...], then: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _mapped(matrix: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
