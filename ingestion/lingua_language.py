"""Tells the language of a text with lingua, whose models come with its package."""

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

_SAMPLE = 600
_SURE = 0.5

_TAKEN_FOR = (
    Language.ESPERANTO,
    Language.GANDA,
    Language.LATIN,
    Language.SHONA,
    Language.SOTHO,
    Language.TSONGA,
    Language.TSWANA,
    Language.XHOSA,
    Language.YORUBA,
    Language.ZULU,
)
"""What lists of names in any language are mistaken for with full confidence; words of these are not stemmed anyway."""


class LinguaLanguageDetector:
    """Implements `ingestion.ingest.LanguageDetector`."""

    def __init__(self) -> None:
        self._detector: LanguageDetector | None = None

    def detect(self, text: str) -> str:
        sample = text[:_SAMPLE]
        if sum(character.isalpha() for character in sample) < 20:
            return "und"
        if self._detector is None:
            self._detector = (
                LanguageDetectorBuilder.from_all_languages_without(*_TAKEN_FOR).with_low_accuracy_mode().build()
            )
        best = self._detector.compute_language_confidence_values(sample)[0]
        return best.language.iso_code_639_1.name.lower() if best.value >= _SURE else "und"
