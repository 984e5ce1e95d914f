"""Figures that read at a glance: official colours, and a label wherever a colour says something.

All are SVG with real text, drawn by matplotlib on a sheet of millimetres (`svg_canvas.py`); equal inputs give
equal bytes.
"""
