// Keeps what is typed into a form, a second after the last key and when the page is left. The server tells whose it is by
// the form's seal; two windows on one form are told apart by the draft's number.

const PAUSE = 1000;
const LARGEST = 2_500_000; // what the server reads of one form
const LARGEST_KEEPALIVE = 60_000; // browsers send no more than 64 kB once the page is gone

for (const form of document.querySelectorAll("form[data-drafts]")) keep(form);

export function keep(form) {
  if (form.dataset.isKept) return;
  form.dataset.isKept = "yes";
  const told = form.querySelector("[data-told]");
  let timer = 0, sending = null, changed = false, over = false;

  const say = (words) => { if (told) told.textContent = words; };
  const body = () => {
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") typed.append(name, value);
    return typed;
  };

  async function save(leaving) {
    clearTimeout(timer);
    if (!changed || over) return;
    if (sending && !leaving) return later(); // one at a time, so that a window does not take itself for another
    changed = false;
    const typed = body();
    sending = new AbortController();
    try {
      const answer = await fetch(form.dataset.drafts, {
        method: "POST", body: typed, credentials: "same-origin", signal: sending.signal,
        keepalive: leaving && String(typed).length < LARGEST_KEEPALIVE,
      });
      if (answer.ok) {
        const { number } = await answer.json();
        form.elements.draft_number.value = number;
        say(`${form.dataset.kept} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
      } else {
        say(answer.status === 413 ? form.dataset.long : form.dataset.lost);
      }
    } catch (fault) {
      if (fault.name !== "AbortError") { changed = true; say(form.dataset.lost); }
    } finally {
      sending = null;
    }
  }
  const later = () => { clearTimeout(timer); timer = setTimeout(() => save(false), PAUSE); };

  form.addEventListener("input", () => { changed = true; later(); });
  form.addEventListener("change", () => { changed = true; later(); });
  form.addEventListener("submit", (event) => {
    if (String(body()).length > LARGEST) { event.preventDefault(); say(form.dataset.large); return; }
    over = true; clearTimeout(timer); sending?.abort();
  });
  window.addEventListener("pageshow", () => { over = false; });
  window.addEventListener("pagehide", () => save(true));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
}
