"""Writes small distributions of the project's own that show what an index page can say: several versions, a yanked one, a
local version, a source distribution. The yanked one is listed in `yanked.txt`.

    samples.py DIRECTORY
"""

import base64
import hashlib
import io
import pathlib
import sys
import tarfile
import zipfile

NAME = "forebay_sample"
WHEELS = ["1.0", "1.1", "1.1+local.1", "1.2"]
YANKED = "1.2"
SDIST = "0.9"
WHEN = (2024, 1, 2, 3, 4, 6)


def metadata(version):
    return (
        f"Metadata-Version: 2.1\nName: forebay-sample\nVersion: {version}\n"
        "Summary: A sample for tests\nRequires-Python: >=3.8\n"
    )


def wheel(directory, version):
    info = f"{NAME}-{version}.dist-info"
    members = {
        f"{NAME}.py": f'__version__ = "{version}"\n',
        f"{info}/METADATA": metadata(version),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: forebay-fixtures\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    with zipfile.ZipFile(directory / f"{NAME}-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in members.items():
            content = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={digest},{len(content)}")
            archive.writestr(zipfile.ZipInfo(path, WHEN), content)
        record.append(f"{info}/RECORD,,")
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD", WHEN), "\n".join(record) + "\n")


def sdist(directory, version):
    base = f"{NAME}-{version}"
    members = {
        "PKG-INFO": metadata(version),
        "pyproject.toml": '[build-system]\nrequires = ["setuptools", "wheel"]\nbuild-backend = "setuptools.build_meta"\n'
        f'[project]\nname = "forebay-sample"\nversion = "{version}"\nrequires-python = ">=3.8"\n'
        f'[tool.setuptools]\npy-modules = ["{NAME}"]\n',
        f"{NAME}.py": f'__version__ = "{version}"\n',
    }
    with tarfile.open(directory / f"{base}.tar.gz", "w:gz") as archive:
        for path, text in members.items():
            content = text.encode()
            member = tarfile.TarInfo(f"{base}/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def main():
    directory = pathlib.Path(sys.argv[1])
    for version in WHEELS:
        wheel(directory, version)
    sdist(directory, SDIST)
    (directory / "yanked.txt").write_text(f"{NAME}-{YANKED}-py3-none-any.whl a sample of a yanked release\n")


main()
