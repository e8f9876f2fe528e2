"use strict";
const table = document.querySelector("table");
const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
const rowsOf = (body) => [...body.querySelectorAll("tr:not(.group)")];
const valueOf = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;

function sortBy(header) {
  const column = header.cellIndex;
  const isFirstDown = header.dataset.first === "down";
  const wasUp = header.ariaSort === "ascending";
  const isUp = header.ariaSort ? !wasUp : !isFirstDown;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  for (const body of table.tBodies) {
    const rows = rowsOf(body).map((row) => [valueOf(row, column), row]);
    rows.sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : (isUp ? 1 : -1) * order.compare(a, b)));
    body.append(...rows.map(([, row]) => row));
  }
}

function filter(words) {
  const terms = words.toLowerCase().split(/\s+/).filter(Boolean);
  for (const body of table.tBodies) {
    let isEmpty = true;
    for (const row of rowsOf(body)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !terms.every((word) => text.includes(word));
      isEmpty = isEmpty && row.hidden;
    }
    body.hidden = isEmpty;
  }
}

if (table) {
  table.classList.add("scripted");
  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sortBy(header));
    header.append(button);
  }
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "Filter";
  field.setAttribute("aria-label", field.placeholder);
  field.addEventListener("input", () => filter(field.value));
  document.querySelector(".tools").append(field);
}
