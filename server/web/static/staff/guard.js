/* Whether the person has seen an offer: a button, link or choice acts only after it has stood unchanged at its place
   for REST_MS. The second click of a pair, or a click on what somebody else's action has just redrawn, does nothing. */

export const REST_MS = 600;
const NEAR_PX = 4;
const OFFERS = "a[href], button, summary, select, label.choice, label.tick, input[type=radio], input[type=checkbox]";
// Each offer's entry is { name, shown, placed, x, y }: on the page since, and at this place since. Across drawings an
// offer is known by its name, and by its turn among those of the same name.
let known = new Map();
const entries = new WeakMap();
let timer = 0;

/* An offer is another one when its wording changes (a key's may count seconds down), or the state that it acts on. */
export const nameOf = (offer) => [
  offer.tagName,
  offer.form?.getAttribute("action") ?? offer.getAttribute("href") ?? "",
  offer.form?.elements.ticket?.value ?? "",
  offer.matches("input") ? offer.value : "",
  offer.dataset.key ?? (offer.matches("select") ? offer.name : offer.textContent.trim()),
  document.getElementById("page")?.dataset.drawn ?? "",
].join("\n");

const placeOf = (offer) => {
  const box = offer.getBoundingClientRect();
  return { x: box.x + scrollX, y: box.y + scrollY };
};
const isNear = (one, other) => Math.abs(one.x - other.x) <= NEAR_PX && Math.abs(one.y - other.y) <= NEAR_PX;

/* Look at all offers after something was drawn. Those that are new, or have moved, rest from now on. */
export const survey = () => {
  const now = performance.now();
  const found = new Map();
  const turns = new Map();
  let wait = 0;
  for (const offer of document.querySelectorAll(OFFERS)) {
    const name = nameOf(offer);
    const place = placeOf(offer);
    const turn = (turns.get(name) ?? 0) + 1;
    turns.set(name, turn);
    const before = known.get(`${name}\n${turn}`);
    const moved = !before || !isNear(before, place);
    const entry = moved ? { name, shown: before?.shown ?? now, placed: now, ...place } : before;
    found.set(`${name}\n${turn}`, entry);
    entries.set(offer, entry);
    const left = entry.placed + REST_MS - now;
    offer.toggleAttribute("data-fresh", left > 0);
    wait = Math.max(wait, left);
  }
  known = found;
  clearTimeout(timer);
  if (wait > 0) timer = setTimeout(survey, wait);
};

const entryOf = (offer) => {
  const entry = entries.get(offer);
  return entry?.name === nameOf(offer) ? entry : null;
};
/* Whether the offer, as it is now, was on the page for long enough at `moment`: for keys, which have no place. */
export const wasShown = (offer, moment) => {
  const entry = entryOf(offer);
  return entry !== null && moment - entry.shown >= REST_MS;
};
/* The same, at the place where it is now: for clicks. */
const hasRested = (offer, moment) => {
  const entry = entryOf(offer);
  return entry !== null && isNear(entry, placeOf(offer)) && moment - entry.placed >= REST_MS;
};

/* Clicks of scripts are keys, which ask for themselves. A label's click presses its own input: both stand together. */
document.addEventListener("click", (event) => {
  const offer = event.isTrusted ? event.target.closest?.(OFFERS) : null;
  if (!offer || hasRested(offer, event.timeStamp)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  survey(); // it may have moved without a drawing: then it rests from now on
}, true);
addEventListener("resize", survey);
/* A choice, or a line that comes or goes, moves what is below: that rests from then on, not from the next click on. */
document.addEventListener("input", survey);
new MutationObserver(survey).observe(document.documentElement, {
  subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["hidden", "open"],
});
document.fonts.ready.then(survey);
survey();
globalThis.guarded = true; // early.js
