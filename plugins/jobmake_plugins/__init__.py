"""Plugins that ship with jobmake: each is a module, found by its entry point, and a model.

They use what any plugin may use: the names of `jobmake`, and the hooks.
"""
