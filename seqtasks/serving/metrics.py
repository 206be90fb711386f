"""Prometheus metrics of a server, in a registry of its own, for `/metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
NO_MODEL = ""  # label of requests that name no model of the server


class ModelMetrics:
    """The metrics of one model.

    Attributes:
        queue: requests in the queue.
        batch: rows of the batches.
        version: that is served.
    """

    def __init__(self, name: str, metrics: Metrics) -> None:
        self.queue = metrics.queue.labels(name)
        self.batch = metrics.batch.labels(name)
        self.version = metrics.version.labels(name)


class Metrics:
    """All metrics of a server.

    Attributes:
        registry: that holds them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "seqtasks_requests",
            "Requests answered, by model and status.",
            ("model", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "seqtasks_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("model",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.batch = Histogram(
            "seqtasks_batch_rows",
            "Rows predicted together.",
            ("model",),
            buckets=ROWS,
            registry=self.registry,
        )
        self.queue = Gauge(
            "seqtasks_queue_length", "Requests in the queue.", ("model",), registry=self.registry
        )
        self.version = Gauge(
            "seqtasks_model_version",
            "Version that is served; it grows by one when a run is replaced.",
            ("model",),
            registry=self.registry,
        )

    def of(self, name: str) -> ModelMetrics:
        """The metrics of one model."""
        return ModelMetrics(name, self)

    def answered(self, model: str, status: int, seconds: float) -> None:
        """Count a request; `NO_MODEL` is for those that name none of the server's."""
        self.requests.labels(model, str(status)).inc()
        self.seconds.labels(model).observe(seconds)

    def text(self) -> bytes:
        """The metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
