"""Models that are read once: for every loader of this process, as botocore itself reads them."""

import subprocess
import sys

PROGRAM = """
import botocore.loaders
from botocore.loaders import JSONFileLoader, create_loader

expected = create_loader().load_service_model("dynamodb", "service-2")
read = []
original = JSONFileLoader.load_file
def load_file(self, path):
    read.append(path)
    return original(self, path)
JSONFileLoader.load_file = load_file

import local.models
assert any("dynamodb" in path for path in read)
read.clear()
for _ in range(2):
    loader = create_loader()
    assert loader.load_service_model("dynamodb", "service-2") == expected
    loader.load_data("endpoints")
assert read == [], read

for _ in range(2):
    create_loader().load_service_model("sqs", "service-2")
assert len(read) == len(set(read)) > 0, read
"""


def test_a_model_is_read_once_for_all_loaders_and_as_it_is() -> None:
    """In a process of its own, as it stays so for the whole process."""
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
