// The picture's colors and its palette by hue and lightness; greys have a column of their own.
import { channelsOf, hexOf, oklch } from "./color.js";
import { draw } from "./draw.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, GREYS] = [560, 300, 8, 34, 64];
const MOST_DOTS = 1500;
// In Oklab. Below, a hue can hardly be seen.
const GREY = 0.02;
// Where the primaries of screens and their mixtures are on Oklab's circle, in degrees.
const HUES = { red: 29, yellow: 110, green: 142, cyan: 195, blue: 264, magenta: 328 };

function place(hex) {
  const [lightness, chroma, hue] = oklch(channelsOf(hex));
  const y = 8 + (1 - lightness) * (HEIGHT - BOTTOM - 8);
  if (chroma < GREY) return [LEFT + (chroma / GREY) * (GREYS - 2 * LEFT), y];
  return [GREYS + 14 + (hue / 360) * (WIDTH - GREYS - 20), y];
}

export class Plane {
  constructor(svg) {
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    const base = HEIGHT - BOTTOM;
    draw("rect", { class: "field", x: 0, y: 0, width: GREYS, height: base, rx: 6 }, svg);
    draw("rect", { class: "field", x: GREYS + 8, y: 0, width: WIDTH - GREYS - 8, height: base, rx: 6 }, svg);
    draw("text", { x: GREYS / 2, y: HEIGHT - 12, "text-anchor": "middle" }, svg, "grey");
    for (const [name, hue] of Object.entries(HUES)) {
      const x = GREYS + 14 + (hue / 360) * (WIDTH - GREYS - 20);
      draw("line", { class: "grid", x1: x, x2: x, y1: 0, y2: base + 5 }, svg);
      const at = name === "yellow" ? x - 8 : name === "green" ? x + 8 : x;
      draw("text", { x: at, y: HEIGHT - 12, "text-anchor": "middle" }, svg, name);
    }
    this.dots = draw("g", {}, svg);
    this.discs = draw("g", {}, svg);
  }

  // Draw some of the pixels, packed as canvases hold them.
  scatter(values) {
    const step = Math.max(1, Math.floor(values.length / MOST_DOTS));
    const dots = document.createDocumentFragment();
    for (let at = 0; at < values.length; at += step) {
      if (!(values[at] >>> 24)) continue;
      const hex = hexOf([0, 8, 16].map((bit) => (values[at] >> bit) & 255));
      const [cx, cy] = place(hex);
      draw("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 2, fill: hex, "data-at": at }, dots);
    }
    this.dots.replaceChildren(dots);
  }

  // Draw the palette; `colorOf` tells which of its colors the pixel in a place gets.
  show(colors, colorOf) {
    for (const dot of this.dots.children) dot.dataset.hex = colorOf(dot.dataset.at);
    this.discs.replaceChildren();
    for (const { hex, share } of [...colors].sort((one, other) => other.share - one.share)) {
      const [cx, cy] = place(hex);
      draw("circle", { class: "disc", cx, cy, r: 5 + 20 * Math.sqrt(share), fill: hex, "data-hex": hex }, this.discs);
    }
  }

  isolate(hex) {
    for (const mark of [...this.dots.children, ...this.discs.children]) {
      mark.classList.toggle("dim", hex !== null && mark.dataset.hex !== hex);
    }
  }
}
