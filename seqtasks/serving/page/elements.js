// Elements of the page: text is always text, never markup.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

export const number = (value) => value.toFixed(4);

export const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(4);

// A colour of the page behind an element, between 0 and 1 strong; a style sheet cannot hold all of them.
export function shade(made, strength, colour = "--for") {
  made.style.backgroundColor = `rgba(var(${colour}), ${Math.min(Math.max(strength, 0), 1).toFixed(3)})`;
  return made;
}

// Words of a text and the blanks between them, in turn: the words have odd places.
export const words = (text) => text.split(/(\S+)/u);
