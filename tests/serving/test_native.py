"""Exported models in a C program, through TensorFlow's C API, as TensorFlow Serving loads them."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

SOURCE = Path(__file__).parent / "native" / "run_saved_model.c"
TENSORFLOW = Path(tf.__file__).parent
LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
ALPHABET = [
    "a",
    "b",
    "good",
    "not",
    "Anna",
    "Huế",
    "Đà_Nẵng",
    ".",
    "e\u0301",
    "🙂",
    "\x00",
    "\n",
    "5",
]


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """The compiled program."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    missing = [name for name in LIBRARIES if not (TENSORFLOW / name).exists()]
    if compiler is None or missing:
        pytest.skip(f"needs a C compiler and {', '.join(LIBRARIES)} of the TensorFlow wheel")
    built = tmp_path_factory.mktemp("native") / "run_saved_model"
    command = [compiler, "-O1", "-Wall", "-Wextra", "-Werror", SOURCE, "-o", built]
    command += [f"-I{TENSORFLOW / 'include'}", f"-L{TENSORFLOW}", f"-Wl,-rpath,{TENSORFLOW}"]
    subprocess.run([*command, *(f"-l:{name}" for name in LIBRARIES)], check=True)
    return built


def number(value):
    return int(value).to_bytes(8, "little")


class Reader:
    """Reads what the program wrote."""

    def __init__(self, content):
        self.content, self.at = content, 0

    def take(self, size):
        self.at += size
        return self.content[self.at - size : self.at]

    def number(self):
        return int.from_bytes(self.take(8), "little", signed=True)

    def tensor(self):
        dtype = tf.dtypes.as_dtype(self.number())
        shape = [self.number() for _ in range(self.number())]
        count = int(np.prod(shape, dtype=np.int64))
        if dtype == tf.string:
            texts = [self.take(self.number()) for _ in range(count)]
            return np.array(texts, dtype=object).reshape(shape)
        values = np.frombuffer(self.take(count * dtype.size), dtype.as_numpy_dtype)
        return values.reshape(shape)


def run_program(program, folder, texts, signature="serving_default"):
    """The outputs of a signature by name, as the program computes them."""
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((folder / "saved_model.pb").read_bytes())
    (graph,) = (g for g in model.meta_graphs if "serve" in g.meta_info_def.tags)
    definition = graph.signature_def[signature]
    (source,) = definition.inputs.values()
    outputs = {name: info.name for name, info in definition.outputs.items()}
    asked = number(len(texts)) + b"".join(number(len(text)) + text for text in texts)
    command = [program, folder, source.name, *outputs.values()]
    done = subprocess.run(command, input=asked, capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode()
    answers = Reader(done.stdout)
    found = {name: answers.tensor() for name in outputs}
    assert answers.at == len(done.stdout)
    return found


def drawn_texts(count):
    """Words of several scripts, an empty text, and bytes that are no UTF-8."""
    rng = np.random.default_rng(7)
    texts = [" ".join(rng.choice(ALPHABET, rng.integers(1, 15))).encode() for _ in range(count - 2)]
    return [*texts, b"", b"\xff\xfe good \x80"]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["sentiment", "ner", "generation", "translation"])
def test_a_program_without_python_gets_the_same_answers(program, runs, task):
    folder, texts = runs[task] / "saved_model", drawn_texts(1000)
    expected = tf.saved_model.load(folder).signatures["serving_default"](text=tf.constant(texts))
    found = run_program(program, folder, texts)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if value.dtype.is_floating:
            np.testing.assert_allclose(found[name], value, atol=1e-5, rtol=1e-5)
        else:
            np.testing.assert_array_equal(found[name], value)


def test_what_it_cannot_run_ends_with_a_reason(program, runs, tmp_path):
    done = subprocess.run([program, tmp_path, "a:0", "b:0"], capture_output=True, check=False)
    assert done.returncode == 1 and b"Could not find SavedModel" in done.stderr
    folder = runs["sentiment"] / "saved_model"
    done = subprocess.run([program, folder, "nothing:0", "b:0"], capture_output=True, check=False)
    assert done.returncode == 1 and b"nothing:0: no such operation" in done.stderr
