"""An RQ worker that waits in BLPOP while its instance is resized; jobs from before, during and after."""

import os
import subprocess
import sys
import time
from pathlib import Path

from redis import Redis
from rq import Queue

JOBS = 20
SECONDS = 60

connection = Redis.from_url(os.environ["SWIFTCACHE_URL"])
queue = Queue(connection=connection)


def main() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "rq.cli", "worker", "--url", os.environ["SWIFTCACHE_URL"]],
        cwd=Path(__file__).parent,
        stdout=sys.stderr,
    )
    try:
        jobs = [queue.enqueue(pow, 2, number) for number in range(JOBS)]
        wait_for(jobs)
        print("resize, please", flush=True)
        jobs += [queue.enqueue(pow, 2, number) for number in range(JOBS, 2 * JOBS)]
        input()
        jobs += [queue.enqueue(pow, 2, number) for number in range(2 * JOBS, 3 * JOBS)]
        wait_for(jobs)
        assert [job.return_value() for job in jobs] == [2**number for number in range(3 * JOBS)]
        assert queue.failed_job_registry.count == 0
        assert queue.count == 0
    finally:
        worker.terminate()
        worker.wait(30)


def wait_for(jobs: list) -> None:
    deadline = time.monotonic() + SECONDS
    while left := [job.id for job in jobs if not job.is_finished]:
        assert time.monotonic() < deadline, f"{len(left)} of {len(jobs)} jobs are not finished"
        time.sleep(0.2)


if __name__ == "__main__":
    main()
