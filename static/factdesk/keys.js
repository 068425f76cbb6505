// One key, one act: the letters that the page itself names (data-key), never while somebody types.

document.documentElement.classList.add("has-scripts");

const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const form = event.target.closest?.("form[data-drafts]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button.main"));
    return;
  }
  if (event.key === "Escape" && form && !event.target.matches("[list], select")) {
    form.querySelector("[data-leave]")?.click();
    return;
  }
  // nor with a form's button, choice or fold at hand: what is typed there is meant for the form
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target) || form) return;
  if (event.key === "?") {
    const keys = document.getElementById("keys");
    if (keys) { keys.open = !keys.open; keys.scrollIntoView({ block: "nearest" }); keys.querySelector("summary").focus(); }
    return;
  }
  const act = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (act) { event.preventDefault(); act.click(); }
});
