"""The door to the tasks: the project's own, and those that other packages add."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import seqtasks
from seqtasks import tasks
from seqtasks.errors import InputError

# A package outside of the project: a cell of its own, and a task that uses it.
PACKAGE = '''
import keras
from keras import ops

from seqtasks.data import Stream
from seqtasks.pipelines import tagging
from seqtasks.tasks import Task


@keras.saving.register_keras_serializable(package="weather")
class LeakyCell(keras.layers.Layer):
    """h_t = (h_{t-1} + tanh(x_t W)) / 2"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.built = True

    def call(self, inputs, states, training=None):
        h = (states[0] + ops.tanh(ops.matmul(inputs, self.kernel))) / 2
        return h, [h]

    def get_initial_state(self, batch_size=None):
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype)]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def sample():
    def read(count):
        for n in range(count):
            rain, sun = ("it rains in Huế", "O B-SKY O O"), ("sun and snow", "B-SKY O B-SKY")
            yield n + 1, rain if n % 2 else sun

    return {name: Stream(name, lambda count=count: read(count), "row")
            for name, count in (("train", 60), ("validation", 10), ("test", 10))}


TASK = Task(
    title="weather words",
    pipeline=tagging,
    sample=sample,
    defaults={"targets": "spans", "cell": LeakyCell, "members": ("recurrent",), "units": 8,
              "epochs": 6, "learning_rate": 0.02, "layers": 2},
)
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A folder with the package as pip would install it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "weather.py").write_text(PACKAGE, "utf-8")
    (folder / "broken.py").write_text("import nothing_of_this_name\n")
    info = folder / "weather-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weather\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[seqtasks.tasks]\nweather = weather:TASK\nbroken = broken:TASK\nno-task = weather:sample\n"
    )
    return folder


def run(package, *arguments, cwd):
    paths = [str(package), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-m", "seqtasks", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        cwd=cwd,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_another_package_adds_a_task_with_a_cell_of_its_own(package, tmp_path):
    done = run(package, "tasks", cwd=tmp_path)
    assert "weather      weather words" in done.stdout
    assert "broken       cannot be used: the task 'broken' comes from broken:TASK" in done.stdout
    done = run(package, "train", "weather", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["cell"] == "weather>LeakyCell"
    done = run(package, "predict", "run", "it rains", cwd=tmp_path)
    assert done.stdout == "it [rains SKY]\n", done.stderr
    done = run(package, "evaluate", "run", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["f1"] == 1.0
    # Without the package the SavedModel answers all the same: it holds nothing but operations.
    run_ = seqtasks.load(tmp_path / "run")
    assert run_("it rains").spans[0].text == "rains"
    with pytest.raises(InputError, match="no task 'weather'"):
        run_.evaluate("sample")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken", "comes from broken:TASK, which cannot be imported (ModuleNotFoundError"),
        ("no-task", "comes from weather:sample, which is a function. Expected a seqtasks.tasks"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(package, tmp_path, name, message):
    done = run(package, "train", name, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.startswith("error: ") and message in done.stderr


def test_every_file_of_the_folder_is_a_task():
    known = ["chunking", "generation", "language", "lemmas", "ner", "pos", "sentiment"]
    assert {*known, "translation"} <= set(tasks.names())
    for name in tasks.names():
        task = tasks.find(name)
        assert task.name == name and task.title
        assert {"train", "validation", "test"} == set(task.sample())


def test_a_name_that_does_not_exist_gets_the_nearest():
    with pytest.raises(InputError, match=r"no task 'sentimant'\. Did you mean sentiment"):
        tasks.find("sentimant")
    with pytest.raises(InputError, match=r"no task 'xyzzy'\. There are: "):
        tasks.find("xyzzy")


def test_tasks_are_short():
    for module in Path(tasks.find("ner").sample.__code__.co_filename).parent.glob("*.py"):
        if module.name != "__init__.py":
            assert len(module.read_text("utf-8").splitlines()) <= 60, module
