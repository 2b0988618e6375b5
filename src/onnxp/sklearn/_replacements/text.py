"""Replacements in ``sklearn.feature_extraction``: tokens of text by the operators of the runtime.

Tokenizer, of the domain ``com.microsoft``, finds tokens by regular expressions of RE2, and TfIdfVectorizer
counts n-grams of them. Letters and numbers are those of Unicode, as in Python.

StringNormalizer makes each letter lowercase by itself. Python makes two letters of a dotted capital I, and
another sigma at the end of a word than elsewhere. Words with the latter are mapped to those of Python.
"""

from __future__ import annotations

import copy
import functools
import re
import sys
import unicodedata
from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src.dtypes import from_numpy, string
from onnxp._src.numpy.text import joined
from onnxp._src.shapes import dims
from onnxp.errors import EstimatorError
from onnxp.sklearn._column import Column
from onnxp.sklearn._lookup import look_up
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._regular import SPACE, WORD
from onnxp.sklearn._terms import LEAST, Terms, counted, note, parts_of
from onnxp.sklearn._validity import is_collecting, require

_TEXT = "sklearn.feature_extraction.text"
_PAD = "\x01"
_ATOM = re.compile(r"(\\w|\\S|\[\^?(?:\\[wsd\-]|[^\\\]\[])+\])(\+|\{\d+(?:,\d*)?\})?")
_CLASSES = {r"\w": WORD, r"\s": SPACE, r"\d": r"\p{Nd}", r"\-": r"\-"}


@replaces(f"{_TEXT}:CountVectorizer.transform", reason="It counts in a loop (1.9.1, text.py:1266).")
def _counts(xp: ModuleType, /, vectorizer: Any, raw_documents: Any) -> Any:
    vectorizer._validate_vocabulary()
    vectorizer = _without_functions(vectorizer)
    _check_options(vectorizer)
    documents = raw_documents.to_numpy() if isinstance(raw_documents, Column) else raw_documents
    if documents.dtype is not string or documents.ndim != 1:
        raise EstimatorError(
            f"{type(vectorizer).__name__}.transform takes text of shape (N,), not {documents.dtype}"
            f"{[*documents.shape]}"
        )
    rows = documents.shape[0]
    if vectorizer.lowercase:
        if is_collecting():
            letters = "İ" if vectorizer.analyzer == "word" else "İΣ"
            require(~xp.onnx.op("RegexFullMatch", documents, pattern=f"(?s).*[{letters}].*"))
        documents = _lowered(xp, _of_some(xp, documents))
    else:
        documents = _of_some(xp, documents)
    if vectorizer.strip_accents is not None:
        documents = _without_accents(xp, vectorizer, documents)
    tokens, terms = _TOKENS[vectorizer.analyzer](xp, vectorizer, documents)
    width = len(vectorizer.vocabulary_)
    counts = _n_grams(xp, tokens, terms, width)
    with_edges = vectorizer.analyzer == "char_wb" and vectorizer.ngram_range[0] == 1
    if with_edges:
        counts = _with_edges(xp, vectorizer, tokens, counts)
    if vectorizer.binary:
        counts = counts > 0
    dtype = from_numpy(np.dtype(vectorizer.dtype))
    result = xp.astype(counts, dtype)[:rows, :]
    if terms and width >= LEAST and not with_edges:
        separator = " " if vectorizer.analyzer == "word" else ""
        pad = " " if vectorizer.analyzer == "char_wb" else _PAD
        own = counted(tokens, terms, width, separator, pad)
        weights = xp.minimum(own.weights, 1) if vectorizer.binary else own.weights
        weights = xp.astype(weights, dtype)
        note(result, Terms(own.columns[:rows, :], weights[:rows, :], width))
    return result


def _without_functions(vectorizer: Any) -> Any:
    """Return a vectorizer that does the same without the functions of Python that others have names for."""
    options: dict[str, Any] = {}
    if vectorizer.analyzer == str.split:  # which alone counts
        options = {"analyzer": "word", "stop_words": None, "ngram_range": (1, 1)}
        options |= {"lowercase": False, "strip_accents": None, "preprocessor": None}
    elif vectorizer.preprocessor == str.lower:
        options = {"lowercase": True, "strip_accents": None, "preprocessor": None}
    if str.split in (vectorizer.analyzer, vectorizer.tokenizer):
        options |= {"tokenizer": None, "token_pattern": r"\S+"}
    if not options:
        return vectorizer
    result = copy.copy(vectorizer)
    vars(result).update(options)
    return result


