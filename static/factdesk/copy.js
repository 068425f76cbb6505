// The annotated copy with a script: keys move and act at once; the server's answer is the parts of the page that changed.
// Everything here follows a link or sends a form that stands in the page: without this file they work as they are.

import { keep } from "./drafts.js";
import { suggest } from "./find.js";

const desk = document.querySelector(".copydesk");
const place = desk.dataset.copy;
const HEADERS = { "X-Desk": "parts" };
const PATIENCE = 20_000; // so long is an answer waited for
let at = document.querySelector(".line.now");
let waiting = null; // the request whose answer is wanted; an older one's is thrown away
let sending = false; // something is being recorded: its answer is never thrown away, and no key acts on a card of before

let opening = false; // a form has been asked for, and what is typed next belongs into it
const ahead = []; // keys pressed before the desk has answered, in their order

const lines = () => [...document.querySelectorAll("#copy .line")];
const form = () => document.querySelector("#card .doing form");

const say = (words) => { const place = document.querySelector("#told .says"); if (place) place.textContent = words; };
const cardsLine = () => document.getElementById("card").dataset.line;
// the card is of another line than the one that is boxed: a key would act on what is not looked at any more
const isElsewhere = () => Boolean(at && cardsLine() && cardsLine() !== at.dataset.line);
const isBusy = () => sending || opening || isElsewhere();

// --- what the server says goes into the page ---

function put(html) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  for (const part of [...answer.body.children]) {
    const old = part.id && document.getElementById(part.id);
    if (old) old.replaceWith(part);
  }
  const card = document.getElementById("card");
  const line = document.getElementById(`line-${card.dataset.line}`);
  // a line that is not on this page is one of a new version: there, with what was typed, which is kept as a draft
  if (card.dataset.line && !line) return location.assign(form()?.getAttribute("action") ?? `${place}?line=${card.dataset.line}`);
  box(line);
  ready();
}

function ready() {
  const now = form();
  if (!now) return;
  keep(now);
  for (const field of now.querySelectorAll("input[data-find]")) suggest(field);
  const fields = [...now.querySelectorAll(".field input:not([type=hidden]), .field select, .field textarea")];
  const isFirst = (one) => one.type !== "radio" || one.checked || !now.querySelector(`[name="${one.name}"]:checked`);
  const first = fields.find((one) => one.offsetParent && isFirst(one));
  const wrong = now.querySelector(".is-wrong");
  (wrong?.querySelector("input:not([type=hidden]), textarea, select") ?? first)?.focus();
  wrong?.scrollIntoView({ block: "nearest" }); // with what is said against it, which stands above the field
  if (document.activeElement?.select && document.activeElement.type !== "radio") document.activeElement.select();
}

function box(line) {
  if (!line) return;
  at?.classList.remove("now");
  document.querySelector("#copy [aria-current]")?.removeAttribute("aria-current");
  at = line;
  at.classList.add("now");
  at.querySelector(".sign").setAttribute("aria-current", "true");
  const { line: shown, claim } = document.getElementById("card").dataset;
  for (const mark of document.querySelectorAll("#copy mark.chosen")) mark.classList.remove("chosen");
  for (const mark of at.querySelectorAll("mark")) {
    if (shown === at.dataset.line && mark.dataset.claims.split(" ").includes(claim)) mark.classList.add("chosen");
  }
  see(at);
}

// The copy scrolls in its own frame where the window is wide, and with the page where it is narrow.
function see(line) {
  const frame = document.getElementById("copy");
  if (frame.scrollHeight <= frame.clientHeight) return line.scrollIntoView({ block: "nearest" });
  const seen = frame.getBoundingClientRect(), now = line.getBoundingClientRect(), margin = seen.height / 5;
  if (now.top < seen.top + margin) frame.scrollTop -= seen.top + margin - now.top;
  else if (now.bottom > seen.bottom - margin) frame.scrollTop += now.bottom - seen.bottom + margin;
}

