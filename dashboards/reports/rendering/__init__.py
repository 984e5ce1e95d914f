"""From a `Report` to what people read: tables (of page and workbook alike), cards, notes, figures."""
