"""Recognises text in documents that gives orders to whoever writes the answer. It is never obeyed, nor quoted."""

import re

_REPLY = r"(?:answer|answers|response|responses|reply|replies|output|completion|summary)"
_ORDER = (
    r"(?:please\s+|also\s+|always\s+|now\s+|then\s+|and\s+)*"
    r"(?:add|append|answer|augment|begin|combine|compose|conclude|convert|craft|disregard|draft|encode|encrypt|end|enhance|"
    r"finish|forget|ignore|include|incorporate|insert|integrate|mention|misspell|modify|output|place|print|provide|put|"
    r"rearrange|remove|render|repeat|replace|reply|respond|return|reveal|rewrite|say|scramble|send|show|start|state|"
    r"substitute|suggest|swap|tell|translate|use|weave|write)\b"
)
_SIGNS = (
    rf"(?:^|[.!?:;\n\"“(]\s*){_ORDER}[^.!?\n]{{0,120}}\b(?:your|the|this|any|every|each)\s+(?:\w+\s+)?{_REPLY}\b",
    rf"\bin(?:to)? your {_REPLY}\b[^.!?\n]{{0,80}}",
    rf"\b(?:your|the) {_REPLY} (?:has|have|needs?|ought) to (?:contain|include|end|begin|start|mention|say|be)\b",
    rf"\byour {_REPLY} (?:must|should|shall|will)\b",
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}"
    r"\b(?:instructions?|prompts?|rules|guidelines|guardrails|everything above)\b",
    r"\b(?:system|developer) (?:prompt|message)\b[^.!?\n]{0,60}\b(?:reveal|print|show|repeat|ignore)\b",
    r"\b(?:reveal|print|show|repeat|output) (?:your|the) (?:system|developer|hidden|initial) "
    r"(?:prompt|message|instructions?)\b",
    r"\b(?:you are|act as|pretend to be|behave as) (?:now )?(?:an? )?(?:\w+ )?"
    r"(?:ai|assistant|chatbot|language model|llm|dan)\b",
    r"\b(?:as an?|dear|attention,?|note to(?: the)?|hey,?) (?:ai|assistant|chatbot|language model|llm)\b",
    r"\bnew instructions?\s*:",
    r"\bignorier\w*\b[^.!?\n]{0,40}\b(?:anweisung|vorgab|regel)\w*",
    r"\bignore[rz]?\b[^.!?\n]{0,40}\b(?:instructions|consignes)\b",
    r"\bignor\w+\b[^.!?\n]{0,40}\b(?:instrucciones|istruzioni|instruções)\b",
    r"忽略.{0,12}(?:指令|指示|说明)",
)
_PATTERN = re.compile("|".join(f"(?:{sign})" for sign in _SIGNS), re.IGNORECASE)


def addresses_a_model(text: str) -> bool:
    """Whether the text orders an answer to be written in some way. Also true of text that says the same to people."""
    return _PATTERN.search(text) is not None
