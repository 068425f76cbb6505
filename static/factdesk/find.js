// Suggestions as one types a source, material, marked words or another claim. Without this file the "Find" button does it.

const PAUSE = 200;

for (const field of document.querySelectorAll("input[data-find]")) suggest(field);

export function suggest(field) {
  if (field.dataset.suggests) return;
  field.dataset.suggests = "yes";
  const list = field.list, form = field.form, name = field.dataset.chosen;
  const address = document.querySelector("meta[name=find]")?.content;
  if (!list || !address) return;
  let timer = 0, asked = 0;

  function choose() {
    const match = [...list.options].filter((one) => one.value === field.value);
    if (match.length !== 1) return; // several of one name: the server asks which
    const hidden = [...form.elements].find((one) => one.name === name && one.type === "hidden");
    if (hidden) hidden.value = match[0].dataset.id;
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
  }

  field.addEventListener("input", () => { choose(); clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
  field.addEventListener("change", choose);
}
