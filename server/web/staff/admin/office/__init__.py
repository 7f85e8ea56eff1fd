"""The office's pages: lists, forms, preview, planned changes and history."""

from server.web.staff.admin.office import changes, exchange, logo, order, workbook, year_holidays
from server.web.staff.admin.office.pages import pages as office_pages

__all__ = ["changes", "exchange", "logo", "office_pages", "order", "workbook", "year_holidays"]
