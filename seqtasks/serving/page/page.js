// The form: which model, which text, which options; each kind of answer has a file of its own.

import { element } from "./elements.js";
import { generate } from "./generation.js";
import { showLabels } from "./labels.js";
import { ask, predict } from "./requests.js";
import { showTags } from "./tags.js";
import { showTranslation } from "./translation.js";

const at = (id) => document.getElementById(id);
let models = [];
let running = new AbortController();

const chosen = () => models.find((model) => model.name === at("model").value);

function describe() {
  running.abort();
  const model = chosen();
  const labels = model.labels.slice(0, 30).join(", ") + (model.labels.length > 30 ? ", …" : "");
  at("about").textContent = `${model.task}, version ${model.version}${labels ? `; labels: ${labels}` : ""}`;
  const fields = Object.entries(model.options).map(([name, schema]) => {
    const flag = schema.type === "boolean";
    const input = element("input", {
      name,
      type: flag ? "checkbox" : "number",
      step: flag ? undefined : schema.type === "integer" ? 1 : "any",
      placeholder: flag ? undefined : (schema.default ?? ""),
      checked: flag && name === "attention",
    });
    return element("label", {}, `${name} `, input);
  });
  at("options").replaceChildren(element("legend", {}, "Options"), ...fields);
  at("options").hidden = !fields.length;
  clear("");
}

function given() {
  const found = {};
  for (const input of at("options").querySelectorAll("input")) {
    if (input.type === "checkbox") {
      if (input.checked) found[input.name] = true;
    } else if (input.value !== "") {
      found[input.name] = Number(input.value);
    }
  }
  return found;
}

function clear(status) {
  at("status").textContent = status;
  at("answer").replaceChildren();
  at("whole").hidden = true;
}

function showJson(content) {
  at("json").textContent = JSON.stringify(content, null, 2);
  at("whole").hidden = false;
}

async function answer(model, body, place, signal) {
  if (model.kind === "generation") {
    showJson(await generate(model, body, place, signal));
    return;
  }
  const content = await predict(model.name, body, signal);
  showJson(content);
  if (content.probabilities) await showLabels(content, place, model, signal);
  else if (content.tokens) showTags(content, place, model);
  else if (content.n_best) showTranslation(content, place);
  else at("whole").open = true;
}

async function submit(event) {
  event.preventDefault();
  running.abort();
  running = new AbortController();
  const { signal } = running;
  clear("…");
  try {
    await answer(chosen(), { text: at("text").value, ...given() }, at("answer"), signal);
    at("status").textContent = "";
  } catch (error) {
    if (!signal.aborted) at("status").textContent = error.message;
  }
}

async function load() {
  try {
    models = (await ask("api")).models;
    at("model").replaceChildren(...models.map((model) => new Option(model.name)));
    describe();
  } catch (error) {
    clear(error.message);
  }
}

at("model").addEventListener("change", describe);
at("token").addEventListener("change", load);
at("request").addEventListener("submit", submit);
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("request").requestSubmit();
});
load();