def _check_options(vectorizer: Any) -> None:
    """Raise an error for options that call Python, or need operators that ONNX lacks."""
    for name in ("tokenizer", "preprocessor", "strip_accents"):
        value = getattr(vectorizer, name)
        if value is not None and (name != "strip_accents" or callable(value)):
            raise EstimatorError(
                f"{type(vectorizer).__name__}({name}=...) cannot be traced: no ONNX operator does that to "
                "text; do it before, and leave the option out; tokenizer=str.split and preprocessor=str.lower "
                "are known, and token_pattern= makes tokens of expressions"
            )
    if vectorizer.input != "content" or vectorizer.analyzer not in _TOKENS:
        raise EstimatorError(
            f"{type(vectorizer).__name__} cannot be traced: input must be 'content', and analyzer str.split, "
            f"or one of {', '.join(_TOKENS)}"
        )
    if vectorizer.ngram_range[0] < 1:
        raise EstimatorError(
            f"{type(vectorizer).__name__}(ngram_range={vectorizer.ngram_range}) cannot be traced: terms must "
            "have at least one token"
        )


# Accents


def _without_accents(xp: ModuleType, vectorizer: Any, documents: Any) -> Any:
    """Replace each character by those that it is without accents, and join them again."""
    characters = _tokenized(xp, documents, "(?s:.)")
    keys, values = _unaccented(vectorizer.strip_accents == "ascii")
    if vectorizer.strip_accents == "ascii":
        plain = look_up(characters, keys, values, "")
    else:
        found = look_up(characters, keys, values, _PAD)
        plain = xp.where(found == _PAD, characters, found)
    plain = xp.where(characters == _PAD, "", plain)
    return joined(plain)


@functools.cache
def _unaccented(only_ascii: bool) -> tuple[list[str], list[str]]:
    """Return the characters that change without their accents, or all that ASCII keeps a part of."""
    pairs = []
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        parts = unicodedata.normalize("NFKD", character)
        if only_ascii:
            kept = "".join(part for part in parts if part.isascii())
            if kept:
                pairs.append((character, kept))
        else:
            kept = "".join(part for part in parts if not unicodedata.combining(part))
            if kept != character:
                pairs.append((character, kept))
    keys, values = zip(*pairs, strict=True)
    return list(keys), list(values)


# Tokens


def _with_edges(xp: ModuleType, vectorizer: Any, tokens: Any, counts: Any) -> Any:
    """Count the spaces around words, of which two words share one among the tokens."""
    column = vectorizer.vocabulary_.get(" ")
    if column is None:
        return counts
    is_space = tokens == " "
    starts = xp.astype(is_space[:, :-1] & ~is_space[:, 1:], counts.dtype)
    starts = xp.sum(starts, axis=1, keepdims=True)
    return xp.where(xp.arange(counts.shape[1]) == int(column), 2.0 * starts, counts)


def _lowered(xp: ModuleType, documents: Any) -> Any:
    # The default locale, en_US.UTF-8, may be missing, and then no session starts (1.20.1 to 1.32.0).
    lower = xp.onnx.op("StringNormalizer", documents, case_change_action="LOWER", locale="C.UTF-8")
    return xp.reshape(lower, documents.shape)


def _of_some(xp: ModuleType, documents: Any) -> Any:
    """Add a document if there may be none, of which the kernels make nothing (1.20.1 to 1.32.0)."""
    may_be_empty = dims.bounds(documents.shape[0])[0] == 0
    return xp.concat([documents, xp.full((1,), "")]) if may_be_empty else documents


def _tokenized(xp: ModuleType, documents: Any, expression: str, pad: str = _PAD) -> Any:
    """Return the tokens of each document, padded to the longest."""
    return xp.onnx.op(
        "Tokenizer",
        documents,
        domain="com.microsoft",
        mark=0,
        mincharnum=1,
        pad_value=pad,
        tokenexp=expression,
        dtype="string",
        shape=(documents.shape[0], None),  # runtimes take equal names for equal sizes
    )


# Tokens, and the terms that an analyzer can give, as tuples of tokens by column


