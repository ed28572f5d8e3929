"""The fast path: if all that a build looked at is as it was, the next one has nothing to do.

    words ──▶ key ──▶ index: a section of that key? ──▶ looks again at all of it ──▶ the answer
                                                          │ only files hold something else
                                                          ▼
                                                    what a build of the edit begins with

What is here starts before anything else of jobmake, and loads next to nothing. It answers only
what the ordinary path would; wherever it is in doubt, it says nothing, and the ordinary path does
everything. What is kept of a build is put together in `project/sighting.py`; builds of an edit are
in `project/edited.py`.
"""
