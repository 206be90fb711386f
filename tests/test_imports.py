"""Imports point one way: this test draws the map of the house and holds the code against it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"tensorflow", "keras", "numpy", "sklearn", "matplotlib", "tensorflow_datasets"}

# Who may import what of ours; a package may always import itself.
OURS = {
    "seqtasks.errors": set(),
    "seqtasks.startup": {"seqtasks.errors"},
    "seqtasks.results": set(),
    "seqtasks.plots": set(),
    "seqtasks.layers": set(),
    "seqtasks.decoding": {"seqtasks.layers"},
    "seqtasks.text.bio": set(),
    "seqtasks.text.special_ids": set(),
    "seqtasks.text.text_boundaries": set(),
    "seqtasks.text": {"seqtasks.errors", "seqtasks.text.special_ids"},
    "seqtasks.features": {"seqtasks.errors", "seqtasks.text", "seqtasks.text.special_ids"},
    "seqtasks.metrics": {"seqtasks.text.bio", "seqtasks.text.text_boundaries"},
    "seqtasks.baselines": set(),
    "seqtasks.training.losses": set(),
    "seqtasks.models": {
        "seqtasks.layers",
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
        "seqtasks.errors",
        "seqtasks.metrics",
        "seqtasks.models",
        "seqtasks.predictors",
    },
    "seqtasks.translations": {"seqtasks.errors", "seqtasks.plots", "seqtasks.text"},
    "seqtasks.export": {"seqtasks.errors", "seqtasks.training"},
    "seqtasks.lines": set(),
    "seqtasks.__main__": {
        "seqtasks.errors",
        "seqtasks.startup",
        "seqtasks.export",
        "seqtasks.lines",
        "seqtasks.translations",
    },
    "seqtasks.runs": set(),
    "seqtasks.pipelines": set(),
    "seqtasks.cli": set(),
}
NO_TENSORFLOW = tuple(
    f"seqtasks.{name}" for name in ("layers", "training.losses", "models", "decoding", "metrics")
)
# The one place where a layer may name a backend: whole-sequence kernels, imported when they run.
KERNELS = "seqtasks.layers.kernels"


def modules(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
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


@pytest.mark.parametrize("path", modules("seqtasks"), ids=name_of)
def test_library_imports_follow_the_map(path):
    module = name_of(path)
    if module == "seqtasks":
        allowed = set()
    else:
        assert room(module), f"{module} is not on the map: add it to OURS, knowingly"
        allowed = OURS[room(module)] | {room(module)}
    for imported in imports(path):
        assert imported.split(".")[0] not in ("tasks", "train", "tests"), imported
        if imported.startswith("seqtasks."):
            assert room(imported) in allowed, f"{module} imports {imported}"


@pytest.mark.parametrize(
    "path", [p for p in modules("seqtasks") if name_of(p).startswith(NO_TENSORFLOW)], ids=name_of
)
def test_layers_models_and_metrics_know_no_backend(path):
    if not name_of(path).startswith(KERNELS):
        outside = {imported.split(".")[0] for imported in imports(path)}
        assert not outside & {"tensorflow", "jax", "torch", "tensorflow_datasets"}


@pytest.mark.parametrize("path", modules("tasks"), ids=name_of)
def test_recipes_import_nothing_heavy_at_the_top(path):
    # `train.py --help` must answer at once.
    light = {"seqtasks.errors", "seqtasks.errors.InputError"}
    for imported in imports(path, top_level_only=True):
        assert imported.split(".")[0] not in HEAVY, imported
        assert not imported.startswith("seqtasks") or imported in light, imported


@pytest.mark.parametrize("path", [*modules("seqtasks"), *modules("tasks")], ids=name_of)
def test_files_stay_readable(path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= (200 if path.parent.name == "tasks" else 260)
    assert path.stem not in ("utils", "helpers", "common", "base")


def test_every_room_on_the_map_has_a_shop_window():
    """`__all__` of a package names what it imports, and nothing else."""
    for path in (ROOT / "seqtasks").glob("*/__init__.py"):
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
