"""From a `MonthlyReport` to what people read: tables (of page and workbook alike), cards, notes, figures."""
