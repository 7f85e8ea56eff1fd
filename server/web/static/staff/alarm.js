/* The strip of all staff pages: the staff alarm of this counter, the sound of the alarms of others, and the refresh of
   the strip on a page that does not refresh itself. */

import { mode } from "./keys.js";
import { fetchWhenFree, followVersion, withTimeout } from "./live.js";

const KEY = "KeyA";             // pressed twice: the alarm is sent
const TWICE_WITHIN_MS = 2000;
const TWICE_AFTER_MS = 100;     // a scanner types faster
const TRIES = 5;
const RETRY_MS = 1500;
const SOUND_KEY = "luot-alarm-sound";
const HEARD_KEY = "luot-heard-alarms";

const strip = () => document.getElementById("part-strip");
const replaceParts = (html, ids) => {
  const received = new DOMParser().parseFromString(html, "text/html");
  for (const id of ids) {
    const [old, replacement] = [document.getElementById(id), received.getElementById(id)];
    if (!old || !replacement) continue;
    old.replaceWith(replacement);
    htmx.process(replacement);
  }
  document.dispatchEvent(new CustomEvent("parts-replaced"));
};

/* --- raising the alarm: repeated until the server has it; the same request raises it once --- */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const raise = async (form) => {
  const body = new URLSearchParams(new FormData(form));
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      const response = await fetchWhenFree(form.action, { method: "POST", body });
      const html = await response.text();
      if (response.ok) replaceParts(html, ["part-strip", "part-head"]);
      else document.dispatchEvent(new CustomEvent("refused", { detail: html }));
      if (response.status < 500) return;
    } catch { document.getElementById("disconnected").hidden = false; }
    await wait(RETRY_MS);
  }
};
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-alarm]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  raise(event.target);
}, true);

let firstMs = -Infinity;
const isField = (target) => target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select");
document.addEventListener("keydown", (event) => {
  if (event.repeat) return;
  const form = document.querySelector("form[data-alarm]");
  const isPlain = !event.ctrlKey && !event.metaKey && !event.isComposing && (event.altKey || mode() === "single");
  if (!form || event.code !== KEY || !isPlain || mode() === "off" || (isField(event.target) && !event.altKey)) {
    if (!["Alt", "Shift"].includes(event.key)) firstMs = -Infinity;
    return;
  }
  const elapsedMs = event.timeStamp - firstMs;
  if (elapsedMs < TWICE_AFTER_MS || elapsedMs > TWICE_WITHIN_MS) { firstMs = event.timeStamp; return; }
  firstMs = -Infinity;
  raise(form);
}, true);

/* --- the sound: an option of this browser, off at first --- */
const stored = (storage, key) => { try { return storage.getItem(key); } catch { return null; } };
const store = (storage, key, value) => { try { storage.setItem(key, value); } catch { /* storage is blocked */ } };
const beep = () => {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.value = 0.08;
  tone.frequency.value = 880;
  tone.connect(volume).connect(audio.destination);
  tone.addEventListener("ended", () => audio.close());
  tone.start();
  tone.stop(audio.currentTime + 0.25);
};
const hearAlarms = () => {
  const open = (strip()?.dataset.alarms ?? "").split(" ").filter(Boolean);
  const heard = (stored(sessionStorage, HEARD_KEY) ?? "").split(" ");
  if (open.some((alarm) => !heard.includes(alarm)) && stored(localStorage, SOUND_KEY) === "on") beep();
  store(sessionStorage, HEARD_KEY, open.join(" "));
};
const showChoice = () => {
  for (const box of document.querySelectorAll("input[name=alarm-sound]")) {
    box.checked = stored(localStorage, SOUND_KEY) === "on";
    box.closest("[hidden]")?.removeAttribute("hidden");
  }
};
document.addEventListener("change", (event) => {
  if (event.target.name === "alarm-sound") store(localStorage, SOUND_KEY, event.target.checked ? "on" : "off");
});
const onStrip = () => { showChoice(); hearAlarms(); };
document.addEventListener("htmx:afterSwap", onStrip);
document.addEventListener("parts-replaced", onStrip);
onStrip();

/* --- a page that does not refresh itself: only its strip does --- */
let shownVersion = null;
const refreshStrip = async (version) => {
  if (version === shownVersion || !strip()?.dataset.url) return;
  shownVersion = version;
  try {
    const response = await fetch(strip().dataset.url, withTimeout());
    if (response.ok) replaceParts(await response.text(), ["part-strip"]);
  } catch { shownVersion = null; }
};
if (!document.getElementById("live") && strip()?.dataset.url) {
  followVersion({ onVersion: refreshStrip, onConnected: () => {}, onSignedOut: () => {} });
}
