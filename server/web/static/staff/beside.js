/* The display of calls opens as a window of half the screen, so that it can stand beside a counter's page. */

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-beside]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { availLeft = 0, availTop = 0, availWidth, availHeight } = screen;
  const width = Math.floor(availWidth / 2);
  const place = `popup,left=${availLeft + availWidth - width},top=${availTop},width=${width},height=${availHeight}`;
  const display = open(link.href, link.target, place);
  if (!display) return; // the browser blocks windows: the link opens a tab
  event.preventDefault();
  display.focus();
});
