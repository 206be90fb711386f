"""Imports point one way: this test draws the map of the house and holds the code against it."""

import ast
import importlib.util
from pathlib import Path

import pytest

from seqtasks import tasks

# The package that is imported, be it a checkout's or an installed one, and its named tasks.
PACKAGE = Path(importlib.util.find_spec("seqtasks").origin).parent
TASKS = sorted(Path(path) / f"{name}.py" for path in tasks.__path__ for name in tasks.names())
TASKS = [path for path in TASKS if path.is_file()]
HEAVY = {"tensorflow", "keras", "numpy", "sklearn", "matplotlib", "tensorflow_datasets"}

# Who may import what of ours; a package may always import itself.
OURS = {
    "seqtasks.errors": set(),
    "seqtasks.atomic_files": set(),
    "seqtasks.wording": set(),
    "seqtasks.startup": {"seqtasks.errors"},
    "seqtasks.results": set(),
    "seqtasks.plots": set(),
    "seqtasks.layers": {
        "seqtasks.layers.attention",
        "seqtasks.layers.crf",
        "seqtasks.layers.recurrent",
    },
    "seqtasks.layers.attention": {
        "seqtasks.layers",
        "seqtasks.layers.kernels",
        "seqtasks.layers.recurrent",
    },
    "seqtasks.layers.crf": {"seqtasks.layers"},
    "seqtasks.layers.kernels": {"seqtasks.layers"},
    "seqtasks.layers.recurrent": {"seqtasks.layers", "seqtasks.layers.kernels"},
    "seqtasks.decoding": {"seqtasks.layers"},
    "seqtasks.compat": {"seqtasks.layers"},
    "seqtasks.text.bio": set(),
    "seqtasks.text.special_ids": set(),
    "seqtasks.text.text_boundaries": set(),
    "seqtasks.text": {"seqtasks.errors", "seqtasks.text.special_ids"},
    "seqtasks.features": {"seqtasks.errors", "seqtasks.text", "seqtasks.text.special_ids"},
    "seqtasks.metrics": {
        "seqtasks.text.bio",
        "seqtasks.text.text_boundaries",
        "seqtasks.wording",
    },
    "seqtasks.baselines": set(),
    "seqtasks.training.losses": set(),
    "seqtasks.models": {
        "seqtasks.layers",
        "seqtasks.layers.recurrent",  # the name under which a cell is saved
        "seqtasks.features",
        "seqtasks.metrics",
        "seqtasks.text.special_ids",
        "seqtasks.training.losses",
    },
    "seqtasks.data": {
        "seqtasks.errors",
        "seqtasks.features",
        "seqtasks.text",
        "seqtasks.text.bio",
        "seqtasks.text.special_ids",
        "seqtasks.text.text_boundaries",
    },
    "seqtasks.predictors": {
        "seqtasks.decoding",
        "seqtasks.features",
        "seqtasks.text",
        "seqtasks.text.bio",
        "seqtasks.text.special_ids",
    },
    "seqtasks.training": {
        "seqtasks.data",
        "seqtasks.errors",
        "seqtasks.atomic_files",
        "seqtasks.layers",
        "seqtasks.metrics",
        "seqtasks.models",
        "seqtasks.predictors",
        "seqtasks.text.bio",
        "seqtasks.wording",
    },
    "seqtasks.pipelines": {
        "seqtasks.baselines",
        "seqtasks.data",
        "seqtasks.errors",
        "seqtasks.features",
        "seqtasks.metrics",
        "seqtasks.models",
        "seqtasks.predictors",
        "seqtasks.text",
        "seqtasks.text.bio",
        "seqtasks.training",
        "seqtasks.training.losses",
        "seqtasks.wording",
    },
    "seqtasks.explanations": {
        "seqtasks.errors",
        "seqtasks.predictors",
        "seqtasks.text",
    },
    "seqtasks.tasks": {
        "seqtasks.data",
        "seqtasks.errors",
        "seqtasks.pipelines",
        "seqtasks.startup",
        "seqtasks.wording",
    },
    "seqtasks.reports": {
        "seqtasks.errors",
        "seqtasks.explanations",
        "seqtasks.atomic_files",
        "seqtasks.metrics",
        "seqtasks.text.bio",
        "seqtasks.text.special_ids",
        "seqtasks.text.text_boundaries",
    },
    "seqtasks.runs": {
        "seqtasks.data",
        "seqtasks.errors",
        "seqtasks.explanations",
        "seqtasks.features",
        "seqtasks.atomic_files",
        "seqtasks.metrics",
        "seqtasks.models",
        "seqtasks.pipelines",
        "seqtasks.plots",
        "seqtasks.predictors",
        "seqtasks.reports",
        "seqtasks.results",
        "seqtasks.startup",
        "seqtasks.tasks",
        "seqtasks.text",
        "seqtasks.training",
    },
    "seqtasks.analysis": {
        "seqtasks.data",
        "seqtasks.errors",
        "seqtasks.pipelines",
        "seqtasks.tasks",
        "seqtasks.text.bio",
    },
    "seqtasks.lab": {
        "seqtasks.baselines",
        "seqtasks.decoding",
        "seqtasks.errors",
        "seqtasks.layers",
        "seqtasks.pipelines",
        "seqtasks.plots",
        "seqtasks.runs",
        "seqtasks.wording",
    },
    "seqtasks.serving": {
        "seqtasks.errors",
        "seqtasks.predictors",
        "seqtasks.results",
        "seqtasks.runs",
    },
    "seqtasks.offline": {
        "seqtasks.errors",
        "seqtasks.runs",
        "seqtasks.startup",
        "seqtasks.wording",
    },
    "seqtasks.cli": {
        "seqtasks.analysis",
        "seqtasks.errors",
        "seqtasks.explanations",
        "seqtasks.lab",
        "seqtasks.metrics",
        "seqtasks.offline",
        "seqtasks.pipelines",
        "seqtasks.plots",
        "seqtasks.reports",
        "seqtasks.results",
        "seqtasks.runs",
        "seqtasks.serving",
        "seqtasks.startup",
        "seqtasks.tasks",
        "seqtasks.wording",
    },
    "seqtasks.__main__": {"seqtasks.cli"},
    "seqtasks.sklearn": {
        "seqtasks.data",
        "seqtasks.errors",
        "seqtasks.metrics",
        "seqtasks.text",
        "seqtasks.text.bio",
    },
}
NO_TENSORFLOW = tuple(
    f"seqtasks.{name}"
    for name in ("layers", "training.losses", "models", "decoding", "metrics", "compat")
)
# The one place where a layer may name a backend: whole-sequence kernels, imported when they run.
KERNELS = "seqtasks.layers.kernels"


