"""The tables of a report, as page and workbook both show them."""
