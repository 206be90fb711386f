"""The checkout's command line: `python train.py TASK` is `seqtasks train TASK`."""

import sys

from seqtasks.cli import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
