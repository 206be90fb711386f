"""Predictions for whole files, shard by shard, on all cores or on a Ray cluster."""

from seqtasks.offline.job import Job, make_job
from seqtasks.offline.predict_files import predict_files
from seqtasks.offline.predict_shard import ShardReport, predict_shard
from seqtasks.offline.shards import Shard

__all__ = ["Job", "Shard", "ShardReport", "make_job", "predict_files", "predict_shard"]
