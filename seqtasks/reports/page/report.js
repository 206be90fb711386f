"use strict";
// Shows the texts behind a cell of a matrix. Texts are set as text, never as markup.
for (const block of document.querySelectorAll("[data-cells]")) {
  const cells = JSON.parse(document.getElementById(block.dataset.cells).textContent);
  const shown = document.getElementById(block.dataset.shown);
  block.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-cell]");
    if (!button) return;
    for (const other of block.querySelectorAll("button[aria-pressed=true]")) {
      other.setAttribute("aria-pressed", "false");
    }
    button.setAttribute("aria-pressed", "true");
    const texts = cells[button.dataset.cell] || [];
    const heading = document.createElement("p");
    heading.textContent = button.getAttribute("aria-label") +
      (texts.length < Number(button.dataset.count) ? ", of which " + texts.length : "") + ":";
    const list = document.createElement("ol");
    for (const text of texts) {
      const item = document.createElement("li");
      item.textContent = text;
      list.append(item);
    }
    shown.replaceChildren(heading, list);
    shown.hidden = false;
  });
}
