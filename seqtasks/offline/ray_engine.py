"""Shards on a Ray cluster: Ray Data with a pool of actors, each of which loads the run once."""

from __future__ import annotations

import dataclasses
import importlib.util
import logging
from collections.abc import Iterator
from typing import Any

from seqtasks.errors import InputError
from seqtasks.offline.job import Job
from seqtasks.offline.local_engine import ONE_THREAD, loaded
from seqtasks.offline.predict_shard import ShardReport, predict_shard
from seqtasks.offline.shards import Shard


def check_ray() -> None:
    """Refuse the engine where Ray is not installed.

    Raises:
        InputError: it is not; the message names the extra.
    """
    if importlib.util.find_spec("ray") is None:
        raise InputError(
            "--engine ray: expected the package ray, found none. Install it: pip install "
            '"seqtasks[ray]", or leave the option out: --engine local uses all cores of this '
            "machine."
        )


class ShardActor:
    """Predicts shards; one each process of the cluster.

    Args:
        job: what is predicted. Run, inputs and output stand under the same paths on every machine.
    """

    def __init__(self, job: Job) -> None:
        self._job, self._run = job, loaded(job.run)
        self._shards = {shard.name: shard for shard in job.shards}

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Names of shards -> their reports, a column for each field."""
        shards = [self._shards[str(name)] for name in batch["shard"]]
        reports = [predict_shard(self._run, self._job, shard) for shard in shards]
        names = [field.name for field in dataclasses.fields(ShardReport)]
        return {name: [getattr(report, name) for report in reports] for name in names}


def predict_on_ray(
    job: Job, shards: list[Shard], workers: int, address: str | None
) -> Iterator[ShardReport]:
    """Predict shards by actors, and report each as it is finished.

    Ray begins an actor anew that dies, and gives its shard to another.

    Args:
        job: what is predicted.
        shards: those that are not done.
        workers: number of actors.
        address: of a cluster; None uses the one of the environment, or begins one on this machine.

    Raises:
        InputError: Ray is not installed, or the cluster cannot be reached.
    """
    check_ray()
    import ray

    environment = {"env_vars": {**ONE_THREAD, "TF_CPP_MIN_LOG_LEVEL": "3"}}
    try:
        ray.init(
            address,
            runtime_env=environment,
            ignore_reinit_error=True,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=False,
        )
    except ConnectionError as error:
        raise InputError(f"--address {address}: no Ray cluster there ({error}).") from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.enable_operator_progress_bars = False
    context.print_on_execution_start = False
    # Blocks without a task: the actors may take every core.
    names = ray.data.from_items(
        [{"shard": shard.name} for shard in shards], override_num_blocks=len(shards)
    )
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    pool = ray.data.ActorPoolStrategy(size=min(workers, len(shards), cores))
    found = names.map_batches(
        ShardActor, fn_constructor_args=(job,), batch_size=1, compute=pool, num_cpus=1
    )
    for row in found.iter_rows():
        yield ShardReport(**row)
