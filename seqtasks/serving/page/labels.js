// Labels with their probabilities, and the words that the first of them rests on.

import { element, number, shade, signed, words } from "./elements.js";
import { predict } from "./requests.js";

const SHOWN = 10; // labels; the others are folded
const LEFT_OUT = 60; // words

export async function showLabels(answer, place, model, signal) {
  const chosen = answer.labels ?? [answer.label];
  const ranked = Object.entries(answer.probabilities).sort((a, b) => b[1] - a[1]);
  place.append(
    element("p", {}, "Predicted: ", element("strong", {}, chosen.join(", ") || "no label")),
    bars(ranked.slice(0, SHOWN), chosen),
  );
  if (ranked.length > SHOWN) {
    const rest = bars(ranked.slice(SHOWN), chosen);
    const summary = element("summary", {}, `${ranked.length - SHOWN} more labels`);
    place.append(element("details", {}, summary, rest));
  }
  await showWords(answer, chosen[0] ?? ranked[0][0], place, model, signal);
}

function bars(ranked, chosen) {
  const cells = ranked.flatMap(([label, probability]) => {
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${100 * probability}%`;
    const name = element("span", chosen.includes(label) ? { class: "chosen" } : {}, label);
    return [name, bar, element("span", { class: "number" }, number(probability))];
  });
  return element("div", { class: "bars" }, ...cells);
}

// Each word is left out in turn: what its label's probability loses.
async function showWords(answer, label, place, model, signal) {
  const parts = words(answer.text);
  const places = parts.map((_, n) => n).filter((n) => n % 2).slice(0, LEFT_OUT);
  if (places.length < 2) return;
  const without = places.map((left) => parts.filter((_, n) => n !== left).join(""));
  const found = [];
  for (let n = 0; n < without.length; n += 16) {
    found.push(...(await predict(model.name, { text: without.slice(n, n + 16) }, signal)));
  }
  const whole = answer.probabilities[label];
  const lost = new Map(places.map((p, n) => [p, whole - found[n].probabilities[label]]));
  const most = Math.max(...[...lost.values()].map(Math.abs), 1e-12);
  const shown = parts.map((part, n) => {
    if (!lost.has(n)) return part;
    const value = lost.get(n);
    const made = element("span", { title: `${signed(value)} for ${label}` }, part);
    return shade(made, (0.7 * Math.abs(value)) / most, value > 0 ? "--for" : "--against");
  });
  const ranked = [...lost].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 5);
  const rows = ranked.map(([n, value]) =>
    element("tr", {}, element("td", {}, parts[n]), element("td", { class: "number" }, signed(value))),
  );
  place.append(
    element("h3", {}, `What ${label} rests on`),
    element("p", { class: "text" }, ...shown),
    element(
      "p",
      { class: "note" },
      "Each word is left out in turn: blue words speak for the label, orange ones against it. The five that change its probability the most:",
    ),
    element("table", { class: "words-left-out" }, ...rows),
  );
}
