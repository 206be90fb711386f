// The translation, what it attends to, and the other hypotheses.

import { element, number, shade } from "./elements.js";

export function showTranslation(answer, place) {
  place.append(element("p", { class: "text" }, element("strong", {}, answer.translation)));
  if (answer.attention) place.append(...attention(answer.attention));
  const rows = answer.n_best.map((hypothesis) =>
    element(
      "tr",
      {},
      element("td", { class: "number" }, number(hypothesis.score)),
      element("td", {}, hypothesis.translation),
    ),
  );
  const head = element("tr", {}, element("th", {}, "score"), element("th", {}, "translation"));
  place.append(element("h3", {}, "n-best"), element("table", { class: "n-best" }, head, ...rows));
}

// Words of the translation are buttons: pointed at, focused or pressed, they shade the source.
function attention({ source, target, weights }) {
  const sources = source.map((token) => element("span", {}, token));
  const buttons = target.map((token, row) => {
    const ranked = source.map((word, n) => [word, weights[row][n]]).sort((a, b) => b[1] - a[1]);
    const said = ranked.slice(0, 3).map(([word, weight]) => `${word} ${weight.toFixed(2)}`).join(", ");
    const button = element(
      "button",
      { type: "button", "aria-pressed": "false", title: said, "aria-label": `${token}, attends to ${said}` },
      token,
    );
    const show = () => {
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      sources.forEach((made, n) => shade(made, 0.85 * weights[row][n]));
    };
    for (const event of ["pointerenter", "focus", "click"]) button.addEventListener(event, show);
    return button;
  });
  return [
    element("h3", {}, "Attention"),
    element("p", { class: "words target" }, ...buttons),
    element("p", { class: "words source" }, ...sources),
    element("p", { class: "note" }, "Point at a word of the translation, or walk with Tab: the darker a word of the text, the more it attended to it."),
  ];
}