def modules(folder):
    return sorted(path for path in (PACKAGE / folder).rglob("*.py") if path not in TASKS)


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path, *, top_level_only=False):
    """Full names of imported modules (`from a import b` gives a.b too)."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module):
    """The entry of OURS that a module belongs to."""
    names = [name for name in OURS if module == name or module.startswith(name + ".")]
    return max(names, key=len, default=None)


@pytest.mark.parametrize("path", modules("."), ids=name_of)
def test_library_imports_follow_the_map(path):
    module = name_of(path)
    if module == "seqtasks":
        allowed = {"seqtasks.layers", "seqtasks.runs", "seqtasks.startup"}
    else:
        assert room(module), f"{module} is not on the map: add it to OURS, knowingly"
        allowed = OURS[room(module)] | {room(module)}
    for imported in imports(path):
        assert imported.split(".")[0] not in ("tasks", "train", "tests"), imported
        if imported.startswith("seqtasks."):
            assert room(imported) in allowed, f"{module} imports {imported}"


@pytest.mark.parametrize(
    "path", [p for p in modules(".") if name_of(p).startswith(NO_TENSORFLOW)], ids=name_of
)
def test_layers_models_and_metrics_know_no_backend(path):
    if not name_of(path).startswith(KERNELS):
        outside = {imported.split(".")[0] for imported in imports(path)}
        assert not outside & {"tensorflow", "jax", "torch", "tensorflow_datasets"}


@pytest.mark.parametrize("path", TASKS, ids=name_of)
def test_tasks_are_data(path):
    """A title, a sample and defaults, on top of a pipeline: nothing else is imported at the top."""
    for imported in imports(path, top_level_only=True):
        assert not imported.startswith("seqtasks") or imported.startswith(
            ("seqtasks.pipelines", "seqtasks.tasks")
        ), imported


@pytest.mark.parametrize(
    "path",
    [*TASKS, *modules("pipelines"), *modules("cli")]
    + [PACKAGE / name for name in ("__init__.py", "tasks/__init__.py")],
    ids=name_of,
)
def test_help_imports_nothing_heavy(path):
    """`seqtasks train --help` must answer at once."""
    for imported in imports(path, top_level_only=True):
        assert imported.split(".")[0] not in HEAVY, imported


@pytest.mark.parametrize("path", [*modules("."), *TASKS], ids=name_of)
def test_files_stay_readable(path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= (60 if path in TASKS else 260)
    assert path.stem not in ("utils", "helpers", "common", "base")


def test_every_room_on_the_map_has_a_shop_window():
    """`__all__` of a package names what it imports, and nothing else."""
    nested = PACKAGE.glob("*/*/__init__.py")
    for path in (*PACKAGE.glob("*/__init__.py"), *nested):
        if path.parent.name == "tasks":  # a door to other files, with functions of its own
            continue
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        public = {
            element.value
            for node in tree.body
            if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
            for element in node.value.elts
        }
        assert public == imported, path
        if path.parent.parent.name == "layers":
            assert public, f"{path}: a room without a window"


def test_no_module_of_the_layers_imports_itself_by_way_of_others():
    names = {name_of(path): path for path in modules("layers")}
    graph = {
        name: {other for other in imports(path, top_level_only=True) if other in names}
        for name, path in names.items()
    }
    while leaves := [name for name, others in graph.items() if not others & graph.keys()]:
        for name in leaves:
            del graph[name]
    assert not graph, f"import each other: {sorted(graph)}"
