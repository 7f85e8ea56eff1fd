/* Keys: each presses what carries its letter. A keyboard is not always a person's hand: scanners and number pads type
   into the page too, and people type texts without looking where. So only a letter that stands alone is a press.
   Letters in a row are a text: at a scanner's pace it is handed on as a scan, slower it does nothing.
   Alt and a letter is a press at once. Keys of a number pad press nothing. */

import { wasShown, nameOf } from "./guard.js";
import { limited } from "./live.js";

const ALONE_MS = 700;   // no other key for so long after a letter: it was a press
const ROW_MS = 1500;    // a letter that comes within this time of another belongs to one text
const SCAN_PACE_MS = 40; // a text at this pace or faster, between letters, was not typed by a hand
const SCAN_LEAST = 6;
const SCAN_ENDS_MS = 150;
const NUMBER_PAD = 3;   // KeyboardEvent.DOM_KEY_LOCATION_NUMPAD
const MODES = ["single", "alt", "off"];
const STORED = "luot-keys";

let row = null;    // the text that is being typed: { text, last, scanned }
let burst = null;  // its last part, typed without a pause: { text, first, last, field, before }
let armed = null;  // a letter that is a press unless another follows: { name, letter, timer }
let scanTimer = 0;

/* --- the mode: letters alone, letters with Alt only, or none --- */
const stored = () => { try { return localStorage.getItem(STORED); } catch { return null; } };
export const mode = () => (MODES.includes(stored()) ? stored() : "single");
const keepMode = (chosen) => { try { localStorage.setItem(STORED, chosen); } catch { /* nothing is kept then */ } };
export const showMode = () => {
  document.documentElement.dataset.keys = mode();
  for (const choice of document.querySelectorAll("input[name=key-mode]")) choice.checked = choice.value === mode();
};
document.addEventListener("change", (event) => {
  if (event.target.name !== "key-mode") return;
  keepMode(event.target.value);
  showMode();
});
addEventListener("storage", showMode);

/* --- presses --- */
const offerOf = (letter) => [...document.querySelectorAll("[data-key]")]
  .find((offer) => offer.dataset.key === letter && !offer.disabled && offer.getClientRects().length > 0);
const press = (offer) => {
  if (offer.matches("input[type=radio]")) offer.focus();
  offer.click();
};
const disarm = () => {
  if (!armed) return;
  clearTimeout(armed.timer);
  document.querySelector("[data-armed]")?.removeAttribute("data-armed");
  armed = null;
};
const arm = (letter, moment) => {
  const offer = offerOf(letter);
  if (!offer || !wasShown(offer, moment)) return;
  const name = nameOf(offer);
  offer.setAttribute("data-armed", "");
  armed = { timer: setTimeout(() => {
    disarm();
    const now = offerOf(letter);
    if (now && nameOf(now) === name) press(now);
  }, ALONE_MS) };
};
const letterOf = (event) => {
  const physical = /^(?:Key|Digit)(.)$/.exec(event.code);
  return event.key.length === 1 && /[\w?]/.test(event.key) ? event.key.toUpperCase() : physical?.[1];
};

/* --- texts --- */
const isField = (at) => at.matches("input:not([type=radio], [type=checkbox]), textarea, select") || at.isContentEditable;
const isScan = () => burst !== null && burst.text.length >= SCAN_LEAST
  && (burst.last - burst.first) / (burst.text.length - 1) <= SCAN_PACE_MS;
/* Hand a scan on, and take it out of the field it fell into. A field for scans keeps it: then false is returned. */
const takeScan = () => {
  clearTimeout(scanTimer);
  const { text, field, before } = burst;
  burst = null;
  if (field?.matches("[data-takes-scans]")) return false;
  row.scanned = true;
  if (field) field.value = before;
  handOn(text);
  return true;
};
const handOn = (text) => {
  const { scans, as } = document.getElementById("page").dataset;
  if (!scans) return;
  const body = new URLSearchParams({ text, as });
  fetch(scans, limited({ method: "POST", body })).catch(() => { document.getElementById("lost").hidden = false; });
};
const note = (event) => {
  const moment = event.timeStamp;
  clearTimeout(scanTimer);
  if (row && moment - row.last < ROW_MS) {
    disarm();
    row.text += event.key;
    row.last = moment;
  } else {
    row = { text: event.key, last: moment, scanned: false };
  }
  if (burst && moment - burst.last < SCAN_ENDS_MS) {
    burst.text += event.key;
    burst.last = moment;
  } else {
    const field = isField(event.target) ? event.target : null;
    burst = { text: event.key, first: moment, last: moment, field, before: field?.value };
  }
  scanTimer = setTimeout(() => { if (isScan()) takeScan(); }, SCAN_ENDS_MS);
};
/* The end of a text is no press of whatever has the focus; alone, Enter and the space bar are what they always are. */
const endsText = (event) => {
  if (row === null || event.timeStamp - row.last >= ROW_MS) return false;
  disarm();
  if (event.key === "Enter" && isScan()) return takeScan();
  return row.scanned || !isField(event.target);
};

const stop = (event) => { event.preventDefault(); event.stopPropagation(); };
const onKey = (event) => {
  const at = event.target.nodeType === Node.ELEMENT_NODE ? event.target : document.body;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.getModifierState?.("AltGraph")) return;
  if (event.key === "Escape") {
    if (armed) { disarm(); return; }
    const close = document.querySelector("[data-key=Escape]");
    if (close && wasShown(close, event.timeStamp)) { event.preventDefault(); close.click(); }
    return;
  }
  if (event.location === NUMBER_PAD && (!isField(at) || event.key === "Enter")) { stop(event); disarm(); return; }
  if (event.repeat) { if (event.key === "Enter" || event.key === " ") stop(event); return; }
  if (event.altKey) {
    const offer = mode() === "off" ? null : offerOf(letterOf(event));
    if (offer && wasShown(offer, event.timeStamp)) { event.preventDefault(); disarm(); press(offer); }
    return;
  }
  if ((event.key === "Enter" || event.key === " ") && endsText(event)) { stop(event); return; }
  if (event.key.length !== 1) return;
  const alone = row === null || event.timeStamp - row.last >= ROW_MS;
  note(event);
  if (isField(at) || !alone || mode() !== "single") return;
  if (event.shiftKey && event.key !== "?") return;
  arm(event.key.toUpperCase(), event.timeStamp);
};
document.addEventListener("keydown", onKey, true);
