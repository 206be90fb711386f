"""Train a task: fit it, save it, and score what was saved."""

from __future__ import annotations

import dataclasses
import math
import shlex
import sys
import tempfile
from pathlib import Path

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly
from tasks import TASKS
from tasks.options import Options


def main() -> None:
    """Run the command line; what a user did wrong becomes one message and exit status 1."""
    app = tyro.extras.SubcommandApp()
    for name, recipe in TASKS.items():
        app.command(recipe.Config, name=name)
    config = app.cli(description=__doc__)
    name = next(name for name, recipe in TASKS.items() if recipe.Config is type(config))
    folder = Path(config.out or f"saved_models/{name}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # better to learn now than after the training
    except OSError as error:
        sys.exit(f"error: --out {folder}: cannot be written to ({error.strerror}). Choose another.")
    try:
        start_quietly()
        run(name, config, folder)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        again = shlex.join([*sys.argv, *([] if config.resume else ["--resume"])])
        sys.exit(f"\ninterrupted; to go on after the last finished epoch: python {again}")


def run(name: str, config: Options, folder: Path) -> None:
    """Build, fit, save, reload, score."""
    import keras

    from seqtasks import export, plots
    from seqtasks.metrics import score_table
    from seqtasks.training.checkpoint import Checkpoint

    options = {"task": name, **dataclasses.asdict(config)}
    if config.resume:
        export.check_same_options(folder, options)
    keras.utils.set_random_seed(config.seed)
    task = TASKS[name].build(config)
    for note in task.notes:
        print(f"note: {note}")
    file = folder / "checkpoint.npz"
    checkpoint = Checkpoint(file, *task.monitor, config.patience, config.average)
    done = checkpoint.restore(task.model) if config.resume else 0
    export.clear(folder, keep_checkpoint=done > 0)
    export.write_json(folder / "config.json", options)
    averages = [keras.callbacks.SwapEMAWeights()] if task.model.optimizer.use_ema else []
    if done < config.epochs and not checkpoint.out_of_patience:
        task.model.fit(
            task.train,
            validation_data=task.validation,
            initial_epoch=done,
            epochs=config.epochs,
            callbacks=[*task.callbacks, checkpoint, *averages],
            shuffle=False,  # the data shuffles itself
            verbose=1 if sys.stdout.isatty() else 2,
        )
    checkpoint.use_best(task.model)
    export.save(folder, task)
    export.write_history(folder / "history.csv", checkpoint.history)
    plots.learning_curves(folder / "learning_curves.png", checkpoint.history)

    scores = task.evaluate(export.SavedPredictor(folder))
    training = {
        "data": config.data,
        "seed": config.seed,
        "best_epoch": checkpoint.best_epoch + 1,
        "training_seconds": round(checkpoint.training_seconds, 1),
        "parameters": sum(math.prod(weight.shape) for weight in task.model.trainable_weights),
        "versions": export.versions(),
    }
    export.write_json(folder / "scores.json", scores | training)
    if "confusion_matrix" in scores:
        plots.confusion_matrix(
            folder / "confusion_matrix.png", scores["confusion_matrix"], scores["labels"]
        )
    print(f"\n{score_table(scores)}\n")
    print(f"saved in {folder}; to use it:\n  {export.usage(folder)}")


if __name__ == "__main__":
    main()
