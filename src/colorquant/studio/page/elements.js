// Elements of the page.

// An element by its attributes and children. A function as an attribute listens to the event of that name; what is
// missing or false is left out.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const one = (id) => document.getElementById(id);

export const button = (text, click, attributes = {}) =>
  make("button", { type: "button", class: "button", click, ...attributes }, text);

let fields = 0;

// A labeled field; `note` tells more below it.
export function field(label, control, note = "") {
  control.id ||= `field-${++fields}`;
  return make("div", { class: "field-row" }, make("label", { for: control.id }, label), control, note && make("p", { class: "note" }, note));
}

// One of several values as a row of buttons. `options` are {value, text, title}.
export function segments(legend, options, value, change, attributes = {}) {
  const name = `segments-${++fields}`;
  return make(
    "fieldset",
    { class: "segments", ...attributes },
    make("legend", {}, legend),
    options.map((option) =>
      make(
        "label",
        { title: option.title },
        make("input", { type: "radio", name, value: option.value, checked: option.value === value, change: () => change(option.value) }),
        option.text,
      ),
    ),
  );
}

export function select(options, value, change) {
  return make(
    "select",
    { change: (event) => change(event.target.value) },
    options.map((option) => make("option", { value: option.value, selected: option.value === value }, option.text)),
  );
}

// A whole number; what is out of range or no number is put back.
export function number(value, min, max, change, attributes = {}) {
  const input = make("input", { type: "number", min, max, step: 1, value, inputmode: "numeric", ...attributes });
  input.addEventListener("change", () => {
    if (input.value === "" || !input.validity.valid) input.value = value;
    else change(input.valueAsNumber);
  });
  return input;
}

// Replace what an element holds; the focus stays in its place.
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const key = focused && pathOf(element, focused);
  element.replaceChildren(...children.flat().filter(Boolean));
  if (key) key.reduce((parent, place) => parent?.children[place], element)?.focus();
}

function pathOf(root, element) {
  const path = [];
  for (let each = element; each !== root; each = each.parentElement) path.unshift([...each.parentElement.children].indexOf(each));
  return path;
}
