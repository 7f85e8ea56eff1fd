/* Guard against unintended clicks: a control (button, link or choice) acts only after it was visible, unchanged and at
   the same position, for MIN_VISIBLE_MS. The second click of a double click, and a click on a control that a refresh
   has just changed, do nothing. */

export const MIN_VISIBLE_MS = 600;
const NEAR_PX = 4; // a control that has moved less is at the same position
const CONTROLS = "a[href], button, summary, select, label.choice, label.tick, input[type=radio], input[type=checkbox]";
// A control's entry is { identity, shownMs, placedMs, x, y }: since when it is on the page, and at this position. After
// a refresh a control is recognised by its identity and its index among controls of the same identity.
let knownEntries = new Map();
const entries = new WeakMap();
let updateTimer = 0;

/* A control is a new one when its text changes (except a countdown on a key), or the version that its form carries. */
export const identityOf = (control) => [
  control.tagName,
  control.form?.getAttribute("action") ?? control.getAttribute("href") ?? "",
  control.form?.elements.ticket?.value ?? "",
  control.matches("input") ? control.value : "",
  control.dataset.key ?? (control.matches("select") ? control.name : control.textContent.trim()),
  document.getElementById("page")?.dataset.drawn ?? "",
].join("\n");

const positionOf = (control) => {
  const box = control.getBoundingClientRect();
  return { x: box.x + scrollX, y: box.y + scrollY };
};
const isNear = (first, second) => Math.abs(first.x - second.x) <= NEAR_PX && Math.abs(first.y - second.y) <= NEAR_PX;

/* Update the entries after any change of the page. Controls that are new or have moved are inactive from now on. */
export const updateControls = () => {
  const nowMs = performance.now();
  const currentEntries = new Map();
  const counts = new Map();
  let maxWaitMs = 0;
  for (const control of document.querySelectorAll(CONTROLS)) {
    const identity = identityOf(control);
    const position = positionOf(control);
    const index = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, index);
    const previous = knownEntries.get(`${identity}\n${index}`);
    const moved = !previous || !isNear(previous, position);
    const entry = moved ? { identity, shownMs: previous?.shownMs ?? nowMs, placedMs: nowMs, ...position } : previous;
    currentEntries.set(`${identity}\n${index}`, entry);
    entries.set(control, entry);
    const remainingMs = entry.placedMs + MIN_VISIBLE_MS - nowMs;
    control.toggleAttribute("data-fresh", remainingMs > 0); // staff.css: it takes no clicks yet
    maxWaitMs = Math.max(maxWaitMs, remainingMs);
  }
  knownEntries = currentEntries;
  clearTimeout(updateTimer);
  if (maxWaitMs > 0) updateTimer = setTimeout(updateControls, maxWaitMs);
};

const entryOf = (control) => {
  const entry = entries.get(control);
  return entry?.identity === identityOf(control) ? entry : null;
};
/* Whether the control, as it is now, had been on the page for long enough at `momentMs`: for the keyboard. */
export const wasVisible = (control, momentMs) => {
  const entry = entryOf(control);
  return entry !== null && momentMs - entry.shownMs >= MIN_VISIBLE_MS;
};
/* The same, at its current position: for clicks. */
const wasStable = (control, momentMs) => {
  const entry = entryOf(control);
  return entry !== null && isNear(entry, positionOf(control)) && momentMs - entry.placedMs >= MIN_VISIBLE_MS;
};

/* Clicks by scripts are from the keyboard, which checks wasVisible itself. A click on a label also clicks its input. */
document.addEventListener("click", (event) => {
  const control = event.isTrusted ? event.target.closest?.(CONTROLS) : null;
  if (!control || wasStable(control, event.timeStamp)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  updateControls(); // it may have moved without a change of the page: then it is inactive from now on
}, true);
addEventListener("resize", updateControls);
/* A list that scrolls inside itself moves its controls. */
document.addEventListener("scroll", (event) => { if (event.target !== document) updateControls(); }, { capture: true, passive: true });
/* A choice, or a line that appears or disappears, moves the controls below, which are inactive from then on. */
document.addEventListener("input", updateControls);
new MutationObserver(updateControls).observe(document.documentElement, {
  subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["hidden", "open"],
});
document.fonts.ready.then(updateControls);
updateControls();
globalThis.acceptClicks(); // early.js
