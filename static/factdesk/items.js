// A list gone through by keys: j and k move from one [data-item] to the next, a letter presses the present one's button.
// Without this script the buttons are there all the same.

const items = () => [...document.querySelectorAll("[data-item]")].filter((one) => one.checkVisibility());
const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
const present = () => document.activeElement?.closest?.("[data-item]");

function go(step) {
  const all = items();
  const at = all.indexOf(present());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) { present()?.focus(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  if (event.key.length === 1 && event.target.closest("form")) return; // a button's form is at hand: letters are not the list's
  if (event.key === "j" || event.key === "k") { event.preventDefault(); go(event.key === "j" ? 1 : -1); return; }
  if (event.key === "Enter" && !event.target.matches("[data-item]")) return; // a link or button of its own
  const item = present() ?? items()[0];
  const key = `[data-item-key="${CSS.escape(event.key)}"]`;
  const button = item?.querySelector(key) ?? item?.closest("[data-group]")?.querySelector(key);
  if (!button) return;
  event.preventDefault();
  const words = item.querySelector("[data-item-words]");
  if (button.hasAttribute("data-item-asks") && !words?.value.trim()) {
    for (const one of item.querySelectorAll("[data-item-key]")) one.classList.toggle("main", one === button); // what Ctrl and Enter press
    words?.focus();
    return;
  }
  button.click();
});

document.addEventListener("input", (event) => { // the field grows with its words
  if (event.target.matches?.("[data-item-words]")) event.target.rows = Math.min(8, event.target.value.split("\n").length);
});

document.querySelector("[data-item]:target")?.focus();