async function ask(address, options = {}) {
  if (sending) return;
  waiting?.abort();
  sending = options.method === "POST";
  opening = Boolean(options.opens);
  const mine = (waiting = new AbortController());
  const late = setTimeout(() => mine.abort(new Error(desk.dataset.lost)), PATIENCE);
  try {
    const answer = await fetch(address, { credentials: "same-origin", ...options, headers: HEADERS, signal: mine.signal });
    if (answer.redirected || !answer.headers.get("content-type")?.startsWith("text/html")) return location.assign(address);
    const html = await answer.text();
    if (mine !== waiting) return;
    if (!/id="card"/.test(html)) return location.assign(address);
    if (!answer.ok) giveUp();
    put(html);
    const { claim } = document.getElementById("card").dataset;
    history.replaceState(null, "", `${place}?line=${at.dataset.line}${claim ? `&claim=${claim}` : ""}`);
  } catch (fault) {
    if (fault.name === "AbortError") return;
    at?.classList.remove("busy");
    giveUp();
    box(document.getElementById(`line-${cardsLine()}`)); // back to what the card is about
    say(desk.dataset.lost);
  } finally {
    clearTimeout(late);
    if (options.method === "POST") sending = false;
    if (mine === waiting) opening = false;
    if (mine === waiting) catchUp();
  }
}

// --- keys that come before the answer does: kept in their order, shown, and pressed when it is there ---

const NAMED = ["Enter", "Escape", "Tab"];

function holdBack(event) {
  if (event.isComposing || event.metaKey || event.altKey || !isBusy()) return;
  if (event.ctrlKey && event.key !== "Enter") return;
  const inForm = form()?.contains(event.target);
  if (typing(event.target) && !inForm) return; // the fields of the head and of "to the line with"
  if (!sending && !opening && !ahead.length && (MOVES[event.key] || inForm)) return; // moving on is never waited for
  if (event.key.length > 1 && !NAMED.includes(event.key) && !MOVES[event.key]) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.repeat) return;
  ahead.push({ key: event.key, shiftKey: event.shiftKey, ctrlKey: event.ctrlKey });
  sayAhead();
}

const sayAhead = () => say(ahead.length ? `${desk.dataset.then} ${ahead.map((one) => one.key).join(" ")}` : "");

// What was pressed on the strength of an answer that did not come is not done.
function giveUp() {
  if (ahead.length) setTimeout(say, 0, `${desk.dataset.undone} ${ahead.map((one) => one.key).join(" ")}`);
  ahead.length = 0;
}

function catchUp() {
  while (ahead.length && !isBusy()) {
    const one = ahead.shift(), field = document.activeElement;
    if (form()?.contains(field) && field.matches("input, textarea, select")) typeInto(field, one);
    else (field ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { ...one, bubbles: true, cancelable: true }));
  }
  if (ahead.length) sayAhead();
}