def _words(
    xp: ModuleType, vectorizer: Any, documents: Any
) -> tuple[Any, dict[int, tuple[str, ...]]]:
    expression, kept = _expressions(vectorizer)
    tokens = _tokenized(xp, documents, expression)
    stops = sorted(vectorizer.get_stop_words() or ())
    low, high = vectorizer.ngram_range
    pattern = re.compile(vectorizer.token_pattern)
    terms = {}
    for term, column in vectorizer.vocabulary_.items():
        words = tuple(str(term).split(" "))
        fits = low <= len(words) <= high
        if fits and all(pattern.findall(w) == [w] and w not in stops for w in words):
            terms[int(column)] = words
    if vectorizer.lowercase:
        tokens = _with_final_sigma(xp, tokens, terms)
    if high > 1 and (stops or kept):  # n-grams skip the words that are left out
        left_out = tokens == _PAD
        if stops:
            found = look_up(tokens, stops, np.ones(len(stops), dtype=np.int64), 0)
            left_out = left_out | (found == 1)
        if kept:
            left_out = left_out | ~xp.onnx.op("RegexFullMatch", tokens, pattern=kept)
        order = xp.argsort(xp.astype(left_out, xp.int64), axis=1, stable=True)
        tokens = xp.take_along_axis(xp.where(left_out, _PAD, tokens), order, axis=1)
    return tokens, terms


def _with_final_sigma(xp: ModuleType, tokens: Any, terms: dict[int, tuple[str, ...]]) -> Any:
    """Replace words with the sigma of other places by the words of a vocabulary that end with a sigma."""
    words = {word for term in terms.values() for word in term}
    finals = {w.replace("ς", "σ"): w for w in sorted(words) if "ς" in w}
    finals = {key: word for key, word in finals.items() if key not in words}
    if not finals:
        return tokens
    replaced = look_up(tokens, list(finals), list(finals.values()), "")
    return xp.where(replaced == "", tokens, replaced)


def _expressions(vectorizer: Any) -> tuple[str, str]:
    """Return the pattern of tokens for RE2, and one that whole tokens must match; empty if all do."""
    pattern = vectorizer.token_pattern
    bare = pattern.removeprefix("(?u)")
    bounded = bare.startswith(r"\b") and bare.endswith(r"\b") and len(bare) > 4
    inner = bare[2:-2] if bounded else bare
    atoms = [m.groups() for m in _ATOM.finditer(inner)]
    classes = {atom for atom, _ in atoms}
    if not atoms or "".join(a + (q or "") for a, q in atoms) != inner or len(classes) > 1:
        raise EstimatorError(
            f"{type(vectorizer).__name__}(token_pattern={pattern!r}) cannot be traced; it must repeat one "
            r"class of characters, with or without \b on both sides, such as '(?u)\\b\\w\\w+\\b' or '[a-z]+'"
        )
    translated = "".join(_class(atom) + (quantifier or "") for atom, quantifier in atoms)
    if not bounded or classes == {r"\w"}:
        return translated, ""
    if not re.fullmatch(r"\[[\w\-\\]+\]", next(iter(classes))) or r"\s" in inner:
        raise EstimatorError(
            f"{type(vectorizer).__name__}(token_pattern={pattern!r}) cannot be traced: "
            r"between \b there must be letters, digits and _"
        )
    return f"[{WORD}]+", translated


def _class(atom: str) -> str:
    """Translate a class of characters to RE2, with the letters of Unicode."""
    if atom == r"\S":
        return f"[^{SPACE}]"
    if atom == r"\w":
        return f"[{WORD}]"
    return re.sub(r"\\.", lambda m: _CLASSES[m[0]], atom)


def _characters(
    xp: ModuleType, vectorizer: Any, documents: Any
) -> tuple[Any, dict[int, tuple[str, ...]]]:
    tokens = _tokenized(xp, documents, f"[{SPACE}]{{2,}}|(?s:.)")
    several = xp.onnx.op("RegexFullMatch", tokens, pattern=f"[{SPACE}]{{2,}}")
    low, high = vectorizer.ngram_range
    terms = {int(i): tuple(t) for t, i in vectorizer.vocabulary_.items() if low <= len(t) <= high}
    return xp.where(several, " ", tokens), terms


