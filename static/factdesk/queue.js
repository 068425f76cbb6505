// Choosing in the queue by keys: j and k move, x chooses, a asks to whom. Without this file: boxes and a form.

const form = document.getElementById("chosen");
const links = [...form.querySelectorAll("tbody a.statement")];
const boxes = [...form.querySelectorAll("input[name=claim]")];
const people = document.getElementById("to");
const told = document.getElementById("how-many");

const typing = (at) => /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "checkbox";
let at = -1;

function go(to) {
  if (!links.length) return;
  at = Math.max(0, Math.min(links.length - 1, to));
  links[at].focus();
  links[at].closest("tr").scrollIntoView({ block: "nearest" });
}

function count() {
  if (!told) return;
  const chosen = boxes.filter((one) => one.checked).length;
  told.value = chosen ? `${chosen} ${told.dataset.some}` : told.dataset.none;
  for (const one of boxes) one.closest("tr").classList.toggle("is-chosen", one.checked);
}

form.addEventListener("focusin", (event) => {
  const row = event.target.closest("tbody tr");
  if (row) at = links.findIndex((one) => row.contains(one));
});
form.addEventListener("change", count);
count();

people?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !people.value) return;
  event.preventDefault();
  form.requestSubmit(document.getElementById("assign"));
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const keys = {
    j: () => go(at + 1),
    k: () => go(at - 1),
    x: () => {
      if (at < 0) go(0);
      const box = links[at]?.closest("tr").querySelector("input[name=claim]");
      if (box) { box.checked = !box.checked; count(); }
    },
    a: () => people?.focus(),
    o: () => links[at]?.closest("tr").querySelector("a.also")?.click(),
    "/": () => document.querySelector(".narrow input[type=search]").focus(),
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

const keeping = document.querySelector("details.keeping");
keeping.addEventListener("toggle", () => { if (keeping.open) keeping.querySelector("input[name=name]").focus(); });
keeping.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  keeping.open = false;
  keeping.querySelector("summary").focus();
});

// One list of filters is open at a time; Escape and a click elsewhere close it.
const lists = [...document.querySelectorAll("details.several")];
for (const one of lists) {
  one.addEventListener("toggle", () => { if (one.open) for (const other of lists) if (other !== one) other.open = false; });
  one.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    one.open = false;
    one.querySelector("summary").focus();
  });
}
document.addEventListener("click", (event) => {
  for (const one of lists) if (!one.contains(event.target)) one.open = false;
});
