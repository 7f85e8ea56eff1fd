/* Keyboard shortcuts: a letter clicks the control with that `data-key`. Scanners and number pads type into the page
   too, and people type texts without looking where the focus is. So only a single letter is a shortcut. A sequence of
   characters is a text: at the speed of a scanner it is sent as a scan, otherwise it does nothing. Alt and a letter is
   a shortcut at once. Keys of a number pad are no shortcuts. */

import { wasVisible, identityOf } from "./guard.js";
import { fetchWhenFree } from "./live.js";

const SINGLE_KEY_MS = 700;    // no other key for this long after a letter: it is a shortcut
const SEQUENCE_GAP_MS = 1500; // characters within this time of each other belong to one text
const SCAN_MAX_GAP_MS = 40;   // a text whose mean gap is at most this long is from a scanner
const SCAN_MIN_CHARS = 6;     // a shorter text is never a scan
const SCAN_END_MS = 150;      // no other character for this long ends a scan
const NUMBER_PAD = 3;         // KeyboardEvent.DOM_KEY_LOCATION_NUMPAD
const MODES = ["single", "alt", "off"]; // of the shortcuts: single letters, letters with Alt only, none
const STORAGE_KEY = "luot-keys";

let sequence = null;  // the text that is being typed: { text, lastMs, isScanned }; `lastMs` is the time of its last key
let burst = null;     // its last part, typed without a pause: { text, firstMs, lastMs, field, valueBefore }
let armed = null;     // a letter that is a shortcut unless another key follows: { timer }
let scanTimer = 0;

/* --- the mode: single letters, letters with Alt only, or none --- */
const storedMode = () => { try { return localStorage.getItem(STORAGE_KEY); } catch { return null; } };
export const mode = () => (MODES.includes(storedMode()) ? storedMode() : "single");
const storeMode = (chosen) => {
  try { localStorage.setItem(STORAGE_KEY, chosen); } catch { /* storage is blocked: the mode stays the default */ }
};
export const showMode = () => {
  document.documentElement.dataset.keys = mode();
  for (const choice of document.querySelectorAll("input[name=key-mode]")) choice.checked = choice.value === mode();
};
document.addEventListener("change", (event) => {
  if (event.target.name !== "key-mode") return;
  storeMode(event.target.value);
  showMode();
});
addEventListener("storage", showMode);

/* --- shortcuts --- */
const controlFor = (letter) => [...document.querySelectorAll("[data-key]")]
  .find((control) => control.dataset.key === letter && !control.disabled && control.getClientRects().length > 0);
const press = (control) => {
  if (control.matches("input[type=radio]")) control.focus();
  control.click();
};
const disarm = () => {
  if (!armed) return;
  clearTimeout(armed.timer);
  document.querySelector("[data-armed]")?.removeAttribute("data-armed");
  armed = null;
};
const arm = (letter, momentMs) => {
  const control = controlFor(letter);
  if (!control || !wasVisible(control, momentMs)) return;
  const identity = identityOf(control);
  control.setAttribute("data-armed", "");
  armed = { timer: setTimeout(() => {
    disarm();
    const current = controlFor(letter);
    if (current && identityOf(current) === identity) press(current);
  }, SINGLE_KEY_MS) };
};
const letterOf = (event) => {
  const physical = /^(?:Key|Digit)(.)$/.exec(event.code);
  return event.key.length === 1 && /[\w?]/.test(event.key) ? event.key.toUpperCase() : physical?.[1];
};

/* --- texts --- */
const scanAddress = () => document.getElementById("page").dataset.scans; // undefined: the page takes no scans
const isField = (target) => target.matches("input:not([type=radio], [type=checkbox]), textarea, select") || target.isContentEditable;
const isScannerFast = () => burst !== null && burst.text.length >= SCAN_MIN_CHARS
  && (burst.lastMs - burst.firstMs) / (burst.text.length - 1) <= SCAN_MAX_GAP_MS;
