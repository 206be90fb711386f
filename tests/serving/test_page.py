"""The page in headless Chromium: what it shows is what the run says, by mouse and by keyboard."""

import math
import os
import threading
import time
from pathlib import Path

import keras
import pytest
import tensorflow as tf
import uvicorn

import seqtasks
from seqtasks.models import ClassifierEnsemble, ConvolutionalClassifier
from seqtasks.predictors import LabelPredictor
from seqtasks.runs.manifest import Manifest, write_manifest
from seqtasks.runs.saved_predictor import export
from seqtasks.serving import Limits
from seqtasks.serving.app import create_app
from seqtasks.serving.metrics import Metrics
from seqtasks.serving.models import ServedModel
from seqtasks.text import Tokenizer, split_words

HOSTILE = "not <img src=x onerror=\"console.error('run')\"> good at all"


@pytest.fixture(scope="module")
def folders(runs, tmp_path_factory):
    """Runs by name; one of them has 200 labels."""
    keras.utils.set_random_seed(6)
    names = [f"label {n}" for n in range(200)]
    tokenizer = Tokenizer.fit(["good bad"], split_words, max_size=50, max_length=30)
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": 200, "embedding_size": 8}
    model = ClassifierEnsemble([ConvolutionalClassifier(**sizes, filters=4, widths=[2])])
    model.build((None, None))
    predictor = LabelPredictor(tokenizer, model, names)
    path = tmp_path_factory.mktemp("many") / "many"
    path.mkdir()
    export(path, predictor)
    signatures, settings = (*predictor.signatures,), predictor.settings
    manifest = Manifest("sentiment", predictor.kind, signatures, settings, 1, 1, (*names,))
    write_manifest(path, manifest)
    kinds = ("sentiment", "ner", "generation", "translation", "half_plus_three")
    pictured = os.environ.get("SEQTASKS_PICTURED", runs["ner"])
    return {**{name: runs[name] for name in kinds}, "many": path, "pictured": Path(pictured)}


@pytest.fixture(scope="module")
def address(folders):
    """Of a server of these runs, in a thread."""
    metrics = Metrics()
    models = {name: ServedModel(name, p, Limits(), metrics) for name, p in folders.items()}
    config = uvicorn.Config(create_app(models, metrics), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(chromium, address):
    """The page; nothing may be asked of another server, and nothing is written to the console."""
    page, faults = chromium.new_page(viewport={"width": 1000, "height": 800}), []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(address) else faults.append(r.url))
    page.goto(address)
    expect_text(page, "#about", "version 1")
    page.faults = faults
    yield page
    assert not faults
    page.close()


def expect_text(page, selector, text):
    """Wait for a text; "" for none. The page's policy forbids to evaluate a string in it."""
    from playwright.sync_api import expect

    found = expect(page.locator(selector))
    found.to_contain_text(text, timeout=30_000) if text else found.to_be_empty(timeout=30_000)


def ask(page, model, text, **options):
    page.get_by_label("Model").select_option(model)
    for name, value in options.items():
        field = page.locator(f"#options input[name={name}]")
        field.set_checked(value) if isinstance(value, bool) else field.fill(str(value))
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_label("Text", exact=True).press("Control+Enter")
    expect_text(page, "#status", "")


def numbers(page):
    cells = page.locator(".bars > span:not(.bar)").all_text_contents()
    return dict(zip(cells[::2], cells[1::2], strict=True))


@pytest.mark.parametrize("text", ["not good", HOSTILE, "phở 🙂 good", ""])
def test_probabilities_are_those_of_the_run(page, folders, text):
    ask(page, "sentiment", text)
    found = seqtasks.load(folders["sentiment"])(text)
    assert numbers(page) == {k: f"{p:.4f}" for k, p in found.probabilities.items()}
    assert page.locator("#answer strong").inner_text() == found.label
    assert page.locator("img").count() == 0 and page.locator("#options").is_hidden()


def test_the_picture_of_the_docs(page, tmp_path):
    """`SEQTASKS_SCREENSHOTS=docs/images SEQTASKS_PICTURED=RUN` keeps one, of a trained tagger."""
    folder = Path(os.environ.get("SEQTASKS_SCREENSHOTS", tmp_path))
    page.set_viewport_size({"width": 760, "height": 620})
    ask(page, "pictured", "Ms. Dover flew from Paris to Huế to work for Quantis.")
    assert page.locator("#answer mark").count() > 1
    content = page.screenshot(path=folder / "page-spans.png", scale="css")
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) > 10_000


