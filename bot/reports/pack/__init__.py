"""An auditor's pack: one workbook with question, answer, link, who, when, and the whole trail."""
