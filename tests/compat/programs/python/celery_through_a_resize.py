"""A Celery worker, its broker and its results in one instance that is resized while jobs run."""

import os
import subprocess
import sys
from pathlib import Path

from celery import Celery

URL = f"{os.environ['SWIFTCACHE_URL']}?ssl_cert_reqs=required"
JOBS = 150

app = Celery("celery_through_a_resize", broker=URL, backend=URL)
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 1


@app.task
def double(number: int) -> int:
    app.backend.client.sadd("done", number)
    return number * 2


def main() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", app.main, "worker", "--concurrency", "2", "--loglevel", "INFO"],
        cwd=Path(__file__).parent,
        stdout=sys.stderr,
    )
    try:
        before = [double.delay(number) for number in range(JOBS)]
        assert before[0].get(timeout=30) == 0
        print("resize, please", flush=True)
        during = [double.delay(number) for number in range(JOBS, 2 * JOBS)]
        input()
        after = [double.delay(number) for number in range(2 * JOBS, 3 * JOBS)]
        assert [result.get(timeout=60) for result in before + during + after] == [2 * n for n in range(3 * JOBS)]
        assert app.backend.client.scard("done") == 3 * JOBS
    finally:
        worker.terminate()
        worker.wait(30)


if __name__ == "__main__":
    main()