function typeInto(field, { key, ctrlKey, shiftKey }) {
  const now = form(), isText = typing(field) && field.tagName !== "SELECT";
  if (key === "Escape") return now.querySelector("[data-leave]")?.click();
  if (key === "Enter" && (ctrlKey || field.tagName !== "TEXTAREA")) return now.requestSubmit(now.querySelector("button.main"));
  if (key === "Tab") {
    const all = [...now.querySelectorAll("input:not([type=hidden]), select, textarea, button:not([tabindex='-1'])")].filter((one) => one.offsetParent);
    const next = all[all.indexOf(field) + (shiftKey ? -1 : 1)];
    next?.focus();
    return next?.select?.();
  }
  if (isText) document.execCommand("insertText", false, key === "Enter" ? "\n" : key);
  else if (key.length === 1) field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

// --- moving ---

const here = (line) => `${place}?line=${line.dataset.line}`;

function go(line) {
  if (!line || sending) return;
  box(line);
  return ask(here(line));
}

function step(by) {
  const all = lines();
  return go(all[all.indexOf(at) + by]);
}
// blank lines first; where none is left that way, those that wait for somebody
const left = (by) => {
  const all = lines(), from = all.indexOf(at), ahead = by > 0 ? all.slice(from + 1) : all.slice(0, from).reverse();
  const isOpen = (line) => !["tick", "dropped"].includes(line.dataset.mark);
  return go(ahead.find((line) => line.dataset.mark === "blank") ?? ahead.find(isOpen));
};

// --- marking words, by mouse or keyboard; the server counts code points, the browser UTF-16 units ---

function codePoint(node, offset) {
  const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  const piece = element.closest("[data-at]");
  if (!piece) return null;
  const range = document.createRange();
  range.setStart(piece, 0);
  range.setEnd(node, offset);
  return Number(piece.dataset.at) + [...range.toString()].length;
}

function marked() {
  const chosen = getSelection();
  if (!chosen.rangeCount || chosen.isCollapsed) return null;
  const range = chosen.getRangeAt(0);
  const line = (range.startContainer.parentElement ?? range.startContainer).closest(".line");
  if (!line) return null;
  const start = codePoint(range.startContainer, range.startOffset), end = codePoint(range.endContainer, range.endOffset);
  return start !== null && end !== null && start < end ? { line, words: `${start}-${end}` } : null;
}

// what is marked stands on the card as it grows, and is no longer told when nothing is
document.addEventListener("selectionchange", () => {
  const words = marked() && !form() ? String(getSelection()).trim() : "", place = document.getElementById("told");
  if (!place || (!words && !place.dataset.marks)) return;
  const isMarking = at?.classList.contains("marking");
  say(words ? desk.dataset.marked.replace("%s", words) + (isMarking ? ` ${desk.dataset.marking}` : "") : "");
  if (words) place.dataset.marks = "yes";
  else delete place.dataset.marks;
});

function beginMarking() {
  const chosen = getSelection();
  chosen.collapse(at.querySelector("[data-at]").firstChild, 0);
  chosen.modify("extend", "forward", "word");
  at.classList.add("marking");
}

function marking(event) {
  if (!at?.classList.contains("marking")) return false;
  const chosen = getSelection();
  const ways = { ArrowRight: "right", ArrowLeft: "left" };
  if (ways[event.key]) {
    if (event.shiftKey) chosen.modify("extend", ways[event.key], "word");
    else {
      chosen.modify("move", ways[event.key], "word");
      chosen.modify("extend", "forward", "word");
    }
    event.preventDefault();
    return true;
  }
  if (event.key === "Escape" || event.key === "s") { at.classList.remove("marking"); chosen.removeAllRanges(); say(""); return true; }
  return false;
}

// --- acting ---

function act(control) {
  if (sending) return;
  const words = marked();
  if (control.hidden && !words) return say(desk.dataset.wordsfirst);
  const address = new URL(control.getAttribute("formaction") ?? control.href, location.href);
  if (words) {
    address.searchParams.set("line", words.line.dataset.line);
    address.searchParams.set("words", words.words);
    address.searchParams.delete("claim");
    getSelection().removeAllRanges();
    at.classList.remove("marking");
  }
  if (control.tagName === "A") return ask(address, { opens: true });
  at.classList.add("busy");
  return ask(address, { method: "POST", body: new FormData(control.form) });
}

document.addEventListener("click", (event) => {
  const sign = event.target.closest?.("#copy .line");
  const control = event.target.closest?.("#card a[data-key], #card button[form=acts], #card .card-acts button, #card .which a, #card [data-leave]");
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (control) {
    event.preventDefault();
    act(control);
  } else if (sign && !marked()) {
    event.preventDefault();
    go(sign);
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "jump") { event.preventDefault(); return jump(event.target.elements.q.value); }
  if (!event.target.closest("#card .doing")) return;
  event.preventDefault();
  ask(event.target.getAttribute("action"), { method: "POST", body: new FormData(event.target, event.submitter) });
});

function jump(words) {
  const wanted = words.trim().toLocaleLowerCase();
  if (!wanted) return;
  const all = lines(), from = all.indexOf(at) + 1;
  const found = [...all.slice(from), ...all.slice(0, from)].find((one) =>
    `${one.textContent} ${one.dataset.names ?? ""}`.toLocaleLowerCase().includes(wanted));
  document.getElementById("keys").open = false;
  document.activeElement?.blur();
  if (found) go(found);
  else say(desk.dataset.nowhere.replace("%s", words.trim()));
}

const typing = (element) => element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) ||
  (element.tagName === "INPUT" && !["radio", "checkbox"].includes(element.type));

