"""A nightly job: writes down when it ran."""

import os
import time
from pathlib import Path

with (Path(os.environ["GAMEDAY_STATE_DIR"]) / "nights.txt").open("a") as file:
    file.write(f"{time.time():.1f}\n")
