// Spans coloured in place, or tags under their tokens.

import { element, number } from "./elements.js";

export function showTags(answer, place, model) {
  if (answer.spans) showSpans(answer, place, model);
  else {
    const tokens = answer.tokens.map((token) => {
      const below = token.lemma === undefined ? token.tag : `${token.lemma} · ${token.tag}`;
      const title = `${token.tag} ${number(token.confidence)}`;
      return element("span", { class: "token", title }, token.text, element("small", {}, below));
    });
    place.append(element("p", {}, ...tokens));
    place.append(table(["token", "tag", "confidence"], answer.tokens.map((t) => [t.text, t.tag, number(t.confidence)])));
  }
}

function showSpans(answer, place, model) {
  const characters = Array.from(answer.text); // places are counted in code points
  const parts = [];
  let end = 0;
  for (const span of answer.spans) {
    parts.push(characters.slice(end, span.start).join(""));
    const kind = Math.max(model.labels.indexOf(span.type), 0) % 5;
    const title = `${span.type} ${number(span.confidence)}`;
    const text = characters.slice(span.start, span.end).join("");
    parts.push(element("mark", { class: `kind-${kind}`, title }, text, element("small", {}, span.type)));
    end = span.end;
  }
  parts.push(characters.slice(end).join(""));
  place.append(element("p", { class: "text" }, ...parts));
  const rows = answer.spans.map((span) => [span.text, span.type, number(span.confidence)]);
  place.append(rows.length ? table(["span", "type", "confidence"], rows) : element("p", {}, "No spans."));
}

function table(head, rows) {
  const cells = (tag, values) => values.map((value) => element(tag, {}, value));
  const body = rows.map((row) => element("tr", {}, ...cells("td", row)));
  const whole = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...cells("th", head))),
    element("tbody", {}, ...body),
  );
  const summary = element("summary", {}, `Table of ${rows.length}`);
  return element("details", rows.length <= 20 ? { open: true } : {}, summary, whole);
}
