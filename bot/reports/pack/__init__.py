"""An auditor's pack: what is in it (``contents``), its tables, and the workbook."""
