"""A base image for `sam local invoke` where none can be pulled: `python -m local.sam.image`.

It is this machine's own Python of the runtime with AWS's runtime client and SDK, under the name that SAM looks for. It
lacks what Lambda's own image has besides.
"""

import json
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local import template as templates
from local.errors import StartupError
from local.sam.libraries import install
from local.sam.root_file_system import RootFileSystem, libraries
from local.template import Template

SHELL = ("sh", "mv", "cp", "rm", "chmod")
"""What the lines call with which SAM puts its emulator and the layers into an image."""

BOOTSTRAP = """\
#!/bin/sh
export PYTHONPATH=/opt/python:/var/runtime
exec {python} -m awslambdaric "$_HANDLER"
"""

WHEELS_WANT = ("libdl.so.2", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1")
"""Parts of the C library that packages of the registry may be linked to, since every Linux has them."""

_ROOT = Path(__file__).parents[2]
_LEFT_OUT = {"test", "idlelib", "ensurepip", "tkinter", "turtledemo", "site-packages", "dist-packages", "__pycache__"}
_ASKED = """\
import json, os, sys, sysconfig
folders = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
print(json.dumps([os.path.realpath(sys.executable), *folders]))
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The runtime of the template's functions, as Lambda and SAM call it."""

    runtime: str
    architecture: str

    @property
    def image(self) -> str:
        """The name by which SAM looks for its base image."""
        return f"public.ecr.aws/lambda/python:{self.runtime.removeprefix('python')}-{self.architecture}"


def wanted(template: Template) -> Wanted:
    """Every function has the same one."""
    [found] = {
        Wanted(properties["Runtime"], properties["Architectures"][0])
        for name in template.functions
        for properties in [template.resources[name]["Properties"]]
    }
    return found


def write(image: IO[bytes], runtime: Wanted) -> None:
    """Writes the tar. Raises StartupError if this machine has not what it takes."""
    if platform.machine() != runtime.architecture:
        raise StartupError(f"template.yaml's functions are of {runtime.architecture}, and this is {platform.machine()}")
    executable, *folders = _python(runtime.runtime)
    with tempfile.TemporaryDirectory() as draft, tarfile.open(fileobj=image, mode="w|") as tar:
        root, installed = RootFileSystem(tar), Path(draft)
        try:
            for name in SHELL:
                root.program(name)
        except FileNotFoundError as error:
            raise StartupError(f"{error} is missing on this machine") from error
        root.linked(executable, str(executable).lstrip("/"))
        [c_library] = [each for each in libraries(executable) if each.name == "libc.so.6"]
        for part in map(c_library.with_name, WHEELS_WANT):
            root.linked(part, str(part).lstrip("/"))
        for folder in dict.fromkeys(folders):
            _tree(root, folder, str(folder).lstrip("/"))
        locked = ["--constraint", str(_ROOT / "local" / "requirements.txt")]
        install(["awslambdaric", "boto3", *locked], installed, runtime.runtime, runtime.architecture)
        _tree(root, installed, "var/runtime")
        root.text("var/runtime/bootstrap", BOOTSTRAP.format(python=executable), 0o755)
        root.text("etc/passwd", "root:x:0:0::/:/bin/sh\n")
        root.text("etc/nsswitch.conf", "hosts: files dns\n")
        for name, mode in (("var/task", 0o755), ("opt", 0o755), ("tmp", 0o1777), ("proc", 0o555)):
            root.folder(name, mode)


def _python(name: str) -> list[Path]:
    """Its program, and where its own modules are. Raises StartupError."""
    try:
        answer = subprocess.run([name, "-c", _ASKED], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise StartupError(f"the image is made of {name}, which must be on the path") from error
    paths: list[str] = json.loads(answer)
    return [Path(path) for path in paths]


def _tree(root: RootFileSystem, folder: Path, name: str) -> None:
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if not file.is_file() or not _LEFT_OUT.isdisjoint(inside.parts[:-1]):
            continue
        put = root.linked if file.suffix == ".so" else root.file
        put(file, f"{name}/{inside}")


def main() -> None:
    """Imports the image into Docker, and says how it is called."""
    if shutil.which("docker") is None:
        sys.exit("there is no docker command")
    try:
        runtime = wanted(templates.read(_ROOT / "template.yaml"))
        with tempfile.TemporaryFile() as image:
            write(image, runtime)
            image.seek(0)
            done = subprocess.run(
                ["docker", "import", "-", runtime.image], stdin=image, stdout=subprocess.DEVNULL, check=False
            )
    except StartupError as error:
        sys.exit(f"swiftcache: {error}")
    if done.returncode:
        sys.exit(done.returncode)
    print(runtime.image)


if __name__ == "__main__":
    main()
