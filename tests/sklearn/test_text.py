"""Vectorizers of text count the terms that scikit-learn counts."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import onnxp as xp
from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

DOCUMENTS = np.asarray(
    [
        "The quick brown fox, it jumped over the lazy-dog's 2 dogs!",
        "été à Paris; the FOX isn't here",
        "quick quick fox_1 a b cc dd",
        "",
        "Straße ÜBER alles 42 4 it's x2y",
        "the  lazy\tdog and \n the quick dog",
        "日本語 テスト here हिन्दी",
        " . !",
        "abcé 12ab ab12 _x_ naïve",
    ],
    dtype=object,
)
LABELS = np.arange(len(DOCUMENTS)) % 2

VECTORIZERS: dict[str, Any] = {
    "words": CountVectorizer(),
    "pairs": CountVectorizer(ngram_range=(1, 2)),
    "triples": CountVectorizer(ngram_range=(2, 3), lowercase=False),
    "binary": CountVectorizer(binary=True, dtype=np.float32),
    "stop words": CountVectorizer(stop_words="english"),
    "stop words in pairs": CountVectorizer(stop_words=["the", "it"], ngram_range=(1, 2)),
    "most": CountVectorizer(max_features=5),
    "vocabulary": CountVectorizer(vocabulary=["dog", "no such", "fox", "x"]),
    "vocabulary with stop words": CountVectorizer(
        vocabulary=["dog", "the", "fox"], stop_words=["the"]
    ),
    "short words": CountVectorizer(token_pattern=r"(?u)\b\w+\b"),
    "any words": CountVectorizer(token_pattern=r"\w{2,}"),
    "not spaces": CountVectorizer(token_pattern=r"\S+"),
    "letters": CountVectorizer(token_pattern=r"[a-z]+"),
    "bounded letters": CountVectorizer(token_pattern=r"\b[a-z]{2,}\b"),
    "pairs of bounded letters": CountVectorizer(
        token_pattern=r"(?u)\b[a-z]{2,}\b", ngram_range=(1, 2)
    ),
    "characters": CountVectorizer(analyzer="char", ngram_range=(1, 3)),
    "characters of words": CountVectorizer(analyzer="char_wb", ngram_range=(2, 4)),
    "long characters of words": CountVectorizer(analyzer="char_wb", ngram_range=(5, 6)),
    "single characters of words": CountVectorizer(analyzer="char_wb"),
    "no accents": CountVectorizer(strip_accents="unicode"),
    "no accents in pairs": CountVectorizer(strip_accents="unicode", ngram_range=(1, 2)),
    "no accents on characters": CountVectorizer(strip_accents="unicode", analyzer="char"),
    "ASCII": TfidfVectorizer(strip_accents="ascii", lowercase=False),
    "ASCII characters of words": CountVectorizer(
        strip_accents="ascii", analyzer="char_wb", ngram_range=(1, 3)
    ),
    "tf-idf": TfidfVectorizer(),
    "tf-idf of pairs": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
    "l1": TfidfVectorizer(norm="l1", smooth_idf=False),
    "no norm": TfidfVectorizer(norm=None, use_idf=False),
    "float32": TfidfVectorizer(dtype=np.float32),
}


@pytest.mark.parametrize("name", VECTORIZERS)
def test_vectorizers(name: str):
    vectorizer = VECTORIZERS[name].fit(DOCUMENTS)
    program = trace_estimator(vectorizer, "transform")
    assert [leaf.text for leaf in program.signature.inputs] == ["string[N]"]
    session = ort.InferenceSession(program.model.SerializeToString())
    batches = [DOCUMENTS[:1], DOCUMENTS[3:4], DOCUMENTS[[3, 7]], DOCUMENTS[:3], DOCUMENTS]
    for rows in batches:
        wanted = vectorizer.transform(rows).toarray()
        (found,) = session.run(None, {"X": rows})
        assert found.dtype == wanted.dtype
        assert found.shape == wanted.shape
        if isinstance(vectorizer, TfidfVectorizer):
            np.testing.assert_allclose(
                found, wanted, rtol=1e-14 if found.dtype == np.float64 else 1e-6
            )
        else:
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "options", [{}, {"norm": "l1"}, {"sublinear_tf": True, "norm": None}], ids=str
)
def test_counts_to_tf_idf(dtype: str, options: dict[str, Any]):
    counts = np.random.default_rng(0).integers(0, 3, (20, 5)).astype(dtype)
    transformer = TfidfTransformer(**options).fit(counts)
    found = trace_estimator(transformer, "transform", dtype=dtype)(counts)
    wanted = transformer.transform(counts).toarray()
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-14 if dtype == "float64" else 1e-6)


def test_pipelines():
    models = (
        make_pipeline(TfidfVectorizer(), LogisticRegression()),
        make_pipeline(CountVectorizer(), TfidfTransformer(), LogisticRegression()),
        make_pipeline(
            make_union(TfidfVectorizer(), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3))),
            LogisticRegression(),
        ),
    )
    for model in models:
        model.fit(DOCUMENTS, LABELS)
        program = trace_estimator(model, ["predict", "predict_proba"])
        for count in (1, 3, len(DOCUMENTS)):
            found = program(DOCUMENTS[:count])
            np.testing.assert_array_equal(found["label"], model.predict(DOCUMENTS[:count]))
            wanted = model.predict_proba(DOCUMENTS[:count])
            np.testing.assert_allclose(found["probabilities"], wanted, rtol=1e-13)


def test_capital_letters():
    documents = np.asarray(["ΟΔΟΣ ΣΟΦΟΣ σοφος", "Straße STRASSE ÀÉ Ǆ", "ΔΛΣ2"], dtype=object)
    for options in ({}, {"ngram_range": (1, 2)}):
        vectorizer = CountVectorizer(**options).fit(documents)
        found = trace_estimator(vectorizer, "transform", validity=True)(documents)
        np.testing.assert_array_equal(
            found["transformed"], vectorizer.transform(documents).toarray()
        )
        assert found["valid"].all()


@pytest.mark.parametrize(
    ("analyzer", "valid"), [("word", [True, False, True]), ("char", [True, False, False])]
)
def test_letters_that_python_makes_lowercase_in_another_way(analyzer: str, valid: list[bool]):
    documents = np.asarray(["istanbul", "on\nİstanbul", "ΟΔΟΣ"], dtype=object)
    vectorizer = CountVectorizer(analyzer=analyzer).fit(documents)
    program = trace_estimator(vectorizer, "transform", validity=True)
    np.testing.assert_array_equal(program(documents)["valid"], valid)


def test_a_column_of_a_frame():
    frame = pd.DataFrame({"text": DOCUMENTS, "length": [float(len(d)) for d in DOCUMENTS]})
    model = make_pipeline(
        make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["length"])),
        LogisticRegression(),
    ).fit(frame, LABELS)
    program = trace_estimator(model, "predict_proba", example=frame)
    for count in (1, 3, len(frame)):
        rows = frame.head(count)
        np.testing.assert_allclose(program(rows), model.predict_proba(rows), rtol=1e-13)


def test_a_large_vocabulary():
    rng = np.random.default_rng(0)
    letters = np.asarray(list("abcdefghijklmnopqrstuvwxyzéüñß"))
    words = ["".join(rng.choice(letters, 6)) for _ in range(50_000)]
    vectorizer = TfidfVectorizer().fit([" ".join(words)])
    rows = np.asarray([" ".join(rng.choice(words, 50)) for _ in range(20)], dtype=object)
    found = trace_estimator(vectorizer, "transform")(rows)
    np.testing.assert_allclose(found, vectorizer.transform(rows).toarray(), rtol=1e-14)


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(tokenizer=str.split, token_pattern=None),
        TfidfVectorizer(
            tokenizer=str.split, token_pattern=None, stop_words=["b"], ngram_range=(1, 2)
        ),
        CountVectorizer(analyzer=str.split, lowercase=True, stop_words=["b"]),
        CountVectorizer(preprocessor=str.lower, strip_accents="ascii", lowercase=False),
    ],
)
def test_functions_of_python_that_are_known(vectorizer: Any) -> None:
    rows = np.array(["A bb-c, d", "\u2003bb\x1fb É\x85x", "", " \n ", "b c c é bb"], dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of options that others make useless
        vectorizer.fit(rows)
    program = trace_estimator(vectorizer, "transform", spec="string[N>=0]")
    for some in (rows, rows[:1], rows[:0]):
        (found,) = both(program.model).run(None, program.feeds(some))
        expected = (
            vectorizer.transform(some).toarray() if len(some) else np.zeros((0, found.shape[1]))
        )
        np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("vectorizer", "message"),
    [
        (
            CountVectorizer(tokenizer=str.splitlines, token_pattern=None),
            r"CountVectorizer\(tokenizer=...\).*tokenizer=str.split",
        ),
        (TfidfVectorizer(preprocessor=str.upper), r"TfidfVectorizer\(preprocessor=...\)"),
        (CountVectorizer(strip_accents=str.strip), r"CountVectorizer\(strip_accents=...\)"),
        (CountVectorizer(analyzer=str.splitlines), r"analyzer str.split, or one of word, "),
        (CountVectorizer(token_pattern=r"(?:a|b)+"), "must repeat one class of characters"),
        (CountVectorizer(ngram_range=(0, 1)), "have at least one token"),
        (HashingVectorizer(), "MurmurHash3"),
    ],
)
def test_what_is_refused(vectorizer: Any, message: str):
    documents = ["a b ab", "b a"]
    vectorizer.fit(documents)
    with pytest.raises(EstimatorError, match=message):
        trace_estimator(vectorizer, "transform", spec="string[N]")


def test_columns_of_text_have_sizes_of_their_own():
    """Runtimes take sizes of the same name for equal, and share memory among them."""
    frame = pd.DataFrame({"a": ["x y z w", "x", "y y"], "b": ["a longer text", "b c d e", "q"]})
    columns = make_column_transformer(
        (TfidfVectorizer(token_pattern="[a-z]+"), "a"),
        (TfidfVectorizer(ngram_range=(1, 2), stop_words=["b"], token_pattern="[a-z]+"), "b"),
    ).fit(frame)
    program = trace_estimator(columns, "transform", example=frame)
    np.testing.assert_allclose(program(frame), columns.transform(frame), rtol=1e-14)
    sizes = [
        value.type.tensor_type.shape.dim[1].dim_param
        for value in program.model.graph.value_info
        if value.name.endswith("/tokenizer")
    ]
    assert len(set(sizes)) == 2, sizes


# Large vocabularies: the weights of terms are looked up, and no array has a column for each term

_random = np.random.default_rng(0)
_LETTERS = list("abcdeéèüßñøπжяç")
WORDS = sorted({"".join(_random.choice(_LETTERS, _random.integers(3, 9))) for _ in range(1600)})
MANY = np.asarray(
    [" ".join(_random.choice(WORDS, _random.integers(0, 40))) for _ in range(300)], dtype=object
)
OTHERS = np.asarray([*MANY[:30], "", "unknown words", "  ", WORDS[0] * 2], dtype=object)
CLASSES = np.arange(len(MANY)) % 3


def no_array_has_a_column_for_each_term(program: xp.Program, width: int) -> None:
    assert all(node.op_type != "TfIdfVectorizer" for node in program.model.graph.node)
    for value in program.model.graph.value_info:
        sizes = [d.dim_value for d in value.type.tensor_type.shape.dim]
        assert width not in sizes[1:], value.name


@pytest.mark.parametrize(
    ("vectorizer", "last"),
    [
        (TfidfVectorizer(), LogisticRegression()),
        (CountVectorizer(), LogisticRegression()),
        (CountVectorizer(binary=True), MultinomialNB()),
        (TfidfVectorizer(ngram_range=(1, 2), max_features=4000), LinearSVC()),
        (TfidfVectorizer(sublinear_tf=True, norm="l1"), RidgeClassifier()),
        (TfidfVectorizer(norm=None, use_idf=False), SGDClassifier(random_state=0)),
        (TfidfVectorizer(stop_words=WORDS[:50], ngram_range=(1, 2)), Ridge()),
        (TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LinearSVC()),
        (TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)), Ridge()),
        (make_pipeline(CountVectorizer(), TfidfTransformer()), ComplementNB()),
        (make_pipeline(TfidfVectorizer(), TruncatedSVD(20, random_state=0)), LogisticRegression()),
    ],
    ids=str,
)
def test_large_vocabularies(vectorizer: Any, last: Any):
    model = make_pipeline(vectorizer, last).fit(MANY, CLASSES)
    methods = ["predict", *(m for m in ("decision_function", "predict_proba") if hasattr(model, m))]
    program = trace_estimator(model, methods)
    first = vectorizer[0] if hasattr(vectorizer, "steps") else vectorizer
    no_array_has_a_column_for_each_term(program, len(first.vocabulary_))
    for rows in (OTHERS, OTHERS[:1], OTHERS[-3:]):
        for result, method in zip(program(rows).values(), methods, strict=True):
            np.testing.assert_allclose(result, getattr(model, method)(rows), rtol=1e-12, atol=1e-13)


def test_large_vocabularies_beside_numbers():
    frame = pd.DataFrame({"text": MANY, "number": _random.normal(size=len(MANY))})
    columns = make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["number"]))
    model = make_pipeline(columns, LogisticRegression()).fit(frame, CLASSES)
    program = trace_estimator(model, "predict_proba", example=frame)
    no_array_has_a_column_for_each_term(
        program, len(columns.named_transformers_["tfidfvectorizer"].vocabulary_)
    )
    np.testing.assert_allclose(program(frame), model.predict_proba(frame), rtol=1e-12)


def test_results_of_large_vocabularies_are_arrays_where_they_are_needed():
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(MANY, CLASSES)
    program = trace_estimator(model, outputs=["tfidfvectorizer"])
    found = program(OTHERS)["tfidfvectorizer"]
    np.testing.assert_allclose(found, model[0].transform(OTHERS).toarray(), rtol=1e-12)


def test_fifty_thousand_words():
    syllables = [a + b for a in _LETTERS for b in _LETTERS]
    words = [a + b for a in syllables for b in [*syllables, "écrit"]][:50_000]
    assert len(set(words)) == 50_000
    vectorizer = TfidfVectorizer(vocabulary=words).fit([" ".join(words[::7])])
    model = make_pipeline(vectorizer, LinearRegression())
    model[-1].coef_, model[-1].intercept_ = _random.normal(size=50_000), 0.5
    program = trace_estimator(model, spec="string[N]")
    no_array_has_a_column_for_each_term(program, 50_000)
    picked = _random.choice(words, (10_000, 20))
    rows = np.asarray([" ".join(row) for row in picked], dtype=object)
    np.testing.assert_allclose(program(rows), model.predict(rows), rtol=1e-11, atol=1e-12)


def test_no_documents():
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    model.fit(DOCUMENTS, np.arange(len(DOCUMENTS)) % 2)
    program = trace_estimator(model, "predict_proba", spec="string[N>=0]")
    assert program(np.asarray([], dtype=object)).shape == (0, 2)
    found = program(np.asarray(DOCUMENTS, dtype=object))
    np.testing.assert_allclose(found, model.predict_proba(DOCUMENTS), rtol=1e-12)
