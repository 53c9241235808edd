"""Takes secrets out of what is about to be written down: those that are known, and whatever looks like one."""

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[hidden]"
_SHORTEST = 4
"""A known secret shorter than this would take letters out of ordinary words and hide nothing."""

_TOKENS = (
    r"\bgw_[A-Za-z0-9_\-]{6,}",
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_\-]{8,}",
    r"\b(?:gh[opsur]_|github_pat_|glpat-|hf_|xox[abeoprs]-)[A-Za-z0-9_\-]{8,}",
    r"\bAKIA[0-9A-Z]{12,}",
    r"\bAIza[0-9A-Za-z_\-]{20,}",
    r"\beyJ[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?",
    r"\$argon2[a-z]{1,2}\$[^\s\"']+",
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
)
_TOKEN = re.compile("|".join(_TOKENS))

_HEADER_NAMES = r"authorization|cookie|x-api-key|api-key|x-groundwork-token"
_HEADER = re.compile(
    rf"(?P<name>\b(?:proxy-|set-)?(?:{_HEADER_NAMES})\b[\"']?\s*(?:[:=]|,\s*b?(?=[\"']))\s*)"
    r"(?:b?\"(?:[^\"\\\n]|\\.)*\"|b?'(?:[^'\\\n]|\\.)*'|[^\"'\n][^\n\"'}\]]*)",
    re.IGNORECASE,
)
"""A header as it is sent, in a dictionary, or as a pair. Cookies and challenges have several parts: to the end."""

_SCHEME = re.compile(r"(?P<name>\b(?:bearer|basic|digest)\s+)[A-Za-z0-9._~+/=\-]{8,}", re.IGNORECASE)

_NAMES = (
    r"api[_-]?key|access[_-]?key|(?:access|refresh|id|auth|session|form)[_-]?token|token|client[_-]?secret|secret|"
    r"password|passwd|pwd|passphrase|code[_-]?verifier"
)
_FIELD = re.compile(
    rf"(?P<name>(?:\b|_)(?:{_NAMES})[\"']?\s*[:=]\s*)(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'&,;)}}\]]+)", re.IGNORECASE
)

_IN_URL = re.compile(r"(?P<name>\b[a-z][a-z0-9+.\-]{0,30}://[^\s/@:\"']*:)[^\s/@\"']+(?=@)", re.IGNORECASE)


class Redaction:
    """The last line of defence: nothing should have put a secret into a message in the first place."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, safe=""))}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        # Addresses before fields, so that what follows the password in an address is still told.
        for pattern in (_IN_URL, _HEADER, _SCHEME, _FIELD):
            text = pattern.sub(rf"\g<name>{HIDDEN}", text)
        return _TOKEN.sub(HIDDEN, text)
