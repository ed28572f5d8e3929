"""Installed packages count by their versions, found by the names they are imported with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobmake.code.code import Code
from jobmake.code.known import Known
from tests.code.project import CodeProject


class Site:
    """A folder of installed packages."""

    def __init__(self, folder: Path, project: CodeProject) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        project.site = (str(folder),)

    def install(self, dist: str, *tops: str, top_level: bool = False, init: bool = True) -> None:
        info = self.folder / f"{dist}.dist-info"
        info.mkdir()
        for top in tops:
            self.add(f"{top}/__init__.py" if init else f"{top}/{dist}.py", "x = 1\n")
        if top_level:
            (info / "top_level.txt").write_text("\n".join(tops))
        (info / "RECORD").write_text("".join(f"{top}/__init__.py,,\n" for top in tops))

    def add(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def uninstall(self, dist: str) -> None:
        info = self.folder / f"{dist}.dist-info"
        for file in info.iterdir():
            file.unlink()
        info.rmdir()


@pytest.fixture
def site(project: CodeProject, tmp_path: Path) -> Site:
    project.root = tmp_path / "project"
    return Site(tmp_path / "lib" / "site-packages", project)


def parts_of(project: CodeProject, *names: str) -> dict[str, str]:
    lines = "".join(f"import {name}\n" for name in names)
    uses = ", ".join(name.partition(".")[0] for name in names)
    project.write("job.py", f"{lines}def run(): return {uses}\n")
    parts = dict(project.of("job:run").parts)
    parts.pop("job.py")
    parts.pop("python")
    return parts


def test_a_package_counts_by_its_version(project: CodeProject, site: Site) -> None:
    site.install("numpy-1.26.4", "numpy")
    assert parts_of(project, "numpy.linalg") == {"numpy": "1.26.4"}


def test_a_package_of_another_name_than_its_distribution(project: CodeProject, site: Site) -> None:
    site.install("pillow-10.1", "PIL")
    site.install("scikit_learn-1.4", "sklearn", top_level=True)
    assert parts_of(project, "PIL", "sklearn") == {
        "PIL": "pillow==10.1",
        "sklearn": "scikit_learn==1.4",
    }


def test_a_package_that_several_distributions_share(project: CodeProject, site: Site) -> None:
    site.install("google_auth-2.1", "google", init=False)
    site.install("google_storage-3.0", "google", init=False)
    assert parts_of(project, "google") == {"google": "google_auth==2.1 google_storage==3.0"}


def test_a_package_that_is_not_there(project: CodeProject, site: Site) -> None:
    assert parts_of(project, "numpy") == {"numpy": "absent"}
    site.install("numpy-1.26.4", "numpy")
    assert parts_of(project, "numpy") == {"numpy": "1.26.4"}


def test_an_update_is_seen(project: CodeProject, site: Site) -> None:
    site.install("numpy-1.26.4", "numpy")
    assert parts_of(project, "numpy") == {"numpy": "1.26.4"}
    site.uninstall("numpy-1.26.4")
    site.install("numpy-2.0.0", "numpy")
    assert parts_of(project, "numpy") == {"numpy": "2.0.0"}


def test_a_package_that_only_other_code_uses_does_not_count(
    project: CodeProject, site: Site
) -> None:
    site.install("numpy-1.26.4", "numpy")
    project.write(
        "job.py", "import numpy as np\ndef run(): return 1\ndef other(): return np.zeros(3)\n"
    )
    assert "numpy" not in project.of("job:run").parts
    assert project.of("job:other").parts["numpy"] == "1.26.4"


def test_a_package_imported_for_what_the_import_does_counts(
    project: CodeProject, site: Site
) -> None:
    site.install("plots-1.0", "plots")
    project.write("job.py", "import plots\ndef run(): return 1\n")
    assert project.of("job:run").parts["plots"] == "1.0"


def test_editable_installs_elsewhere_count_by_their_files_too(
    project: CodeProject, site: Site, tmp_path: Path
) -> None:
    site.install("mine-0.1", top_level=True)
    site.add("mine-0.1.dist-info/top_level.txt", "mine\n")
    elsewhere = tmp_path / "else where" / "src"
    site.add(
        "mine-0.1.dist-info/direct_url.json",
        f'{{"url": "{elsewhere.parent.as_uri()}", "dir_info": {{"editable": true}}}}',
    )
    (elsewhere / "mine").mkdir(parents=True)
    (elsewhere / "mine" / "__init__.py").write_text("x = 1\n")
    before = parts_of(project, "mine")["mine"]
    assert before.startswith("0.1 xxh3:")
    (elsewhere / "mine" / "__init__.py").write_text("x = 2\n")
    assert parts_of(project, "mine")["mine"] != before

    project.site = (*project.site, str(elsewhere))  # as a `.pth` file makes it
    before = parts_of(project, "mine")["mine"]
    (elsewhere / "mine" / "more.py").write_text("x = 2\n")
    assert parts_of(project, "mine")["mine"] != before


def test_an_editable_install_of_the_project_is_project_code(
    project: CodeProject, site: Site
) -> None:
    project.write("src/mine/__init__.py", "x = 1\n")
    project.site = (*project.site, str(project.root / "src"))
    assert list(parts_of(project, "mine")) == ["src/mine/__init__.py"]


def test_code_on_the_python_path_counts_by_its_files(
    project: CodeProject, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "tool.py").write_text("x = 1\n")
    project.site = (*project.site, str(tmp_path / "more"))
    before = parts_of(project, "tool")["tool"]
    assert before.startswith("xxh3:")
    (tmp_path / "more" / "tool.py").write_text("x = 2\n")
    assert parts_of(project, "tool")["tool"] != before


def test_a_folder_of_data_does_not_hide_a_package(project: CodeProject, site: Site) -> None:
    site.install("numpy-1.26.4", "numpy")
    project.write("numpy/data.csv", "1\n")
    assert parts_of(project, "numpy.linalg") == {"numpy": "1.26.4"}


def test_jobmake_counts_by_its_version_alone(project: CodeProject, site: Site) -> None:
    site.install("jobmake-0.1.0")
    site.add("jobmake-0.1.0.dist-info/direct_url.json", f'{{"url": "{Path("/x").as_uri()}"}}')
    assert parts_of(project, "jobmake") == {"jobmake": "0.1.0"}


def test_the_packages_of_this_python_are_found_without_importing_them(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("import xxhash, pytest\ndef run(): return xxhash, pytest\n")
    parts = Code(str(tmp_path), ["."], Known()).of("job", "run").parts
    assert parts["pytest"] == pytest.__version__
    assert parts["xxhash"] == __import__("xxhash").VERSION


def test_folders_are_not_read_again_while_they_look_the_same(
    project: CodeProject, site: Site
) -> None:
    site.install("pillow-10.1", "PIL")
    assert parts_of(project, "PIL") == {"PIL": "pillow==10.1"}
    stamp = os.stat(site.folder)
    record = site.folder / "pillow-10.1.dist-info" / "RECORD"
    record.unlink()  # nobody looks: the folder above has not changed
    assert os.stat(site.folder).st_mtime_ns == stamp.st_mtime_ns
    answer = Code(str(project.root), ["."], project.known, site=project.site).of("job", "run")
    assert answer.parts["PIL"] == "pillow==10.1"
