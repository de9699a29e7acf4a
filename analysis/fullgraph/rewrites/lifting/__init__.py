"""Lifting: what Python decides on tensor data, followed through a function and written with tensors throughout.

On the ground are `value` (what an expression is), `scope` (what names hold) and `placing` (where lines go). Each room
takes from those before it: `reading`, `scalars`, `lists`, `ways`. Above them are the tables, which ask the rooms what
becomes of an expression (`expressions`, `calls`, `inference`), of a statement (`statements`), of a function (`functions`).
"""