def _characters_of_words(
    xp: ModuleType, vectorizer: Any, documents: Any
) -> tuple[Any, dict[int, tuple[str, ...]]]:
    """Words between spaces: an n-gram with a space inside is of two words, and no term."""
    tokens = _tokenized(xp, documents, f"[{SPACE}]+|(?s:.)", pad=" ")
    tokens = xp.where(xp.onnx.op("RegexFullMatch", tokens, pattern=f"[{SPACE}]+"), " ", tokens)
    edge = xp.full((documents.shape[0], 1), " ", dtype=string)
    low, high = vectorizer.ngram_range
    terms = {}
    for term, column in vectorizer.vocabulary_.items():
        is_word = len(term) > 2 and term[0] == term[-1] == " "  # a word that is shorter than `low`
        if len(term) <= high and (len(term) >= low or is_word) and " " not in term[1:-1]:
            terms[int(column)] = tuple(term)
    terms = {column: term for column, term in terms.items() if term != (" ",)}  # see `_with_edges`
    return xp.concat([edge, tokens, edge], axis=1), terms


_TOKENS = {"word": _words, "char": _characters, "char_wb": _characters_of_words}


def _n_grams(xp: ModuleType, tokens: Any, terms: dict[int, tuple[str, ...]], width: int) -> Any:
    """Count terms, which are tuples of tokens, by the column of the result."""
    if not terms:
        return xp.zeros((tokens.shape[0], width), dtype=xp.float32)
    longest = max(map(len, terms.values()))
    order = sorted(terms, key=lambda column: (len(terms[column]), column))
    starts: list[int] = []
    pool: list[str] = []
    for length in range(1, longest + 1):
        starts.append(len(pool))
        pool += [token for i in order if len(terms[i]) == length for token in terms[i]]
    places = {column: i for i, column in enumerate(sorted(terms))}
    counts = xp.onnx.op(
        "TfIdfVectorizer",
        tokens,
        mode="TF",
        min_gram_length=min(map(len, terms.values())),
        max_gram_length=longest,
        max_skip_count=0,
        ngram_counts=starts,
        ngram_indexes=[places[i] for i in order],
        pool_strings=pool,
    )
    if len(terms) == width:
        return counts
    columns = xp.asarray([places.get(i, len(places)) for i in range(width)])
    zeros = xp.zeros((tokens.shape[0], 1), dtype=counts.dtype)
    return xp.take(xp.concat([counts, zeros], axis=1), columns, axis=1)


@replaces(
    f"{_TEXT}:TfidfTransformer.transform", reason="It makes a sparse matrix (1.9.1, text.py:1725)."
)
def _tf_idf(xp: ModuleType, /, transformer: Any, X: Any, copy: bool = True) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(transformer)
    parts = parts_of(X)
    X = validate_data(transformer, X, dtype=[xp.float64, xp.float32], reset=False)
    idf = np.asarray(transformer.idf_) if hasattr(transformer, "idf_") else None
    result = _weighted(xp, transformer, X, None if idf is None else xp.asarray(idf))
    if isinstance(parts, Terms):
        if idf is not None:
            idf = xp.take(xp.asarray(np.append(idf, 0.0)), parts.columns, axis=0)
        weights = _weighted(xp, transformer, xp.astype(parts.weights, X.dtype), idf)
        note(result, parts._replace(weights=weights))
    return result


def _weighted(xp: ModuleType, transformer: Any, counts: Any, idf: Any) -> Any:
    """Return the weights of counts of the terms in each row."""
    X = counts
    if transformer.sublinear_tf:
        X = xp.where(X == 0, 0.0, xp.log(xp.where(X == 0, 1.0, X)) + 1.0)
    if idf is not None:
        X = xp.astype(X * idf, X.dtype)
    if transformer.norm is None:
        return X
    squares = X * X if transformer.norm == "l2" else xp.abs(X)
    if isinstance(X.shape[1], int):
        norm = squares @ xp.ones((X.shape[1], 1), dtype=X.dtype)  # equal rows get equal sums
    else:
        norm = xp.matmul(squares[:, None, :], (squares * 0 + 1)[:, :, None])[:, 0, :]
    norm = xp.sqrt(norm) if transformer.norm == "l2" else norm
    return X / xp.where(norm == 0, 1.0, norm)


@replaces(f"{_TEXT}:HashingVectorizer.transform", reason="It hashes text (1.9.1, text.py:888).")
def _hashed(xp: ModuleType, /, vectorizer: Any, X: Any) -> Any:
    raise EstimatorError(
        f"{type(vectorizer).__name__}.transform cannot be traced: it hashes the bytes of text (MurmurHash3), "
        "which no ONNX operator reads; use CountVectorizer or TfidfVectorizer"
    )
