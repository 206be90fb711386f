// A text that grows as it is generated; then each part shaded by its surprise.

import { element, shade, words } from "./elements.js";
import { events, outputs } from "./requests.js";

const SHADED = 300; // parts at most, the last ones
const MOST = 8; // nats: the darkest

export async function generate(model, body, place, signal) {
  const grown = element("span", { class: "grown" });
  const text = element("p", { class: "text" }, element("span", { class: "prompt" }, body.text), grown);
  place.append(text);
  const stream = events(`api/${encodeURIComponent(model.name)}/stream`, body, signal);
  let step = await stream.next();
  while (!step.done) {
    grown.append(step.value.continuation);
    step = await stream.next();
  }
  grown.textContent = step.value.continuation;
  if (model.signatures.includes("score")) await showSurprise(model, step.value, place, signal);
  return step.value;
}

async function showSurprise(model, answer, place, signal) {
  const score = (texts) => outputs(model.name, "score", { text: texts }, signal);
  const whole = answer.text + answer.continuation;
  if (!answer.continuation) return;
  const { tokens } = await score([answer.text, whole]);
  const characters = Array.from(answer.continuation);
  const byCharacter = Math.round(tokens[1] - tokens[0]) === characters.length;
  let parts = byCharacter ? characters : words(answer.continuation).filter((part) => part);
  let before = answer.text;
  if (parts.length > SHADED) {
    before += parts.slice(0, -SHADED).join("");
    parts = parts.slice(-SHADED);
  }
  const ends = [before];
  for (const part of parts) ends.push(ends.at(-1) + part);
  const found = [];
  for (let n = 0; n < ends.length; n += 32) {
    found.push(...(await score(ends.slice(n, n + 32))).log_probability);
  }
  const shown = parts.map((part, n) => {
    const nats = Math.max(found[n] - found[n + 1], 0);
    const title = `${nats.toFixed(2)} nats, probability ${Math.exp(-nats).toPrecision(3)}`;
    return shade(element("span", { title }, part), (0.8 * nats) / MOST, "--against");
  });
  const mean = (found[0] - found.at(-1)) / parts.length;
  const unit = byCharacter ? "character" : "word or blank";
  place.append(
    element("h3", {}, "Surprise"),
    element("p", { class: "text surprise" }, ...shown),
    element("p", { class: "note" }, `The darker, the less the model expected it. Mean ${mean.toFixed(2)} nats a ${unit}.`),
  );
}
