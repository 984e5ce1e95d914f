"""Tables that other people made, as files: text in any usual encoding and separation, or a workbook."""
