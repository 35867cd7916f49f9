"use strict";
(() => {
  const radios = document.querySelectorAll("input[name=language]");
  const remember = (language) => { try { localStorage.setItem("wurao-language", language); } catch { /* a file may keep nothing */ } };
  const remembered = () => { try { return localStorage.getItem("wurao-language"); } catch { return null; } };
  const speak = (language) => {
    document.body.dataset.language = language;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    for (const option of document.querySelectorAll("option[data-en]")) option.textContent = option.dataset[language];
  };
  const first = remembered() || ((navigator.language || "zh").startsWith("zh") ? "zh" : "en");
  for (const radio of radios) {
    radio.checked = radio.value === first;
    radio.addEventListener("change", () => { speak(radio.value); remember(radio.value); });
  }
  speak(first);

  // What is shut would print as its summary alone.
  const groups = [...document.querySelectorAll("details")].map((group) => ({ group, open: false }));
  addEventListener("beforeprint", () => { for (const one of groups) { one.open = one.group.open; one.group.open = true; } });
  addEventListener("afterprint", () => { for (const { group, open } of groups) group.open = open; });

  const form = document.getElementById("filters");
  const list = document.getElementById("mistakes-list");
  if (!form || !list) return;
  form.hidden = false;
  const turns = [...list.children];
  const filters = form.querySelectorAll(".filter");
  const orders = {
    surest: (a, b) => b.dataset.sure - a.dataset.sure,
    least_sure: (a, b) => a.dataset.sure - b.dataset.sure,
    longest: (a, b) => b.dataset.size - a.dataset.size,
    by_id: (a, b) => (a.id < b.id ? -1 : 1),
  };
  const words = new Map(turns.map((turn) => [turn, [...turn.querySelectorAll(":scope > :is(.chips, .text, .meta), .said > span")].map((e) => e.textContent).join("\n").toLowerCase()]));
  const show = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const search = wanted.words.trim().toLowerCase();
    let shown = 0;
    for (const turn of turns) {
      const fits = [...filters].every(({ name, value }) => !value || turn.dataset[name] === value);
      turn.hidden = !(fits && words.get(turn).includes(search));
      shown += !turn.hidden;
    }
    // Paper shows what was filtered by, and nothing of a form that was left alone.
    for (const { value, labels } of form.querySelectorAll("input, select")) labels[0].classList.toggle("used", value.trim() !== "" && value !== "surest");
    form.classList.toggle("used", form.querySelector("label.used") !== null);
    document.getElementById("shown").textContent = shown.toLocaleString("en");
    list.append(...turns.sort(orders[wanted.order]));
  };
  form.elements.words.addEventListener("input", show);
  form.addEventListener("change", show);
  // Paper gets the first forty that the filter leaves.
  addEventListener("beforeprint", () => list.replaceChildren(...[...list.children].filter((turn) => !turn.hidden).slice(0, 40)));
  addEventListener("afterprint", show);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
