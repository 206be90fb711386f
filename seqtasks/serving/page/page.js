// Lists the models of the server and shows the JSON of an answer.

const element = (id) => document.getElementById(id);
let models = [];

function headers() {
  const token = element("token").value;
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function ask(address, body) {
  const response = await fetch(address, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...headers(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  element("access").hidden = element("access").hidden && response.status !== 401;
  const content = await response.json();
  if (!response.ok) throw new Error(content.error ?? `status ${response.status}`);
  return content;
}

function show(content) {
  element("answer").textContent = content;
}

function chosen() {
  return models.find((model) => model.name === element("model").value);
}

function describe() {
  const model = chosen();
  const labels = model.labels.length ? `; labels: ${model.labels.join(", ")}` : "";
  element("about").textContent = `${model.task}, version ${model.version}${labels}`;
  const options = element("options");
  options.querySelectorAll("label").forEach((label) => label.remove());
  for (const [name, schema] of Object.entries(model.options)) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.name = name;
    input.type = schema.type === "boolean" ? "checkbox" : "number";
    if (input.type === "number") {
      input.step = schema.type === "integer" ? 1 : "any";
      input.placeholder = schema.default ?? "";
    }
    label.append(`${name} `, input);
    options.append(label);
  }
  options.hidden = !Object.keys(model.options).length;
}

function given() {
  const found = {};
  for (const input of element("options").querySelectorAll("input")) {
    if (input.type === "checkbox") {
      if (input.checked) found[input.name] = true;
    } else if (input.value !== "") {
      found[input.name] = Number(input.value);
    }
  }
  return found;
}

async function load() {
  try {
    models = (await ask("api")).models;
  } catch (error) {
    show(error.message);
    return;
  }
  element("model").replaceChildren(...models.map((model) => new Option(model.name)));
  show("");
  describe();
}

async function predict(event) {
  event.preventDefault();
  show("…");
  try {
    const name = encodeURIComponent(element("model").value);
    const content = await ask(`api/${name}`, { text: element("text").value, ...given() });
    show(JSON.stringify(content, null, 2));
  } catch (error) {
    show(error.message);
  }
}

element("model").addEventListener("change", describe);
element("token").addEventListener("change", load);
element("request").addEventListener("submit", predict);
load();
