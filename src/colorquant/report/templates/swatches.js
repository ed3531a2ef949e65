// The palette as swatches: one stop for the Tab key, arrow keys within.
import { channelsOf, oklch, textOn } from "./color.js";

// Oklab's just noticeable difference: grayer than this, a hue means nothing.
const NOTICEABLE = 0.02;

function byHue(one, other) {
  const [[darker, grayer, hue], [lighter, colorful, otherHue]] = [one, other].map(({ hex }) => oklch(channelsOf(hex)));
  const [grey, otherGrey] = [grayer < NOTICEABLE, colorful < NOTICEABLE];
  if (grey !== otherGrey) return grey ? -1 : 1;
  return grey ? darker - lighter : hue - otherHue;
}

export const ORDERS = {
  share: (one, other) => other.share - one.share,
  lightness: (one, other) => oklch(channelsOf(one.hex))[0] - oklch(channelsOf(other.hex))[0],
  hue: byHue,
};

export const shareText = (share) => (share > 0 && share < 0.001 ? "< 0.1\u202f%" : `${(100 * share).toFixed(1)}\u202f%`);

// The colors as variables of CSS.
export function variablesOf(colors) {
  const lines = colors.map(({ hex, share }, place) => `  --color-${place + 1}: ${hex}; /* ${(100 * share).toFixed(1)}% */\n`);
  return `:root {\n${lines.join("")}}\n`;
}

const copyLabel = ({ hex, share, name }) => `Copy ${hex}${name ? `, ${name}` : ""}, ${shareText(share)} of the picture`;

export class Swatches {
  // `onpoint` hears which color the pointer or the focus is on, or null; `onchoose` which one was activated, for
  // what `label` says.
  constructor(box, strip, { onpoint, onchoose, label = copyLabel }) {
    Object.assign(this, { box, strip, onpoint, onchoose, label });
    this.order = "share";
    box.addEventListener("keydown", (event) => this.move(event));
  }

  show(colors, order = this.order) {
    this.order = order;
    this.colors = [...colors].sort(ORDERS[order]);
    const focused = this.box.contains(document.activeElement);
    const had = focused && document.activeElement.dataset.hex;
    this.box.replaceChildren(...this.colors.map((color, place) => this.swatch(color, place)));
    this.strip.replaceChildren(...this.colors.map((color) => this.stripe(color)));
    if (focused) ([...this.box.children].find(({ dataset }) => dataset.hex === had) ?? this.box.firstElementChild)?.focus();
  }

  swatch(color, place) {
    const { hex, share, name, locked } = color;
    const button = document.createElement("button");
    button.type = "button";
    button.className = locked ? "swatch locked" : "swatch";
    button.tabIndex = place ? -1 : 0;
    button.dataset.hex = hex;
    Object.assign(button.style, { background: hex, color: textOn(hex) });
    const lines = [["hex", hex], ...(name ? [["name", name]] : []), ["share", shareText(share)]];
    for (const [kind, text] of lines) {
      const line = document.createElement("span");
      line.className = kind;
      line.textContent = text;
      button.append(line);
    }
    button.setAttribute("aria-label", this.label(color));
    button.addEventListener("click", () => this.onchoose(hex));
    button.addEventListener("focus", () => this.settle(button));
    this.listen(button, hex);
    return button;
  }

  stripe({ hex, share }) {
    const stripe = document.createElement("span");
    stripe.dataset.hex = hex;
    Object.assign(stripe.style, { background: hex, flexGrow: (1000 * share).toFixed(6) });
    stripe.addEventListener("click", () => this.onchoose(hex));
    this.listen(stripe, hex);
    return stripe;
  }

  listen(element, hex) {
    element.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.onpoint(hex));
    element.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.onpoint(null));
    // A click of the mouse leaves the focus behind, and must not leave the picture dimmed. A tap may.
    element.addEventListener("focus", () => element.matches(":focus-visible") && this.onpoint(hex));
    element.addEventListener("pointerup", (event) => event.pointerType === "touch" && this.onpoint(hex));
    element.addEventListener("blur", () => this.onpoint(null));
  }

  settle(button) {
    for (const other of this.box.children) other.tabIndex = other === button ? 0 : -1;
  }

  move(event) {
    const swatches = [...this.box.children];
    const place = swatches.indexOf(document.activeElement);
    const columns = swatches.filter((swatch) => swatch.offsetTop === swatches[0].offsetTop).length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const target = { Home: 0, End: swatches.length - 1 }[event.key] ?? place + steps[event.key];
    if (place < 0 || !swatches[target]) return;
    event.preventDefault();
    swatches[target].focus();
  }

  // Mark the colors that are pointed at and chosen; null for none.
  mark(kind, hex) {
    for (const element of [...this.box.children, ...this.strip.children]) {
      element.classList.toggle(kind, element.dataset.hex === hex);
    }
  }
}
