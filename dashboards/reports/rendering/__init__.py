"""From a `Report` to what people read: tables (of the page and of the workbook alike), cards, notes, figures."""
