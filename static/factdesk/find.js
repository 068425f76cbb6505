// Suggestions as one types a source, material, marked words or another claim. Without this file the "Find" button does it.

const PAUSE = 200;

for (const field of document.querySelectorAll("input[data-find]")) suggest(field);

export function suggest(field) {
  if (field.dataset.suggests) return;
  field.dataset.suggests = "yes";
  const list = field.list, form = field.form, name = field.dataset.chosen;
  const address = document.querySelector("meta[name=find]")?.content;
  if (!list || !address) return;
  let timer = 0, asked = 0, offered = ""; // the words whose matches are in the list
  const number = () => [...form.elements].find((one) => one.name === name && one.type === "hidden");

  function choose() {
    const match = [...list.options].filter((one) => one.value === field.value);
    if (match.length !== 1) return; // several of one name: the server asks which
    if (number()) number().value = match[0].dataset.id;
  }

  async function ask() {
    const words = field.value.trim(), turn = ++asked;
    if (words.length < 2) return;
    const answer = await fetch(`${address.replace("SORT", field.dataset.find)}?q=${encodeURIComponent(words)}`);
    if (!answer.ok || turn !== asked) return;
    const { matches } = await answer.json();
    list.replaceChildren(...matches.map((one) => {
      const option = new Option(one.facts, one.name);
      option.dataset.id = one.id;
      return option;
    }));
    offered = words;
  }

  // Enter takes the only one who is meant; whoever is named in full, or one of several, goes to the server as ever.
  async function takeOnly(event) {
    const words = field.value.trim(), isModified = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== "Enter" || isModified || event.isComposing || words.length < 2) return;
    if (field.value === field.defaultValue && number()?.value) return;
    if ([...list.options].some((one) => one.value === field.value)) return;
    event.preventDefault();
    if (offered !== words) await ask().catch(() => {}); // what cannot be asked now is judged when it is sent
    if (field.value.trim() !== words) return;
    const isOnly = offered === words && list.options.length === 1 && list.options[0].value !== field.value;
    if (isOnly) field.value = list.options[0].value;
    choose();
    if (!isOnly) return form.requestSubmit(form.querySelector("button.main"));
    field.dispatchEvent(new Event("input", { bubbles: true })); // the draft has it, too
  }

  field.addEventListener("input", () => { choose(); clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
  field.addEventListener("change", choose);
  field.addEventListener("keydown", takeOnly);
}
