"""The monthly report: what the analyst signs. A function of its inputs; see `report.compile_report`.

store ─► collection (reads, series by series) ─► means, air, water, exceedances, data_capture (pure) ─► Report
Report ─► means.csv, exceedances.csv, report.json (export), report.html (page), its other files (files/)
"""
