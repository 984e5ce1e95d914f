"""Files beside the page: the workbook and the PDF."""
