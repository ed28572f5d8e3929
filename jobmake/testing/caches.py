"""What holds for every cache.

    class TestBucket(CacheContract):
        def make(self, folder, size):
            return Bucket(folder, size)

Knows what jobmake asks a cache. Does not know any. `make` is called again, with the same folder,
for a second user of the same cache.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

import pytest

from jobmake.memory.resultfiles import RESULTS, result_parts
from jobmake.model.cached import Miss, Trace
from jobmake.model.contracts import Cache
from jobmake.testing.projects import Workspace, registry
from jobmake.testing.traces import KEY, digest, listing, result_of, tick, trace_of, write
from jobmake.tools.value import replace


class Make(Protocol):
    """Opens the cache of the test: each time the same one."""

    def __call__(self, limit: int = 2**30) -> Cache: ...


class CacheContract:
    """The tests; who inherits says how a cache is made."""

    def make(self, folder: str, size: int) -> Cache:
        """Return the cache that keeps its things in a folder, and at most so many bytes."""
        raise NotImplementedError("`make` returns the cache")

    @pytest.fixture(name="make")
    def _make(self, tmp_path: Path) -> Make:
        return lambda limit=2**30: self.make(str(tmp_path / "cache"), limit)

    def test_a_project_is_restored_from_it(self, tmp_path: Path) -> None:
        space = Workspace(tmp_path, registry=registry(caches={"tried": self.make}))
        space.jobfile(
            """
            [cache]
            kind = "tried"
            [target.sample]
            run = "mkdir -p out && cp {inputs} out && cp {inputs} {outputs[1]}"
            inputs = ["in.txt"]
            outputs = ["out/", "one.txt"]
            """
        )
        for text in ("one", "two"):
            space.write("in.txt", text)
            assert space.build().built == ("sample",)
        space.write("in.txt", "one")
        assert space.build().restored == ("sample",)
        assert (space.read("out/in.txt"), space.read("one.txt")) == ("one", "one")
        assert space.status() == {"sample": "up to date"}

    def test_what_was_kept_is_found_by_its_key_alone(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "out.txt", "made")
        result = result_of(root, b"\0\xff", {"plots/a.png": b"a"})
        kept = trace_of(
            root,
            "out.txt",
            discovered={"a.h": "xxh3:" + "2" * 32},
            value=result.value,
            files=result.files,
        )
        make().keep(KEY, kept, str(tmp_path / "p"))

        [found] = make().find(KEY)

        assert replace(found, key="") == kept
        assert make().find("xxh3:" + "9" * 32) == []

    def test_outputs_come_back_as_they_were(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "out/a", "a")
        write(root / "out/run", "#!/bin/sh", executable=True)
        write(root / "out/empty", "")
        write(root / "out/large", bytes(range(256)) * 8192)
        paths = ("out/a", "out/run", "out/empty", "out/large")
        before = listing(root)
        cache = make()
        assert cache.keep(KEY, trace_of(root, *paths), str(root)) is None
        shutil.rmtree(root)

        cache.restore(cache.find(KEY)[0], str(root), paths)

        assert listing(root) == before

    def test_a_value_and_own_files_come_back_where_they_are_wanted(
        self, make: Make, tmp_path: Path
    ) -> None:
        root, large = tmp_path / "p", bytes(range(256)) * 8192
        trace = result_of(root, b"value", {"a": large, "in/a": b"", "same": b"value"})
        before = listing(root / RESULTS / str(trace.result_id))
        cache = make()
        assert cache.keep(KEY, trace, str(root)) is None
        shutil.rmtree(root)
        [found] = cache.find(KEY)

        places = {path: digest for _, path, digest in result_parts(found, "new")}
        cache.restore(Trace(places, key=found.key), str(root), places)

        assert listing(root / "new") == before
        assert found.value is not None
        assert cache.read(found.value) == b"value"
        with pytest.raises(Miss):
            cache.read("xxh3:" + "9" * 32)

    @pytest.mark.parametrize("name", ["value", "files/a"])
    def test_a_result_that_was_edited_meanwhile_is_not_kept(
        self, make: Make, tmp_path: Path, name: str
    ) -> None:
        root = tmp_path / "p"
        trace = result_of(root, b"value", {"a": b"own"})
        write(root / RESULTS / str(trace.result_id) / name, "edited")

        refused = make().keep(KEY, trace, str(root))

        assert refused is not None
        assert refused.reason.endswith(f"/{name}` was changed after the run")
        assert make().find(KEY) == []

    def test_a_folder_comes_back_with_all_in_it(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "data/x", "outside the folder")
        write(root / "out/deep/er/a", "a")
        write(root / "out/.hidden", "h", executable=True)
        (root / "out/empty/more").mkdir(parents=True)
        (root / "out/link").symlink_to("deep/er/a")
        (root / "out/folder").symlink_to("deep")
        (root / "out/dangling").symlink_to("nowhere")
        (root / "out/deep/up").symlink_to("..")
        (root / "out/outside").symlink_to("../data/x")
        before = listing(root)
        cache = make()
        trace = trace_of(root, "out/")
        assert cache.keep(KEY, trace, str(root)) is None
        shutil.rmtree(root / "out")

        cache.restore(cache.find(KEY)[0], str(root), ["out/"])

        assert listing(root) == before
        assert digest(root, "out") == trace.outputs["out/"]

    def test_an_empty_folder_comes_back(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        (root / "out").mkdir(parents=True)
        cache = make()
        cache.keep(KEY, trace_of(root, "out/"), str(root))
        (root / "out").rmdir()
        cache.restore(cache.find(KEY)[0], str(root), ["out/"])
        assert (root / "out").is_dir()

    def test_only_what_was_asked_for_is_touched(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "a", "a")
        write(root / "b", "b")
        cache = make()
        cache.keep(KEY, trace_of(root, "a", "b"), str(root))
        write(root / "a", "edited a")
        write(root / "b", "edited b")

        cache.restore(cache.find(KEY)[0], str(root), ["b"])

        assert listing(root) == {"a": (b"edited a", False), "b": (b"b", False)}

    def test_what_is_in_the_way_is_replaced(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "file", "f")
        write(root / "folder/a", "a")
        write(root / "link", "l")
        before = listing(root)
        cache = make()
        cache.keep(KEY, trace_of(root, "file", "folder/", "link"), str(root))
        shutil.rmtree(root)
        write(root / "file/is/a", "folder")
        write(root / "folder", "is a file")
        outside = write(tmp_path / "outside", "untouched")
        (root / "link").symlink_to(outside)

        cache.restore(cache.find(KEY)[0], str(root), ["file", "folder/", "link"])

        assert listing(root) == before
        assert outside.read_text() == "untouched"

    def test_outputs_that_are_links_stay_links(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "lib.so.1", "library")
        (root / "lib.so").symlink_to("lib.so.1")
        write(root / "runs/1/x", "x")
        (root / "latest").symlink_to("runs/1")
        before = listing(root)
        cache = make()
        paths = ["lib.so", "lib.so.1", "latest/"]
        assert cache.keep(KEY, trace_of(root, *paths), str(root)) is None
        for name in ("lib.so", "lib.so.1", "latest"):
            (root / name).unlink()

        cache.restore(cache.find(KEY)[0], str(root), paths)

        assert listing(root) == before
        write(root / "runs/1/x", "other")
        (root / "latest").unlink()
        with pytest.raises(Miss, match="what it leads to has changed"):
            cache.restore(cache.find(KEY)[0], str(root), ["latest/"])

    @pytest.mark.parametrize("text", ["../out/a", "{root}/out/a"])
    def test_a_folder_that_names_itself_in_a_link_is_not_kept(
        self, make: Make, tmp_path: Path, text: str
    ) -> None:
        root = tmp_path / "p"
        write(root / "out/a", "a")
        (root / "out/link").symlink_to(text.format(root=root))
        refused = make().keep(KEY, trace_of(root, "out/"), str(root))
        assert refused is not None
        assert "`out/link` is a" in refused.reason
        assert not refused.lasting
        assert make().find(KEY) == []

    def test_an_output_that_was_changed_meanwhile_is_not_kept(
        self, make: Make, tmp_path: Path
    ) -> None:
        root = tmp_path / "p"
        write(root / "small", "s")
        write(root / "large", b"l" * 3_000_000)
        write(root / "folder/a", "a")
        cache = make()
        for path in ("small", "large", "folder/"):
            trace = trace_of(root, path)
            write(root / (path + "a" if path == "folder/" else path), b"x" * 3_000_000)
            refused = cache.keep(KEY, trace, str(root))
            assert refused is not None
            assert refused.reason == f"`{path}` was changed after the run"
        assert cache.find(KEY) == []

    def test_one_that_is_gone_is_not_kept_either(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "a", "a")
        trace = trace_of(root, "a")
        (root / "a").unlink()
        refused = make().keep(KEY, trace, str(root))
        assert refused is not None
        assert refused.reason == "cannot read `a`: No such file or directory"

    def test_the_executable_bit_is_part_of_a_file(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "a", "a")
        trace = trace_of(root, "a")
        (root / "a").chmod(0o755)
        assert make().keep(KEY, trace, str(root)) is not None

    @pytest.mark.parametrize("size", [10, 3_000_000])
    def test_an_output_edited_in_place_does_not_change_the_cache(
        self, make: Make, tmp_path: Path, size: int
    ) -> None:
        root = tmp_path / "p"
        write(root / "a", b"a" * size)
        cache = make()
        cache.keep(KEY, trace_of(root, "a"), str(root))
        for _ in range(2):  # after keeping, and after restoring
            with open(root / "a", "r+b") as file:
                file.write(b"edited")
            cache.restore(cache.find(KEY)[0], str(root), ["a"])
            assert (root / "a").read_bytes() == b"a" * size
        assert list(cache.verify()) == []

    def test_the_newest_come_first_and_each_once(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        cache = make()
        for number in [*range(100), 90]:
            write(root / "a", str(number))
            kept = replace(trace_of(root, "a"), run_id=str(number))
            assert cache.keep(KEY, kept, str(root)) is None
        runs = [int(trace.run_id) for trace in cache.find(KEY)]
        assert runs == [90, 99, 98, 97, 96, 95, 94, 93, 92, 91, *range(89, 83, -1)]

    def test_nothing_is_written_through_a_link_out_of_the_project(
        self, make: Make, tmp_path: Path
    ) -> None:
        root = tmp_path / "p"
        write(root / "out/a", "a")
        cache = make()
        cache.keep(KEY, trace_of(root, "out/a"), str(root))
        shutil.rmtree(root / "out")
        (tmp_path / "elsewhere").mkdir()
        (root / "out").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(Miss, match="leads out of the project's folder by a link"):
            cache.restore(cache.find(KEY)[0], str(root), ["out/a"])
        assert listing(tmp_path / "elsewhere") == {}

    @pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "", "a\0b", "."])
    def test_no_path_leads_out_of_the_project(self, make: Make, tmp_path: Path, path: str) -> None:
        root = tmp_path / "p"
        write(root / "a", "a")
        cache = make()
        trace = trace_of(root, "a")
        cache.keep(KEY, trace, str(root))
        with pytest.raises(Miss):
            cache.restore(replace(trace, outputs={path: trace.outputs["a"]}), str(root), [path])
        assert listing(tmp_path / "p") == {"a": (b"a", False)}

    def test_what_is_gone_is_a_miss_that_touches_nothing(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "a", "a")
        write(root / "b/c", "c")
        cache = make()
        cache.keep(KEY, trace_of(root, "a", "b/"), str(root))
        [trace] = cache.find(KEY)
        assert cache.clear().objects == 3
        write(root / "a", "edited")
        before = listing(root)
        with pytest.raises(Miss):
            cache.restore(trace, str(root), ["a", "b/"])
        assert listing(root) == before
        assert cache.find(KEY) == []
        assert cache.used().bytes == 0

    def test_what_was_used_least_recently_goes_first(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        cache = make()
        for name in "abcd":
            write(root / name, name * 100_000)
            assert cache.keep(KEY + name, trace_of(root, name), str(root)) is None
        tick(tmp_path)
        cache.restore(cache.find(KEY + "a")[0], str(root), ["a"])
        cache.keep(KEY + "b", trace_of(root, "b"), str(root))

        would = cache.trim(250_000, dry_run=True)
        assert cache.used().objects == 4
        assert cache.trim(250_000) == would
        assert would.objects == 2

        for name in "ab":
            cache.restore(cache.find(KEY + name)[0], str(root), [name])
        for name in "cd":
            for trace in cache.find(KEY + name):
                with pytest.raises(Miss):
                    cache.restore(trace, str(root), [name])

    def test_a_build_that_keeps_too_much_trims_at_its_end(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        cache = make(2**20)
        for number in range(15):
            write(root / "a", bytes([number]) * 100_000)
            assert cache.keep(KEY + str(number), trace_of(root, "a"), str(root)) is None
            tick(tmp_path)
        assert cache.used().objects == 15
        cache.close()
        cache.close()
        assert 0 < cache.used().bytes < 2**20
        assert cache.find(KEY + "14")
        assert not cache.find(KEY + "0")

    def test_what_can_never_fit_is_not_kept(self, make: Make, tmp_path: Path) -> None:
        root = tmp_path / "p"
        write(root / "a", b"a" * 700_000)
        write(root / "b", b"b" * 700_000)
        refused = make(2**20).keep(KEY, trace_of(root, "a", "b"), str(root))
        assert refused is not None
        assert refused.reason == "it is larger than the whole cache"
        assert not refused.lasting
