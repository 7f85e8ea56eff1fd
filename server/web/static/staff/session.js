/* The session of the person ended while the page is open: a dialog asks for the sign-in, and the page stays with everything
   that was typed. The server marks its answers by a header; the dialog is in pages of halls with accounts only. */

import { updateControls } from "./guard.js";
import { withTimeout } from "./live.js";

const SIGNED_OUT_HEADER = "Luot-Signed-Out";
const dialog = () => document.getElementById("signed-out");

export const isSignedOut = (response) => response.headers.has(SIGNED_OUT_HEADER);
export const isSignedOutXhr = (xhr) => xhr.getResponseHeader(SIGNED_OUT_HEADER) !== null;

export const askToSignIn = () => {
  const asking = dialog();
  if (!asking) { location.assign("/"); return; }
  if (asking.open) return;
  asking.showModal();
  updateControls(); // its button has just appeared
  asking.querySelector("[name=password]").focus();
};

const showSentence = (text) => {
  const sentence = dialog().querySelector("[data-refusal]");
  sentence.querySelector("span").textContent = text;
  sentence.hidden = false;
};

const signIn = async (form) => {
  const options = { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json, text/html;q=0.5" } };
  let response;
  try { response = await fetch(form.dataset.signIn, withTimeout(options)); } catch { showSentence(document.getElementById("disconnected").textContent); return; }
  for (const field of form.querySelectorAll("[type=password]")) field.value = "";
  if (response.ok) {
    dialog().querySelector("[data-refusal]").hidden = true;
    dialog().close();
    document.dispatchEvent(new CustomEvent("signed-in"));
    return;
  }
  const answer = new DOMParser().parseFromString(await response.text(), "text/html");
  showSentence((answer.querySelector("#notices .alert span") ?? answer.querySelector("h1"))?.textContent ?? "");
  form.elements.password.focus();
};

dialog()?.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); signIn(event.target); });
dialog()?.addEventListener("keydown", (event) => event.stopPropagation()); // no shortcuts of the page below
