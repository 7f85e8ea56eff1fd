/* While the hall starts after the choice of its office, asks for the next step until the hall answers. */
const EVERY_MS = 500;
const next = document.querySelector("[data-next]")?.dataset.next;

async function isReady() {
  try {
    const response = await fetch(next, { cache: "no-store" });
    return response.ok && !(await response.text()).includes("data-next=");
  } catch {
    return false; // the server changes over from its set-up pages to those of the hall
  }
}

async function follow() {
  if (await isReady()) location.replace(next);
  else setTimeout(follow, EVERY_MS);
}

if (next) setTimeout(follow, EVERY_MS);
