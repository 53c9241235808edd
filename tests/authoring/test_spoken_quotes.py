"""Of a conversation, what is worth reading."""

from authoring.spoken_quotes import best_exchanges, exchanges
from authoring.stumbling import stumbles
from authoring.teaching_material import Paragraph, read_sections
from corpus.chunk import ChunkKind
from tests.authoring.drafting import a_document
from tests.fakes import WordEmbedder

SAID = (
    "Guest: Why does the oil heater run for so long?\n"
    "Ruth: The oil soaks itself full of the refrigerant when the machine stands still, and the heater drives it "
    "out again.\n"
    "Guest: Mm, yeah.\n"
    "Ruth: The foam in the oil ruins the bearings of the machine within a year.\n"
    "Guest: Um um we we c could uh I d- I think th the the the uh the thing is um what you you know w what it is.\n"
    "Ruth: A new colleague should write down pressures and temperatures every ten minutes, because notes help."
)


def turns() -> list[Paragraph]:
    sections = read_sections(a_document(("", SAID), kind=ChunkKind.TRANSCRIPT))
    return [paragraph for section in sections for paragraph in section.paragraphs]


def test_an_answer_comes_with_its_question_and_a_listener_does_not_cut_it() -> None:
    first = exchanges(turns())[0]
    assert [one.text for one in first.question] == ["Guest: Why does the oil heater run for so long?"]
    assert len(first.answer) == 2


def test_stumbling_is_not_quoted() -> None:
    said = " ".join(exchange.text for exchange in exchanges(turns()))
    assert "um we we" not in said
    assert stumbles("Um we we c could uh say so.") > 0.3
    assert stumbles("The heater runs for twelve hours.") == 0


def test_the_best_come_in_the_order_in_which_they_are_said() -> None:
    found = best_exchanges(turns(), turns(), WordEmbedder(), None)
    places = [exchange.answer[0].span.start for exchange in found]
    assert places == sorted(places)
    assert found
