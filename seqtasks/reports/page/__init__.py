"""What pages of reports are made of: escaped elements, tables, charts, and the page around them."""

from seqtasks.reports.page.charts import bar_chart, line_chart
from seqtasks.reports.page.elements import Markup, element
from seqtasks.reports.page.html_page import page
from seqtasks.reports.page.matrix import confusion_matrix
from seqtasks.reports.page.tables import number, percent, table

__all__ = [
    "Markup",
    "bar_chart",
    "confusion_matrix",
    "element",
    "line_chart",
    "number",
    "page",
    "percent",
    "table",
]
