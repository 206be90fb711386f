// Requests to the server that the page came from.

const token = () => document.getElementById("token").value;

function headers(body) {
  const given = body === undefined ? {} : { "Content-Type": "application/json" };
  return token() ? { ...given, Authorization: `Bearer ${token()}` } : given;
}

async function send(address, body, signal) {
  const response = await fetch(address, {
    method: body === undefined ? "GET" : "POST",
    headers: headers(body),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  const access = document.getElementById("access");
  access.hidden = access.hidden && response.status !== 401;
  if (!response.ok) {
    const content = await response.json().catch(() => ({}));
    throw new Error(content.error ?? `status ${response.status}`);
  }
  return response;
}

export const ask = async (address, body, signal) => (await send(address, body, signal)).json();

export const predict = (model, body, signal) => ask(`api/${encodeURIComponent(model)}`, body, signal);

// The outputs of a signature, by name: columns of TensorFlow Serving's API.
export async function outputs(model, signature, inputs, signal) {
  const body = { signature_name: signature, inputs };
  const address = `v1/models/${encodeURIComponent(model)}:predict`;
  return (await ask(address, body, signal)).outputs;
}

// Server-sent events: yields the data of each, and returns that of the one named `done`.
export async function* events(address, body, signal) {
  const response = await send(address, body, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server closed the stream before its end");
    held += value;
    const whole = held.split("\n\n");
    held = whole.pop();
    for (const event of whole) {
      const data = JSON.parse(/^data: (.*)$/m.exec(event)[1]);
      const name = /^event: (.*)$/m.exec(event)?.[1];
      if (name === "error") throw new Error(data.error);
      if (name === "done") return data;
      yield data;
    }
  }
}
