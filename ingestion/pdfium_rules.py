"""Reads the ruling lines and rectangles of a PDF page, and whether it shows pictures."""

import ctypes
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2.raw as pdfium

from ingestion.pdf_affine import IDENTITY, Affine, Point
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

    def rules(self, affine: Affine) -> tuple[Rule, ...]:
        """The edges after a map made of quarter turns, so that straight stays straight."""
        rules = []
        for edge in self.edges:
            first, second = affine.at(edge.x0, edge.y0), affine.at(edge.x1, edge.y1)
            rules.append(
                Rule(
                    min(first.x, second.x),
                    min(first.y, second.y),
                    max(first.x, second.x),
                    max(first.y, second.y),
                )
            )
        return tuple(rules)


def read_drawing(page: pdfium.FPDF_PAGE) -> Drawing:
    reader = _Reader()
    reader.read_page(page)
    shows_pictures = reader.images > 0 or reader.paths > _PATHS_THAT_SHOW_SOMETHING
    return Drawing(tuple(reader.edges), shows_pictures, reader.large_images)


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
                self._read(shape, kind, IDENTITY, 0)

    def _read(self, shape: pdfium.FPDF_PAGEOBJECT, kind: int, outer: Affine, depth: int) -> None:
        self._seen += 1
        if self._seen > _MAX_OBJECTS:
            return
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
            self.images += 1
            left, bottom, right, top = self._bounds
            if pdfium.FPDFPageObj_GetBounds(shape, left, bottom, right, top):
                first, second = outer.at(left.value, bottom.value), outer.at(right.value, top.value)
                self.large_images += abs((second.x - first.x) * (second.y - first.y)) >= _LARGE_IMAGE
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            self._read_path(shape, outer)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = _placement(shape).then(outer)
            for index in range(pdfium.FPDFFormObj_CountObjects(shape)):
                child = pdfium.FPDFFormObj_GetObject(shape, index)
                child_kind = pdfium.FPDFPageObj_GetType(child)
                if child_kind != pdfium.FPDF_PAGEOBJ_TEXT:
                    self._read(child, child_kind, inner, depth + 1)

    def _read_path(self, path: pdfium.FPDF_PAGEOBJECT, outer: Affine) -> None:
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
                self._add_area(outer.at(left.value, bottom.value), outer.at(right.value, top.value))
        elif segments <= _MAX_SEGMENTS_OF_A_PATH:
            self._add_segments(path, segments, _placement(path).then(outer), filled)

    def _is_visible(self, path: pdfium.FPDF_PAGEOBJECT) -> bool:
        """White is what a page shows anyway: such rectangles are backgrounds, not cells."""
        red, green, blue, alpha = self._channels
        if not pdfium.FPDFPageObj_GetFillColor(path, red, green, blue, alpha):
            return True
        return alpha.value > 0 and (red.value, green.value, blue.value) != _WHITE

    def _add_area(self, first: Point, second: Point) -> None:
        left, right = min(first.x, second.x), max(first.x, second.x)
        bottom, top = min(first.y, second.y), max(first.y, second.y)
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

    def _add_segments(self, path: pdfium.FPDF_PAGEOBJECT, count: int, placement: Affine, filled: bool) -> None:
        """The straight lines of a path that draws many at once. A filled subpath is taken by its extent."""
        x, y = ctypes.c_float(), ctypes.c_float()
        points: list[Point] = []
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
                points.append(placement.at(x.value, y.value))
                if pdfium.FPDFPathSegment_GetClose(segment):
                    points.append(points[0])

    def _add_subpath(self, points: list[Point], filled: bool) -> None:
        if filled:
            xs, ys = [point.x for point in points], [point.y for point in points]
            self._add_area(Point(min(xs), min(ys)), Point(max(xs), max(ys)))
            return
        for first, second in pairwise(points):
            if abs(first.x - second.x) <= _MAX_THICKNESS or abs(first.y - second.y) <= _MAX_THICKNESS:
                self._add_area(first, second)


def _placement(shape: pdfium.FPDF_PAGEOBJECT) -> Affine:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(shape, ctypes.byref(matrix))
    return Affine(matrix.a, matrix.c, matrix.e, matrix.b, matrix.d, matrix.f)
