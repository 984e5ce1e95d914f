"""The monthly report: what the analyst signs. A function of its inputs; see `compiling.compile_report`.

store ─► gathering (reads, series by series) ─► numbers, air, water, exceedances, quality (pure) ─► Report
Report ─► means.csv, exceedances.csv, report.json (files), report.html (page, figures), report.xlsx (workbook)
"""
