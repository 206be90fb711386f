"""An HTTP server over runs: TensorFlow Serving's REST API, a friendly one, a page.

`seqtasks.serving.server.serve` is the server, `seqtasks.serving.app.create_app` its application.
They need the packages of the extra `serve`: `pip install "seqtasks[serve]"`.
"""

from seqtasks.serving.limits import Limits

__all__ = ["Limits"]