/* A password manager types as fast as a scanner: its text stays where a page takes no scans, and in every password. */
const isScan = () => Boolean(scanAddress()) && burst?.field?.type !== "password" && isScannerFast();
/* Send a scan, and remove it from the focused field. Return false where the field is for scans and keeps it. */
const takeScan = () => {
  clearTimeout(scanTimer);
  const { text, field, valueBefore } = burst;
  burst = null;
  if (field?.matches("[data-takes-scans]")) return false;
  sequence.isScanned = true;
  if (field) field.value = valueBefore;
  sendScan(text);
  return true;
};
const sendScan = (text) => {
  const { as } = document.getElementById("page").dataset;
  const showLost = () => document.dispatchEvent(new CustomEvent("lost"));
  const body = new URLSearchParams({ text, as });
  fetchWhenFree(scanAddress(), { method: "POST", body }).then(async (response) => { // a scan may be sent twice
    if (response.status >= 500) document.dispatchEvent(new CustomEvent("refused", { detail: await response.text() }));
  }).catch(showLost);
};
const recordKey = (event) => {
  const momentMs = event.timeStamp;
  clearTimeout(scanTimer);
  if (sequence && momentMs - sequence.lastMs < SEQUENCE_GAP_MS) {
    disarm();
    sequence.text += event.key;
    sequence.lastMs = momentMs;
  } else {
    sequence = { text: event.key, lastMs: momentMs, isScanned: false };
  }
  if (burst && momentMs - burst.lastMs < SCAN_END_MS) {
    burst.text += event.key;
    burst.lastMs = momentMs;
  } else {
    const field = isField(event.target) ? event.target : null;
    burst = { text: event.key, firstMs: momentMs, lastMs: momentMs, field, valueBefore: field?.value };
  }
  scanTimer = setTimeout(() => { if (isScan()) takeScan(); }, SCAN_END_MS);
};
/* Tab ends a text in a field: the next Enter or space bar is for the control that gets the focus. */
const leaveField = (target) => {
  if (isField(target) && !isScan()) sequence = burst = null;
};
/* Whether Enter or the space bar ends a text, and so must not press the control that has the focus. */
const endsText = (event) => {
  if (sequence === null || event.timeStamp - sequence.lastMs >= SEQUENCE_GAP_MS) return false;
  disarm();
  if (event.key === "Enter" && isScan()) return takeScan();
  return sequence.isScanned || !isField(event.target);
};

const suppress = (event) => { event.preventDefault(); event.stopPropagation(); };
const onKey = (event) => {
  const target = event.target.nodeType === Node.ELEMENT_NODE ? event.target : document.body;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.getModifierState?.("AltGraph")) return;
  if (event.key === "Escape") {
    if (armed) { disarm(); return; }
    const close = document.querySelector("[data-key=Escape]");
    if (close && wasVisible(close, event.timeStamp)) { event.preventDefault(); close.click(); }
    return;
  }
  if (event.location === NUMBER_PAD && (!isField(target) || event.key === "Enter")) { suppress(event); disarm(); return; }
  if (event.repeat) { if (event.key === "Enter" || event.key === " ") suppress(event); return; }
  if (event.altKey) {
    const control = mode() === "off" ? null : controlFor(letterOf(event));
    if (control && wasVisible(control, event.timeStamp)) { event.preventDefault(); disarm(); press(control); }
    return;
  }
  if ((event.key === "Enter" || event.key === " ") && endsText(event)) { suppress(event); return; }
  if (event.key === "Tab") leaveField(target);
  if (event.key.length !== 1 || (event.key === " " && target.matches("input[type=radio], input[type=checkbox]"))) return;
  const isFirst = sequence === null || event.timeStamp - sequence.lastMs >= SEQUENCE_GAP_MS;
  recordKey(event);
  if (isField(target) || !isFirst || mode() !== "single") return;
  if (event.shiftKey && event.key !== "?") return;
  arm(event.key.toUpperCase(), event.timeStamp);
};
document.addEventListener("keydown", onKey, true);