def test_what_a_label_rests_on(page, folders):
    run, words = seqtasks.load(folders["sentiment"]), "not good at all".split()
    ask(page, "sentiment", " ".join(words))
    whole = run(" ".join(words))
    for n, word in enumerate(words):
        without = run(" ".join([*words[:n], "", *words[n + 1 :]]))
        lost = whole.probabilities[whole.label] - without.probabilities[whole.label]
        title = page.locator("#answer .text span").nth(n).get_attribute("title")
        assert float(title.split(" ")[0].replace("−", "-")) == pytest.approx(lost, abs=1e-4)
        assert page.locator("#answer .text span").nth(n).inner_text() == word


def test_two_hundred_labels(page, folders):
    ask(page, "many", "good bad good")
    found = seqtasks.load(folders["many"])("good bad good")
    assert numbers(page) == {k: f"{p:.4f}" for k, p in found.probabilities.items()}
    assert page.locator("#answer > .bars > span:not(.bar)").count() == 20  # the rest is folded


def test_spans_are_marked_in_place(page, folders):
    text = "🙂 Anna Lee sings in Huế and New York ."
    ask(page, "ner", text)
    found = seqtasks.load(folders["ner"])(text)
    assert found.spans
    marks = page.locator("#answer mark").all()
    shown = [(m.inner_text(), m.get_attribute("title")) for m in marks]
    assert shown == [(s.text + s.type, f"{s.type} {s.confidence:.4f}") for s in found.spans]
    whole = page.locator("#answer .text").evaluate(
        "e => [...e.childNodes].map(n => n.firstChild ? n.firstChild.data : n.data).join('')"
    )
    assert whole == text


def test_a_text_grows_and_its_surprise_is_shown(page, folders):
    run = seqtasks.load(folders["generation"])
    ask(page, "generation", "abc", length=12, temperature=0.7, seed=3)
    found = run("abc", length=12, temperature=0.7, seed=3)
    assert page.locator(".grown").text_content() == found.continuation
    parts = page.locator(".surprise span").all()
    assert "".join(part.text_content() for part in parts) == found.continuation
    nats = [float(part.get_attribute("title").split(" ")[0]) for part in parts]
    score = run.predictor.signatures["score"]
    whole, prompt = (
        score(text=tf.constant([text]))["log_probability"].numpy()[0]
        for text in ("abc" + found.continuation, "abc")
    )
    assert math.fsum(nats) == pytest.approx(prompt - whole, abs=0.01 * len(parts))


def test_a_translation_with_attention_by_keyboard(page, folders):
    run = seqtasks.load(folders["translation"])
    ask(page, "translation", "a b c", n_best=2, attention=True)
    found = run("a b c", n_best=2, attention=True)
    assert page.locator("#answer strong").inner_text() == found.translation
    rows = page.locator(".n-best td.number").all_text_contents()
    assert rows == [f"{score:.4f}" for score in found.scores]
    buttons = page.locator(".target button")
    assert buttons.all_text_contents() == [*found.attention.target]
    for n in range(buttons.count()):
        buttons.nth(n).focus()
        assert buttons.nth(n).get_attribute("aria-pressed") == "true"
        shades = page.locator(".source span").evaluate_all(
            "all => all.map(e => parseFloat(/, ([0-9.]+)[)]$/.exec(e.style.backgroundColor)[1]))"
        )
        assert shades == pytest.approx(0.85 * found.attention.weights[n], abs=2e-3)


def test_a_model_of_another_kind_and_a_refusal(page):
    page.get_by_label("Model").select_option("half_plus_three")
    page.get_by_label("Text", exact=True).fill("a")
    page.get_by_role("button", name="Predict").click()
    expect_text(page, "#status", "takes x, and no text")
    assert len(page.faults) == 1 and "400 (Bad Request)" in page.faults.pop()  # Chromium's own


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone(chromium, address, scheme):
    page = chromium.new_page(viewport={"width": 360, "height": 700}, color_scheme=scheme)
    page.goto(address)
    expect_text(page, "#about", "version 1")
    for model in ("sentiment", "ner", "generation", "translation", "many"):
        ask(page, model, "Anna Lee sings in Huế and New_York " * 6)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        unnamed = "[...document.querySelectorAll('input,select,textarea,button')].filter(e => !e.labels?.length && !e.textContent.trim())"  # noqa: E501
        assert page.evaluate(f"{unnamed}.length") == 0
    page.close()