const MOVES = {
  j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
  Escape: () => form()?.querySelector("[data-leave]").click(),
  n: () => left(1), N: () => left(-1), s: beginMarking,
  "/": () => { const keys = document.getElementById("keys"); keys.open = true; document.getElementById("jump-to").select(); },
};

// --- after a key that does nothing here, whoever types on has not looked up: nothing acts until they pause ---

const PAUSE = 700; // longer than between two letters of a typist
let resting = 0;

function cannot() {
  say(desk.dataset.cannot);
  resting = Date.now() + PAUSE;
}

function rest(event) {
  if (Date.now() > resting || event.key.length > 1 || event.ctrlKey || event.metaKey || typing(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  resting = Date.now() + PAUSE;
}

document.addEventListener("keydown", rest, true);
document.addEventListener("keydown", holdBack, true);

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (marking(event)) return;
  if (form()?.contains(event.target) && event.target.type === "radio") {
    if (event.key === "Enter") { event.preventDefault(); form().requestSubmit(form().querySelector("button.main")); }
    const chosen = /^[1-9]$/.test(event.key) && [...form().querySelectorAll("input[type=radio]")].filter((one) =>
      one.name === event.target.name && !["", "last"].includes(one.value))[Number(event.key) - 1];
    if (chosen) { event.preventDefault(); chosen.checked = true; chosen.focus(); }
    return;
  }
  // where suggestions may be open the first Escape is theirs; the field is left, and a second one leaves the form
  if (event.key === "Escape" && event.target.matches("#card [list], #card select, #jump input")) return event.target.blur();
  if (event.repeat || typing(event.target) || form()?.contains(event.target)) return;
  const which = /^[1-9]$/.test(event.key) && document.querySelectorAll("#card .which a")[Number(event.key) - 1];
  if (which) { event.preventDefault(); return act(which); }
  const move = MOVES[event.key];
  if (move) { event.preventDefault(); return move(); }
  const isOffered = [...document.querySelectorAll("[data-key]")].some((one) => one.dataset.key === event.key);
  if (desk.dataset.keys.includes(event.key) && !isOffered) cannot();
});

box(at);
ready();

// --- who else is here; only with a script ---

const BEAT = 10_000;

async function beat() {
  const token = document.querySelector("#acts [name=csrfmiddlewaretoken]")?.value;
  if (!desk.dataset.presence || !token || document.visibilityState === "hidden") return;
  const sentence = at ? Number(at.dataset.line) : null;
  const answer = await fetch(desk.dataset.presence, {
    method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify({ document: Number(desk.dataset.document), sentence }),
  }).catch(() => null);
  if (!answer?.ok) return;
  const { others } = await answer.json();
  for (const line of document.querySelectorAll("#copy .with-other")) line.classList.remove("with-other");
  const told = others.map((one) => {
    const line = one.sentence && document.getElementById(`line-${one.sentence}`);
    line?.classList.add("with-other");
    const number = line?.querySelector(".sign").getAttribute("aria-label").match(/\d+/)?.[0];
    return number ? `${one.name} (${number})` : one.name;
  });
  const place = document.getElementById("others");
  if (place) place.textContent = told.length ? `${desk.dataset.with} ${told.join(", ")}` : "";
}

beat();
setInterval(beat, BEAT);
