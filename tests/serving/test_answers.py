"""Answers of `POST /api/NAME` are those of the run in Python and of the command line."""

import pytest

from seqtasks.cli.main import main

MODELS = ("sentiment", "ner", "generation", "translation")
TEXTS = ["not good at all", "", "Anna Lee sings in Huế.", "a b c", "phở 👍\x00 \u202e"]
OPTIONS = {
    "sentiment": {},
    "ner": {"tokens": True},
    "generation": {"length": 30, "temperature": 0.7, "top_k": 5, "top_p": 0.9, "seed": 11},
    "translation": {"n_best": 2, "attention": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_answers_are_those_of_the_run_and_of_the_command_line(client, runs, name, capsys):
    run = client.app.state.models[name].version.run
    for options in ({}, OPTIONS[name]):
        expected = [result.to_dict() for result in run.stream(TEXTS, **options)]
        several = client.post(f"/api/{name}", json={"text": TEXTS, **options})
        assert several.status_code == 200 and several.json() == expected
        one = client.post(f"/api/{name}", json={"text": TEXTS[0], **options})
        assert one.json() == next(run.stream(TEXTS[:1], **options)).to_dict()
    capsys.readouterr()
    main(["predict", str(runs[name]), TEXTS[0], "--json"])
    one = client.post(f"/api/{name}", json={"text": TEXTS[0]})
    assert one.text == capsys.readouterr().out.rstrip("\n")


@pytest.mark.slow
def test_more_translations_than_the_run_has(client):
    response = client.post("/api/translation", json={"text": "a", "n_best": 3})
    assert response.status_code == 400 and "n_best: expected at most 2" in response.json()["error"]
    model = client.get("/api/translation").json()
    assert model["options"]["n_best"]["maximum"] == 2
