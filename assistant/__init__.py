"""Answers from the corpus: composing, verification and the decision whether to answer at all."""
