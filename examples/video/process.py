"""The same without the Jobfile: the state of each job goes to `state/video_NAME.json`.

python process.py
"""

from __future__ import annotations

from jobs.showing import Summary


def main() -> None:
    summary = Summary(json_prefix="state/video", bins=24, window=3, title="A lecture on rivers")
    summary.process(jobs=2)
    changes = summary.slide_changes.slide_changes
    print(f"new slides in the frames {', '.join(map(str, changes))}")


if __name__ == "__main__":
    main()
