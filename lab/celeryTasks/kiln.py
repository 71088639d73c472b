"""A worker's task that takes as long as it is told, and a producer: python3 -m kiln COUNT SECONDS."""

import os
import sys
import time

from celery import Celery

app = Celery("kiln", broker=os.environ["BROKER_URL"])
# One task is fetched at a time, so that what waits stands in the queue, where it can be counted.
app.conf.worker_prefetch_multiplier = 1
app.conf.task_ignore_result = True


@app.task(name="kiln.fire")
def fire(seconds):
    time.sleep(seconds)


if __name__ == "__main__":
    count, seconds = int(sys.argv[1]), float(sys.argv[2])
    with app.connection_for_write() as connection:
        for _ in range(count):
            app.send_task("kiln.fire", args=[seconds], connection=connection)
